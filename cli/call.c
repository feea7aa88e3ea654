/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "scope.h"
#include "text.h"

static void cleanup_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* An object; NULL for anything else. What json-c lets pass beyond JSON goes out as JSON all the same. */
static struct json_object *parse_object(const char *text)
{
	CLEANUP(cleanup_tokener) struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, strlen(text) + 1);
	if (json_object_is_type(object, json_type_object))
		return object;
	json_object_put(object);
	return NULL;
}

static int call_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL, *result = NULL;
	struct problem problem = {};

	if (count == 0 || count > 2) {
		problem_set_invalid(&problem, NULL, "One method, and at the most one JSON object with its parameters.");
		return session_refuse(session, &problem);
	}
	if (count == 2) {
		parameters = parse_object(arguments[1]);
		if (!parameters) {
			problem_set_invalid(&problem, arguments[1], "The parameters are no JSON object: %.200s",
					    arguments[1]);
			return session_refuse(session, &problem);
		}
	}
	if (session_call(session, arguments[0], parameters, &result, &problem))
		return session_refuse(session, &problem);
	text_print_json(stdout, result);
	return EXIT_STATUS_DONE;
}

const struct command command_call = {
	.name = "call",
	.arguments = "METHOD [JSON]",
	.summary = "call a method of the daemon's interface, print its reply",
	.help = "METHOD is one of io.cxlregiond.Region, such as GetStatus, or a full name such as\n"
		"org.varlink.service.GetInfo. JSON is an object with its parameters.\n",
	.run = call_run,
};
