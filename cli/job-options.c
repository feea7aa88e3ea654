/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-options.h"

#include <inttypes.h>
#include <stdio.h>

#include "memory.h"
#include "scope.h"
#include "text.h"

int job_options_seconds(const char *option, const char *value, uint64_t *ret_seconds, struct problem *ret_problem)
{
	if (!text_number(value, ret_seconds))
		return problem_set_invalid(ret_problem, option, "%s: '%.64s' is no number of seconds, such as 30.",
					   option, value);
	return EXIT_STATUS_DONE;
}

bool job_options_set(struct job_options *options, int option, const char *value, int *ret_status,
		     struct problem *ret_problem)
{
	switch (option) {
	case JOB_OPTION_TIMEOUT:
		options->has_timeout = true;
		*ret_status = job_options_seconds("--timeout", value, &options->timeout, ret_problem);
		return true;
	case JOB_OPTION_NO_WAIT:
		options->no_wait = true;
		*ret_status = EXIT_STATUS_DONE;
		return true;
	default:
		return false;
	}
}

void job_options_add(const struct job_options *options, struct json_object *parameters)
{
	const char *lease = getenv(JOB_LEASE_VARIABLE);

	if (options->has_timeout)
		memory_add_uint(parameters, "timeout", options->timeout);
	if (options->no_wait)
		memory_add_bool(parameters, "detach", true);
	if (lease && *lease)
		memory_add_string(parameters, "lease", lease);
}

int job_options_report(const struct session *session, const char *method, struct json_object *result)
{
	CLEANUP(cleanup_json) struct json_object *job = NULL;
	int status = session_take(session, method, result, "job", json_type_int, &job);

	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, result);
	else
		printf("%" PRIu64 "\n", json_object_get_uint64(job));
	return status;
}

int job_number_parse(const char *text, uint64_t *ret_job, struct problem *ret_problem)
{
	if (!text_number(text, ret_job))
		return problem_set_invalid(ret_problem, text,
					   "'%.64s' is no number of a job; 'cxlctl jobs' lists those that there are.",
					   text);
	return EXIT_STATUS_DONE;
}

struct json_object *job_number_parameters(uint64_t job)
{
	struct json_object *parameters = memory_need(json_object_new_object());

	memory_add_uint(parameters, "job", job);
	return parameters;
}

int job_number_argument(int count, char **arguments, struct json_object **ret_parameters, struct problem *ret_problem)
{
	uint64_t job;
	int status;

	if (count != 1)
		return problem_set_invalid(ret_problem, NULL,
					   count == 0 ? "Which job? None was named." : "Name one job.");
	status = job_number_parse(arguments[0], &job, ret_problem);
	if (status == EXIT_STATUS_DONE)
		*ret_parameters = job_number_parameters(job);
	return status;
}
