/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "scope.h"
#include "text.h"

static void print_cancelled(struct json_object *job)
{
	uint64_t number = field_uint(job, "job");

	if (!field_has(job, "ended"))
		printf("job %" PRIu64 ": was asked to stop; 'cxlctl wait %" PRIu64 "' says what became of it\n", number,
		       number);
	else if (field_is(field_get(job, "failure", json_type_object), "error", "Cancelled"))
		printf("job %" PRIu64 ": cancelled\n", number);
	else
		printf("job %" PRIu64 ": has ended already (%s)\n", number, field_string(job, "state"));
}

static int cancel_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL, *job = NULL;
	struct problem problem = {};
	int status;

	if (job_number_argument(count, arguments, &parameters, &problem))
		return session_refuse(session, &problem);
	status = session_ask(session, "CancelJob", parameters, "job", json_type_object, &job);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, job);
	else
		print_cancelled(job);
	return status;
}

const struct command command_cancel = {
	.name = "cancel",
	.arguments = "JOB",
	.summary = "drop a job that waits; stop one that runs, and undo what it did",
	.help = "A delete that has begun to take its region down goes on. Locks that 'cxlctl lock' holds are "
		"released.\n"
		"Jobs of others are root's to cancel.\n",
	.run = cancel_run,
};
