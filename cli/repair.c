/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "job-options.h"
#include "memory.h"
#include "repair-report.h"
#include "scope.h"
#include "text.h"

struct repair {
	bool dry_run;
	struct job_options job;
};

static int repair_set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct repair *repair = state;
	int status = EXIT_STATUS_DONE;

	if (!job_options_set(&repair->job, option, value, &status, ret_problem))
		repair->dry_run = true;
	return status;
}

static int plan(struct session *session)
{
	CLEANUP(cleanup_json) struct json_object *answer = NULL, *findings = NULL;
	struct problem problem = {};
	int status;

	if (session_call(session, "PlanRepair", NULL, &answer, &problem))
		return session_refuse(session, &problem);
	status = session_take(session, "PlanRepair", answer, "findings", json_type_array, &findings);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, findings);
	else
		repair_report_print(answer, true);
	return status;
}

static int repair(struct session *session, const struct job_options *job)
{
	CLEANUP(cleanup_json) struct json_object *parameters = memory_need(json_object_new_object());
	CLEANUP(cleanup_json) struct json_object *answer = NULL, *findings = NULL;
	struct problem problem = {};
	int status;

	job_options_add(job, parameters);
	if (session_call_long(session, "Repair", parameters, &answer, &problem))
		return session_refuse(session, &problem);
	if (job->no_wait)
		return job_options_report(session, "Repair", answer);
	status = session_take(session, "Repair", answer, "findings", json_type_array, &findings);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, findings);
	else
		repair_report_print(answer, false);
	return repair_report_status(answer);
}

static int repair_run(struct session *session, const void *state, int count, char **arguments)
{
	const struct repair *wanted = state;
	struct problem problem = {};

	if (count > 0) {
		problem_set_invalid(&problem, arguments[0], "repair takes no argument: it looks at all there is.");
		return session_refuse(session, &problem);
	}
	return wanted->dry_run ? plan(session) : repair(session, &wanted->job);
}

static const struct option options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	JOB_TIMEOUT_ROW,
	JOB_NO_WAIT_ROW,
	{},
};

const struct command command_repair = {
	.name = "repair",
	.arguments = "[OPTION...]",
	.summary = "find and remove what no job owns",
	.help = "Half-built regions, regions whose targets are gone, memory that is held outside any region: each is\n"
		"told with the evidence, and taken down if it held still for some seconds. What is committed, or\n"
		"may be the firmware's, is left alone and told.\n\n"
		"  -n, --dry-run        print every write that would be made, and make none\n" JOB_OPTIONS_HELP,
	.short_options = "n",
	.long_options = options,
	.state_size = sizeof(struct repair),
	.set = repair_set,
	.run = repair_run,
};
