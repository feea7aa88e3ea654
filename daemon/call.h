/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One method call of a peer, until its last reply. The peer owns it. Whoever answers it later is its owner's
 * "holder", and is told when the peer goes away first.
 */
#ifndef CXL_REGIOND_DAEMON_CALL_H
#define CXL_REGIOND_DAEMON_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

struct json_object;
struct peer;

struct call {
	struct peer *peer;
	const char *method;		/* full name, of the peer's message */
	struct json_object *parameters; /* NULL for none */
	bool more;			/* wants progress */
	bool oneway;			/* wants no reply */
	void (*abandon)(void *holder);	/* the peer is gone and the call with it */
	void *holder;
	struct json_object *message; /* keeps method and parameters alive */
};

/* call_hold() - it is answered later, by this holder. */
void call_hold(struct call *call, void (*abandon)(void *holder), void *holder);

const struct credentials *call_credentials(const struct call *call);

/*
 * The last reply to a call, which is gone after it. parameters are taken, and NULL means that memory
 * ran out: a peer that cannot be answered is disconnected.
 */
void call_reply(struct call *call, struct json_object *parameters);
void call_fail(struct call *call, const struct failure *failure);
/* call_fail_job() - with the number of the job that failed; 0 for none. */
void call_fail_job(struct call *call, const struct failure *failure, uint64_t job);
/* call_fail_service() - one of org.varlink.service's errors, which have one field. */
void call_fail_service(struct call *call, const char *error, const char *field, const char *value);

/* call_progress() - a reply before the last, for who asked for more. parameters are taken. */
void call_progress(struct call *call, struct json_object *parameters);

#endif
