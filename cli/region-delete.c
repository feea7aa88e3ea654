/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "memory.h"
#include "scope.h"
#include "steps.h"
#include "targets.h"
#include "text.h"

struct delete
{
	bool dry_run;
	const char *key;
	struct job_options job;
};

static int delete_set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct delete *delete = state;
	int status;

	if (job_options_set(&delete->job, option, value, &status, ret_problem))
		return status;
	/* 'f' is taken because cxl has it. It overrides nothing yet: the daemon refuses a region in use. */
	if (option == 'n')
		delete->dry_run = true;
	if (option == 'k')
		delete->key = value;
	return 0;
}

static int delete_one(struct session *session, const struct target *target, const char *method,
		      struct json_object *entry, struct problem *ret_problem)
{
	CLEANUP(cleanup_json) struct json_object *parameters = target_parameters(target), *result = NULL;
	int status;

	status = session_call_long(session, method, parameters, &result, ret_problem);
	if (status)
		return status;
	if (target->job->no_wait)
		return target_report_job(session, method, result, entry, ret_problem);
	memory_add_string(entry, "generation", field_string(result, "generation"));
	memory_add_bool(entry, "deleted", true);
	if (!session->json)
		printf("%s: deleted\n", target->name);
	return status;
}

static int plan_one(struct session *session, const struct target *target, const char *method, struct json_object *entry,
		    struct problem *ret_problem)
{
	CLEANUP(cleanup_json) struct json_object *parameters = target_parameters(target), *result = NULL;
	struct json_object *steps;
	int status;

	status = session_call(session, method, parameters, &result, ret_problem);
	if (status)
		return status;
	steps = field_get(result, "steps", json_type_array);
	if (!steps)
		return problem_set_answer(ret_problem, method, "steps");
	memory_add(entry, "steps", json_object_get(steps));
	if (session->json)
		return status;
	printf("%s: would be deleted by these writes:\n", target->name);
	steps_print(result);
	return status;
}

static bool is_all(int count, char **arguments)
{
	return count == 1 && strcmp(arguments[0], "all") == 0;
}

static void cleanup_targets(struct targets *targets)
{
	targets_done(targets);
}

static int refuse_key(struct session *session)
{
	struct problem problem = {};

	problem_set_invalid(&problem, "--key", "--key: a key is for one request: name exactly one region with it.");
	return session_refuse(session, &problem);
}

static int delete_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_targets) struct targets targets = {};
	const struct delete *wanted = state;
	struct problem problem = {};
	int status;

	if (wanted->key && (count != 1 || is_all(count, arguments)))
		return refuse_key(session);
	if (is_all(count, arguments)) {
		status = targets_all(session, &targets);
		if (status)
			return status;
		if (targets.count == 0 && !session->json)
			fputs("no regions\n", stderr);
	} else if (targets_parse(count, arguments, &targets, &problem)) {
		return session_refuse(session, &problem);
	}
	if (wanted->dry_run)
		return targets_each(session, &targets, "PlanDelete", plan_one);
	if (wanted->key)
		targets.items[0].key = wanted->key;
	targets_set_job(&targets, &wanted->job);
	return targets_each(session, &targets, "Delete", delete_one);
}

static const struct option options[] = {
	{ "force", no_argument, NULL, 'f' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "key", required_argument, NULL, 'k' },
	JOB_TIMEOUT_ROW,
	JOB_NO_WAIT_ROW,
	{},
};

const struct command command_region_delete = {
	.group = "region",
	.name = "delete",
	.arguments = "[OPTION...] REGION[@GENERATION]...|all",
	.summary = "delete regions",
	.help = "Each region is deleted in turn and reported; the exit status is that of the first failure. With a\n"
		"generation, that object is meant and no later one under the same name.\n\n"
		"  -n, --dry-run        print every write that would be made, and make none\n"
		"  -f, --force          overrides nothing yet: a region in use is still refused\n"
		"      --key KEY        name of this request about one region: sent again, it is not done "
		"twice\n" JOB_OPTIONS_HELP,
	.short_options = "fn",
	.long_options = options,
	.state_size = sizeof(struct delete),
	.set = delete_set,
	.run = delete_run,
};
