/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "targets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "job-options.h"
#include "memory.h"
#include "scope.h"
#include "text.h"

void targets_done(struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		free(targets->items[i].generation);
	free(targets->items);
	*targets = (struct targets){};
}

static void targets_alloc(struct targets *targets, size_t count)
{
	*targets = (struct targets){ .items = memory_need(calloc(count + 1, sizeof(*targets->items))) };
}

static void take_generation(struct target *target, const char *generation)
{
	if (generation && *generation)
		target->generation = memory_need(strdup(generation));
}

int targets_parse(int count, char **arguments, struct targets *ret_targets, struct problem *ret_problem)
{
	struct targets targets;

	if (count == 0)
		return problem_set_invalid(ret_problem, NULL, "Which region? None was named.");
	targets_alloc(&targets, count);
	for (; targets.count < (size_t)count; targets.count++) {
		const char *text = arguments[targets.count], *generation;
		struct target *target = &targets.items[targets.count];

		if (region_object_parse(text, target->name, &generation) < 0) {
			targets_done(&targets);
			return problem_set_invalid(
				ret_problem, text,
				"'%.64s' is no name of a region, such as region0 or region0@GENERATION.", text);
		}
		take_generation(target, generation);
	}
	*ret_targets = targets;
	return EXIT_STATUS_DONE;
}

static int compare_resources(const void *a, const void *b)
{
	uint64_t left = field_uint(*(struct json_object *const *)a, "resource");
	uint64_t right = field_uint(*(struct json_object *const *)b, "resource");

	return (left < right) - (left > right);
}

int targets_all(struct session *session, struct targets *ret_targets)
{
	CLEANUP(cleanup_json) struct json_object *regions = NULL;
	struct targets targets;
	int status;

	status = session_ask(session, "ListRegions", NULL, "regions", json_type_array, &regions);
	if (status)
		return status;
	json_object_array_sort(regions, compare_resources);
	targets_alloc(&targets, json_object_array_length(regions));
	for (; targets.count < json_object_array_length(regions); targets.count++) {
		struct json_object *region = json_object_array_get_idx(regions, targets.count);
		struct target *target = &targets.items[targets.count];

		snprintf(target->name, sizeof(target->name), "%s", field_string(region, "region"));
		take_generation(target, field_string(region, "generation"));
	}
	*ret_targets = targets;
	return EXIT_STATUS_DONE;
}

struct json_object *target_parameters(const struct target *target)
{
	struct json_object *parameters = memory_need(json_object_new_object());

	memory_add_string(parameters, "region", target->name);
	if (target->generation)
		memory_add_string(parameters, "generation", target->generation);
	if (target->key)
		memory_add_string(parameters, "key", target->key);
	if (target->job)
		job_options_add(target->job, parameters);
	return parameters;
}

void targets_set_job(struct targets *targets, const struct job_options *job)
{
	for (size_t i = 0; i < targets->count; i++)
		targets->items[i].job = job;
}

int target_report_job(const struct session *session, const char *method, struct json_object *result,
		      struct json_object *entry, struct problem *ret_problem)
{
	uint64_t job = field_uint(result, "job");

	if (job == 0)
		return problem_set_answer(ret_problem, method, "job");
	memory_add_uint(entry, "job", job);
	if (!session->json)
		printf("%" PRIu64 "\n", job);
	return EXIT_STATUS_DONE;
}

static int work_on(struct session *session, const struct target *target, const char *method, target_fn work,
		   struct json_object *entry)
{
	struct problem problem = {};
	int status;

	memory_add_string(entry, "region", target->name);
	status = work(session, target, method, entry, &problem);
	if (!status)
		return status;
	/* What was said of those before comes first, also when both go to one file. */
	fflush(stdout);
	problem_print(&problem, session->json, target->name);
	memory_add(entry, "error", json_object_get(problem.json));
	problem_done(&problem);
	return status;
}

int targets_each(struct session *session, const struct targets *targets, const char *method, target_fn work)
{
	CLEANUP(cleanup_json) struct json_object *entries = memory_need(json_object_new_array());
	int first_failure = EXIT_STATUS_DONE;

	for (size_t i = 0; i < targets->count; i++) {
		struct json_object *entry = memory_need(json_object_new_object());
		int status = work_on(session, &targets->items[i], method, work, entry);

		memory_append(entries, entry);
		if (!first_failure)
			first_failure = status;
	}
	if (session->json)
		text_print_json(stdout, entries);
	return first_failure;
}
