/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbind and bind: one shape, two methods. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "memory.h"
#include "port-name.h"
#include "port-text.h"
#include "scope.h"
#include "text.h"

struct bind {
	bool force;
	struct job_options job;
};

static int set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct bind *bind = state;
	int status = EXIT_STATUS_DONE;

	if (!job_options_set(&bind->job, option, value, &status, ret_problem))
		bind->force = true;
	return status;
}

/* Asks for one port. Returns 0 with the answer, or an exit status with all said. */
static int ask(struct session *session, const char *method, const struct bind *wanted, int count, char **arguments,
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
	if (wanted->force)
		memory_add_bool(parameters, "force", true);
	job_options_add(&wanted->job, parameters);
	if (session_call_long(session, method, parameters, ret_result, &problem))
		return session_refuse(session, &problem);
	return EXIT_STATUS_DONE;
}

static int run(struct session *session, const struct bind *wanted, const char *method, int count, char **arguments,
	       void (*print)(struct json_object *result))
{
	CLEANUP(cleanup_json) struct json_object *result = NULL;
	int status = ask(session, method, wanted, count, arguments, &result);

	if (status)
		return status;
	if (wanted->job.no_wait)
		return job_options_report(session, method, result);
	if (session->json)
		text_print_json(stdout, result);
	else
		print(result);
	return status;
}

static int unbind_run(struct session *session, const void *state, int count, char **arguments)
{
	return run(session, state, "UnbindPort", count, arguments, port_text_print_unbound);
}

static int bind_run(struct session *session, const void *state, int count, char **arguments)
{
	return run(session, state, "BindPort", count, arguments, port_text_print_bound);
}

static const struct option unbind_options[] = {
	{ "force", no_argument, NULL, 'f' },
	JOB_TIMEOUT_ROW,
	JOB_NO_WAIT_ROW,
	{},
};

static const struct option bind_options[] = {
	JOB_TIMEOUT_ROW,
	JOB_NO_WAIT_ROW,
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
		"  -f, --force          delete the regions that live there first, unless somebody uses one of "
		"them\n" JOB_OPTIONS_HELP,
	.short_options = "f",
	.long_options = unbind_options,
	.state_size = sizeof(struct bind),
	.set = set,
	.run = unbind_run,
};

const struct command command_port_bind = {
	.group = "port",
	.name = "bind",
	.arguments = "[OPTION...] PORT",
	.summary = "give a port, and all below it, back to their drivers",
	.help = "An endpoint, and the port of a switch, are gone when they are unbound: name them by their memdev or\n"
		"device, as 'cxlctl port unbind' says.\n\n" JOB_OPTIONS_HELP,
	.long_options = bind_options,
	.state_size = sizeof(struct bind),
	.set = set,
	.run = bind_run,
};
