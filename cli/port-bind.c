/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbind and bind: one shape, two methods. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "memory.h"
#include "port-name.h"
#include "scope.h"
#include "text.h"

struct unbind {
	bool force;
};

static int unbind_set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct unbind *unbind = state;

	unbind->force = true;
	return EXIT_STATUS_DONE;
}

/* Asks for one port. Returns 0 with the answer, or an exit status with all said. */
static int ask(struct session *session, const char *method, int count, char **arguments, bool force,
	       struct json_object **ret_result)
{
	CLEANUP(cleanup_json) struct json_object *parameters = memory_need(json_object_new_object());
	CLEANUP(cleanup_free) char *port = count == 1 ? port_name_normalize(arguments[0]) : NULL;
	struct problem problem = {};

	if (count != 1)
		problem_set_invalid(&problem, NULL, count == 0 ? "Which port? None was named." : "Name one port.");
	else if (!port)
		problem_set_invalid(&problem, arguments[0],
				    "'%.64s' is no name of a port or memdev, such as port1, mem0 or 0000:35:00.0.",
				    arguments[0]);
	if (problem.exit_status)
		return session_refuse(session, &problem);
	memory_add_string(parameters, "port", port);
	if (force)
		memory_add_bool(parameters, "force", true);
	if (session_call_long(session, method, parameters, ret_result, &problem))
		return session_refuse(session, &problem);
	return EXIT_STATUS_DONE;
}

static void print_unbound(struct json_object *result)
{
	const char *port = field_string(result, "port"), *uport = field_string(result, "uport");

	for (size_t i = 0; i < field_count(result, "deleted"); i++)
		printf("%s: deleted\n", json_object_get_string(json_object_array_get_idx(
						field_get(result, "deleted", json_type_array), i)));
	if (!field_bool(result, "changed"))
		printf("%s: is unbound already\n", port);
	else
		printf("%s: unbound; 'cxlctl port bind %s' binds it again\n", port, uport);
}

static int unbind_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *result = NULL;
	const struct unbind *wanted = state;
	int status = ask(session, "UnbindPort", count, arguments, wanted->force, &result);

	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, result);
	else
		print_unbound(result);
	return status;
}

static int bind_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *result = NULL;
	int status = ask(session, "BindPort", count, arguments, false, &result);

	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, result);
	else
		printf("%s: %s\n", field_string(result, "port"),
		       field_bool(result, "changed") ? "bound" : "is bound already");
	return status;
}

static const struct option options[] = {
	{ "force", no_argument, NULL, 'f' },
	{},
};

const struct command command_port_unbind = {
	.group = "port",
	.name = "unbind",
	.arguments = "[OPTION...] PORT",
	.summary = "take a port, and all below it, from their drivers in order",
	.help = "PORT is a port (port1, endpoint3), its device, or a memdev (mem0, PCI address, serial=N), which "
		"stands\n"
		"for its endpoint. It is refused while regions live there.\n\n"
		"  -f, --force          delete the regions that live there first, unless somebody uses one of them\n",
	.short_options = "f",
	.long_options = options,
	.state_size = sizeof(struct unbind),
	.set = unbind_set,
	.run = unbind_run,
};

const struct command command_port_bind = {
	.group = "port",
	.name = "bind",
	.arguments = "PORT",
	.summary = "give a port, and all below it, back to their drivers",
	.help = "An endpoint, and the port of a switch, are gone when they are unbound: name them by their memdev or\n"
		"device, as 'cxlctl port unbind' says.\n",
	.run = bind_run,
};
