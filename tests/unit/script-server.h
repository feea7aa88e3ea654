/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that plays a script: it takes one connection, reads the requests that the script expects and says
 * what the script says, odd replies included. It knows nothing of regions.
 */
#ifndef CXL_REGIOND_TESTS_SCRIPT_SERVER_H
#define CXL_REGIOND_TESTS_SCRIPT_SERVER_H

struct script_step {
	enum script_action {
		SCRIPT_CLOSE,  /* close the connection; also what ends a script */
		SCRIPT_EXPECT, /* read one message; it must be this JSON */
		SCRIPT_SEND,   /* send this text and a NUL */
		SCRIPT_PART,   /* send this text as it is, and let the reader see it before what follows */
		SCRIPT_PAUSE,  /* do nothing for a moment */
		SCRIPT_FLOOD,  /* send more bytes without a NUL than any message may have */
	} action;
	const char *text;
};

struct script_server;

/* script_server_start() - listen, and play the script in a thread. The steps must live until the server is stopped. */
struct script_server *script_server_start(const struct script_step *steps);

const char *script_server_path(const struct script_server *server);

/* script_server_stop() - wait for the script's end and fail the test if a request was another than expected. */
void script_server_stop(struct script_server *server);

#endif
