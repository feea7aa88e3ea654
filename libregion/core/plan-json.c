/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-json.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "member.h"
#include "param.h"
#include "step.h"

/* How a region is called before the kernel has named it. */
#define UNNAMED "(new)"

static int take_memdevs(struct json_object *object, struct create_request *request, struct failure *failure)
{
	struct json_object *memdevs;
	size_t n;

	if (!param_array(object, "memdevs", &memdevs))
		return 0;
	n = json_object_array_length(memdevs);
	if (n > REGION_WAYS_MAX)
		return failure_set(failure, ERROR_INVALID_REQUEST, "memdevs",
				   "%zu memdevs are named: CXL has at most %d ways", n, REGION_WAYS_MAX);
	for (size_t i = 0; i < n; i++)
		request->memdevs[i] = json_object_get_string(json_object_array_get_idx(memdevs, i));
	request->n_memdevs = (unsigned int)n;
	return 0;
}

int create_request_from_json(struct json_object *object, struct create_request *ret_request,
			     struct failure *ret_failure)
{
	struct create_request request = { 0 };
	const char *type;
	int r;

	r = param_check(param_create_request, object, ret_failure);
	if (r == 0)
		r = take_memdevs(object, &request, ret_failure);
	if (r != 0)
		return r;
	param_string(object, "root_decoder", &request.root_decoder);
	param_string(object, "uuid", &request.uuid);
	request.has_ways = param_uint(object, "interleave_ways", &request.ways);
	request.has_granularity = param_uint(object, "interleave_granularity", &request.granularity);
	request.has_size = param_uint(object, "size", &request.size);
	request.has_type = param_string(object, "type", &type);
	if (request.has_type && region_type_parse(type, &request.type) < 0)
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, "type",
				   "a region of type \"%.32s\": there are pmem and ram", type);
	param_bool(object, "enforce_qos", &request.enforce_qos);
	*ret_request = request;
	return 0;
}

static int step_to_json(const struct plan *plan, const struct plan_step *step, struct json_object **ret_step)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	char attribute[STEP_VALUE_MAX], value[STEP_VALUE_MAX];
	const char *name = step_object_name(plan, step);
	int r;

	if (!object)
		return -ENOMEM;
	step_value(plan, step, value);
	r = member_add_string(object, "step", step_row_get(step->kind)->name);
	if (r >= 0)
		r = member_add_string(object, "object", name[0] ? name : UNNAMED);
	if (r >= 0)
		r = member_add_string(object, "attribute", step_attribute(plan, step, attribute));
	if (r >= 0)
		r = member_add_string(object, "value",
				      value[0] || step->kind == STEP_DETACH || step->kind == STEP_SETTLE ? value
													 : UNNAMED);
	if (r < 0)
		return r;
	*ret_step = steal_pointer(object);
	return 0;
}

int plan_steps_to_json(const struct plan *plan, struct json_object **ret_steps)
{
	CLEANUP(cleanup_json) struct json_object *steps = json_object_new_array();

	if (!steps)
		return -ENOMEM;
	for (unsigned int i = 0; i < plan->n_steps; i++) {
		struct json_object *step;
		int r = step_to_json(plan, &plan->steps[i], &step);

		if (r >= 0)
			r = member_append(steps, step);
		if (r < 0)
			return r;
	}
	*ret_steps = steal_pointer(steps);
	return 0;
}

static int add_targets(struct json_object *object, const struct plan *plan)
{
	struct json_object *mappings;
	int r;

	r = member_add_array(object, "mappings", &mappings);
	for (unsigned int i = 0; r >= 0 && i < plan->n_targets; i++) {
		CLEANUP(cleanup_json) struct json_object *mapping = json_object_new_object();
		const struct plan_target *target = &plan->targets[i];

		if (!mapping)
			return -ENOMEM;
		r = member_add_uint(mapping, "position", target->position);
		if (r >= 0)
			r = member_add_string(mapping, "memdev", target->memdev);
		if (r >= 0)
			r = member_add_string(mapping, "decoder", target->decoder);
		if (r >= 0)
			r = member_add_uint(mapping, "dpa_resource", target->dpa_start);
		if (r >= 0)
			r = member_add_uint(mapping, "dpa_size", target->dpa_size);
		if (r >= 0)
			r = member_append(mappings, steal_pointer(mapping));
	}
	return r;
}

int plan_to_json(const struct plan *plan, struct json_object **ret_plan)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	struct json_object *steps;
	int r;

	if (!object)
		return -ENOMEM;
	r = member_add_string(object, "root_decoder", plan->root_decoder);
	if (r >= 0)
		r = member_add_string(object, "type", region_type_name(plan->type));
	if (r >= 0 && plan->uuid[0] != '\0')
		r = member_add_string(object, "uuid", plan->uuid);
	if (r >= 0)
		r = member_add_uint(object, "resource", plan->start);
	if (r >= 0)
		r = member_add_uint(object, "size", plan->size);
	if (r >= 0)
		r = member_add_uint(object, "interleave_ways", plan->ways);
	if (r >= 0)
		r = member_add_uint(object, "interleave_granularity", plan->granularity);
	if (r >= 0)
		r = add_targets(object, plan);
	if (r >= 0)
		r = member_add_bool(object, "reordered", plan->reordered);
	if (r >= 0)
		r = plan_steps_to_json(plan, &steps);
	if (r >= 0)
		r = member_add(object, "steps", steps);
	if (r < 0)
		return r;
	*ret_plan = steal_pointer(object);
	return 0;
}

static void copy_text(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = '\0';
}

void plan_progress_at(const struct plan *plan, unsigned int n, struct plan_progress *ret_progress)
{
	const struct plan_step *step = &plan->steps[n - 1];
	const char *name = step_object_name(plan, step);
	char attribute[STEP_VALUE_MAX];

	ret_progress->n = n;
	ret_progress->m = plan->n_steps;
	ret_progress->step = step_row_get(step->kind)->name;
	copy_text(ret_progress->object, sizeof(ret_progress->object), name[0] ? name : UNNAMED);
	copy_text(ret_progress->attribute, sizeof(ret_progress->attribute), step_attribute(plan, step, attribute));
}

int plan_progress_to_json(const struct plan_progress *progress, struct json_object **ret_progress)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	int r = object ? 0 : -ENOMEM;

	if (r >= 0)
		r = member_add_uint(object, "n", progress->n);
	if (r >= 0)
		r = member_add_uint(object, "m", progress->m);
	if (r >= 0)
		r = member_add_string(object, "step", progress->step);
	if (r >= 0)
		r = member_add_string(object, "object", progress->object);
	if (r >= 0)
		r = member_add_string(object, "attribute", progress->attribute);
	if (r < 0)
		return r;
	*ret_progress = steal_pointer(object);
	return 0;
}
