/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cleanup.h"
#include "interface.h"
#include "json-members.h"
#include "member.h"
#include "peer.h"

#define ERROR_NAME_MAX 128

void call_hold(struct call *call, void (*abandon)(void *holder), void *holder)
{
	call->abandon = abandon;
	call->holder = holder;
}

const struct credentials *call_credentials(const struct call *call)
{
	return &call->peer->credentials;
}

/* A message around parameters, which are taken. NULL without memory. */
static struct json_object *message_new(const char *error, struct json_object *parameters, bool continues)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();

	if (!message) {
		json_object_put(parameters);
		return NULL;
	}
	if (member_add(message, "parameters", parameters) < 0 ||
	    (error && member_add_string(message, "error", error) < 0) ||
	    (continues && member_add_bool(message, "continues", true) < 0))
		return NULL;
	return steal_pointer(message);
}

static void call_finish(struct call *call, const char *error, struct json_object *parameters)
{
	CLEANUP(cleanup_json) struct json_object *message = message_new(error, parameters, false);

	if (!message)
		peer_break(call->peer);
	else if (!call->oneway)
		peer_send(call->peer, message);
	peer_end_call(call->peer);
}

void call_reply(struct call *call, struct json_object *parameters)
{
	call_finish(call, NULL, parameters);
}

void call_fail_job(struct call *call, const struct failure *failure, uint64_t job)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL;
	char name[ERROR_NAME_MAX];

	snprintf(name, sizeof(name), INTERFACE_NAME ".%s", error_row_get(failure->code)->name);
	if (failure_to_json(failure, &parameters) == 0 && job && member_add_uint(parameters, "job", job) < 0) {
		json_object_put(parameters);
		parameters = NULL;
	}
	call_finish(call, name, steal_pointer(parameters));
}

void call_fail(struct call *call, const struct failure *failure)
{
	call_fail_job(call, failure, 0);
}

void call_fail_service(struct call *call, const char *error, const char *field, const char *value)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	char name[ERROR_NAME_MAX];

	snprintf(name, sizeof(name), "org.varlink.service.%s", error);
	if (parameters && member_add_string(parameters, field, value) < 0) {
		json_object_put(parameters);
		parameters = NULL;
	}
	call_finish(call, name, steal_pointer(parameters));
}

void call_progress(struct call *call, struct json_object *parameters)
{
	CLEANUP(cleanup_json) struct json_object *message = message_new(NULL, parameters, true);

	if (message)
		peer_send(call->peer, message);
	else
		peer_break(call->peer);
}
