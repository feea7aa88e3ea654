/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command works with: what the user asked of every command, and the connection to the daemon. */
#ifndef CXLCTL_SESSION_H
#define CXLCTL_SESSION_H

#include <json-c/json.h>
#include <stdbool.h>

#include "problem.h"

/* A picture of the host that is older than this is worth a word. */
#define AGE_SHOWN_SEC 2

struct region_client;

struct session {
	const char *socket_path;
	bool json;
	struct region_client *client; /* NULL while there is no connection that works */
};

void session_done(struct session *session);

/*
 * session_call() - call a method; connects when there is no connection.
 *
 * @parameters: stays the caller's; NULL for none
 * @ret_problem: what went wrong, for the caller to print and release
 *
 * Returns 0, or the problem's exit status.
 */
int session_call(struct session *session, const char *method, struct json_object *parameters,
		 struct json_object **ret_result, struct problem *ret_problem);

/* session_call_long() - the same; meanwhile it shows how far the daemon is, if a person looks on. */
int session_call_long(struct session *session, const char *method, struct json_object *parameters,
		      struct json_object **ret_result, struct problem *ret_problem);

/* session_refuse() - print a problem, release it, and return its exit status. */
int session_refuse(const struct session *session, struct problem *problem);

/*
 * session_ask() - call a method and take one member of its result.
 *
 * @member: its name; it must be of that type
 * @ret_member: for the caller to put
 *
 * Returns 0; or an exit status, with all said.
 */
int session_ask(struct session *session, const char *method, struct json_object *parameters, const char *member,
		enum json_type type, struct json_object **ret_member);

/* session_ask_picture() - the same for a picture of the host; says on standard error if it is an old one. */
int session_ask_picture(struct session *session, const char *method, struct json_object *parameters, const char *member,
			enum json_type type, struct json_object **ret_member);

/* session_take() - one member of a result, as session_ask() does it. */
int session_take(const struct session *session, const char *method, struct json_object *result, const char *member,
		 enum json_type type, struct json_object **ret_member);

#endif
