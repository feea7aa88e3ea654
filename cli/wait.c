/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "port-text.h"
#include "region-text.h"
#include "repair-report.h"
#include "scope.h"
#include "text.h"

static bool is_kind(struct json_object *job, const char *kind)
{
	return field_is(job, "kind", kind);
}

/* What the command prints that waits for such a job. */
static void print_result(struct json_object *result, struct json_object *job)
{
	const char *object = field_string(job, "object");

	if (is_kind(job, "create"))
		region_text_print_created(field_get(result, "region", json_type_object));
	else if (is_kind(job, "delete") || is_kind(job, "enable") || is_kind(job, "disable"))
		printf("%s: %sd\n", object, field_string(job, "kind"));
	else if (is_kind(job, "unbind-port"))
		port_text_print_unbound(result);
	else if (is_kind(job, "bind-port"))
		port_text_print_bound(result);
	else if (is_kind(job, "repair"))
		repair_report_print(result, false);
	else
		printf("job %" PRIu64 ": %s %s\n", field_uint(job, "job"), field_string(job, "kind"),
		       field_string(job, "state"));
}

static int wait_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL, *result = NULL, *job = NULL;
	struct problem problem = {};
	int status;

	if (job_number_argument(count, arguments, &parameters, &problem))
		return session_refuse(session, &problem);
	if (session_call_long(session, "WaitJob", parameters, &result, &problem))
		return session_refuse(session, &problem);
	status = session_take(session, "WaitJob", result, "job", json_type_object, &job);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, result);
	else
		print_result(result, job);
	return is_kind(job, "repair") ? repair_report_status(result) : status;
}

const struct command command_wait = {
	.name = "wait",
	.arguments = "JOB",
	.summary = "wait for the end of a job, and say what became of it",
	.help = "Prints what the command would have printed that asked for the job without --no-wait, and has its "
		"exit\n"
		"status. A job that has ended is known for ten minutes.\n",
	.run = wait_run,
};
