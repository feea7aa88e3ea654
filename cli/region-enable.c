/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enable and disable: one shape, two methods. */
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "memory.h"
#include "scope.h"
#include "targets.h"

static int set(void *state, int option, const char *value, struct problem *ret_problem)
{
	int status = EXIT_STATUS_DONE;

	job_options_set(state, option, value, &status, ret_problem);
	return status;
}

static int call_one(struct session *session, const struct target *target, const char *method, const char *done,
		    struct json_object *entry, struct problem *ret_problem)
{
	CLEANUP(cleanup_json) struct json_object *parameters = target_parameters(target), *result = NULL;
	struct json_object *region;
	int status;

	status = session_call_long(session, method, parameters, &result, ret_problem);
	if (status)
		return status;
	if (target->job->no_wait)
		return target_report_job(session, method, result, entry, ret_problem);
	region = field_get(result, "region", json_type_object);
	if (!region)
		return problem_set_answer(ret_problem, method, "region");
	memory_add_string(entry, "generation", field_string(region, "generation"));
	memory_add_bool(entry, done, true);
	if (!session->json)
		printf("%s: %s\n", target->name, done);
	return status;
}

static int enable_one(struct session *session, const struct target *target, const char *method,
		      struct json_object *entry, struct problem *ret_problem)
{
	return call_one(session, target, method, "enabled", entry, ret_problem);
}

static int disable_one(struct session *session, const struct target *target, const char *method,
		       struct json_object *entry, struct problem *ret_problem)
{
	return call_one(session, target, method, "disabled", entry, ret_problem);
}

static int run(struct session *session, const struct job_options *job, int count, char **arguments, const char *method,
	       target_fn work)
{
	struct problem problem = {};
	struct targets targets;
	int status;

	if (targets_parse(count, arguments, &targets, &problem))
		return session_refuse(session, &problem);
	targets_set_job(&targets, job);
	status = targets_each(session, &targets, method, work);
	targets_done(&targets);
	return status;
}

static int enable_run(struct session *session, const void *state, int count, char **arguments)
{
	return run(session, state, count, arguments, "Enable", enable_one);
}

static int disable_run(struct session *session, const void *state, int count, char **arguments)
{
	return run(session, state, count, arguments, "Disable", disable_one);
}

static const struct option options[] = {
	JOB_TIMEOUT_ROW,
	JOB_NO_WAIT_ROW,
	{},
};

const struct command command_region_enable = {
	.group = "region",
	.name = "enable",
	.arguments = "[OPTION...] REGION[@GENERATION]...",
	.summary = "bind regions to their driver",
	.help = "Each region is enabled in turn and reported; the exit status is that of the first "
		"failure.\n\n" JOB_OPTIONS_HELP,
	.long_options = options,
	.state_size = sizeof(struct job_options),
	.set = set,
	.run = enable_run,
};

const struct command command_region_disable = {
	.group = "region",
	.name = "disable",
	.arguments = "[OPTION...] REGION[@GENERATION]...",
	.summary = "take regions from their driver; they keep their memory",
	.help = "Each region is disabled in turn and reported; the exit status is that of the first failure. A region\n"
		"in use is refused. The kernel may enable it again when it scans the bus.\n\n" JOB_OPTIONS_HELP,
	.long_options = options,
	.state_size = sizeof(struct job_options),
	.set = set,
	.run = disable_run,
};
