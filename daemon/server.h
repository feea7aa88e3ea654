/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket that peers connect to, and the limits on how many do. */
#ifndef CXL_REGIOND_DAEMON_SERVER_H
#define CXL_REGIOND_DAEMON_SERVER_H

#include "peer.h"

/* Connections; the last ones of the total are for root alone, who must always be able to look. */
#define SERVER_PEERS_MAX	   256
#define SERVER_PEERS_MAX_PER_UID   64
#define SERVER_PEERS_KEPT_FOR_ROOT 16

struct server {
	sd_event *event;
	int fd;
	char *unlink_path; /* of a socket of our own */
	sd_event_source *io;
	sd_event_source *retry; /* accepts again after descriptors had run out */
	struct list peers;
	unsigned int peer_count;
	void (*call)(void *userdata, struct call *call);
	void *userdata;
};

/*
 * server_listen() - take the socket that the service manager passed, or make one.
 *
 * @socket_path: of one of our own; its directory is made. A dead socket there is replaced, a living one not.
 *
 * Peers may connect from then on, and wait. Returns 0; -EADDRINUSE when somebody answers there; another
 * negative errno.
 */
int server_listen(struct server *server, sd_event *event, const char *socket_path,
		  void (*call)(void *userdata, struct call *call), void *userdata);

/* server_start() - accept and serve them. */
int server_start(struct server *server);

/* server_stop() - take no more connections; those that are there go on. */
void server_stop(struct server *server);

/* server_has_unsent() - do answers still wait to be read? */
bool server_has_unsent(const struct server *server);

void server_done(struct server *server);

#endif
