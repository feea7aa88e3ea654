/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "daemon.h"
#include "job-options.h"
#include "json-members.h"
#include "libregion.h"
#include "member.h"
#include "methods.h"
#include "param.h"
#include "public.h"
#include "read.h"

/* Returns true, or answers the call: a name that the kernel would never give names nothing. */
static bool region_name_check(struct call *call, const char *name)
{
	struct failure failure;

	if (region_name_is_valid(REGION_NAME_REGION, name))
		return true;
	failure_set(&failure, ERROR_INVALID_REQUEST, NULL, "\"%s\" is no name of a region.", name);
	call_fail(call, &failure);
	return false;
}

/* An object with the one given member, which is not taken. NULL without memory. */
static struct json_object *object_with(const char *name, struct json_object *member)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();

	if (!object || member_add(object, name, json_object_get(member)) < 0)
		return NULL;
	return steal_pointer(object);
}

static void fail_no_memory(struct call *call)
{
	struct failure failure;

	failure_set_errno(&failure, -ENOMEM, "Passing the request on");
	call_fail(call, &failure);
}

/* -- ListRegions ------------------------------------------------------- */

static int list_reply(struct json_object *regions, uint64_t age_usec, struct json_object **ret_parameters)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters || member_add(parameters, "regions", json_object_get(regions)) < 0 ||
	    json_add_seconds(parameters, "age_seconds", age_usec) < 0)
		return -ENOMEM;
	*ret_parameters = steal_pointer(parameters);
	return 0;
}

static int list_on_result(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
			  struct json_object **ret_parameters, struct failure *ret_failure)
{
	struct json_object *regions = json_get_array(result, "regions");

	return regions ? list_reply(regions, age_usec, ret_parameters) : -EBADMSG;
}

/* Those that were asked for, out of the inventory. */
static int list_select(struct daemon *daemon, struct json_object *names, struct json_object *selected,
		       struct failure *ret_failure)
{
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));
		struct json_object *region = inventory_find(&daemon->inventory, name);

		/* It may have come since: an old picture cannot say that it is not there. */
		if (!region)
			return failure_set(ret_failure, ERROR_TOO_BUSY, name,
					   "The kernel does not answer, and \"%s\" is not in what was last seen.",
					   name);
		if (member_append(selected, json_object_get(region)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int list_on_late(struct daemon *daemon, struct call *call, struct json_object *topology, uint64_t age_usec,
			struct json_object **ret_parameters, struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *selected = json_object_new_array();
	struct json_object *names;
	int r;

	if (!selected)
		return -ENOMEM;
	if (!param_array(call->parameters, "regions", &names))
		return list_on_result(daemon, call, topology, age_usec, ret_parameters, ret_failure);
	r = list_select(daemon, names, selected, ret_failure);
	return r ? r : list_reply(selected, age_usec, ret_parameters);
}

void method_list_regions(struct daemon *daemon, struct call *call)
{
	static const struct read_ops ops = { list_on_result, list_on_late, true };
	struct json_object *names, *parameters = NULL;

	if (param_array(call->parameters, "regions", &names)) {
		for (size_t i = 0; i < json_object_array_length(names); i++)
			if (!region_name_check(call, json_object_get_string(json_object_array_get_idx(names, i))))
				return;
		parameters = object_with("regions", names);
		if (!parameters) {
			fail_no_memory(call);
			return;
		}
	}
	read_start(daemon, call, "list", parameters, &ops);
}

/* -- plans: the worker's result is the reply ---------------------------- */

static int plan_on_result(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
			  struct json_object **ret_parameters, struct failure *ret_failure)
{
	*ret_parameters = json_object_get(result);
	return 0;
}

static int plan_create_on_result(struct daemon *daemon, struct call *call, struct json_object *result,
				 uint64_t age_usec, struct json_object **ret_parameters, struct failure *ret_failure)
{
	return public_plan(daemon, call, result, ret_parameters);
}

static const struct read_ops plan_ops = { plan_on_result, NULL, true };
static const struct read_ops plan_create_ops = { plan_create_on_result, NULL, true };

/* What a worker is told about a create: the request as it came, which it checks, and what is configured. */
static struct json_object *create_parameters_new(const struct daemon *daemon, struct json_object *request)
{
	CLEANUP(cleanup_json) struct json_object *parameters = object_with("request", request);

	if (!parameters || config_add_policy(&daemon->config, parameters) < 0)
		return NULL;
	return steal_pointer(parameters);
}

static struct json_object *create_parameters_of(const struct daemon *daemon, const struct call *call)
{
	struct json_object *request = NULL;

	param_object(call->parameters, "request", &request);
	return create_parameters_new(daemon, request);
}

void method_plan_create(struct daemon *daemon, struct call *call)
{
	struct json_object *parameters = create_parameters_of(daemon, call);

	if (parameters)
		read_start(daemon, call, "plan-create", parameters, &plan_create_ops);
	else
		fail_no_memory(call);
}

void method_plan_delete(struct daemon *daemon, struct call *call)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL;
	const char *region = "";

	param_string(call->parameters, "region", &region);
	if (!region_name_check(call, region))
		return;
	if (json_object_deep_copy(call->parameters, &parameters, NULL) < 0 ||
	    config_add_policy(&daemon->config, parameters) < 0)
		fail_no_memory(call);
	else
		read_start(daemon, call, "plan-delete", steal_pointer(parameters), &plan_ops);
}

/* -- jobs ---------------------------------------------------------------- */

void method_create(struct daemon *daemon, struct call *call)
{
	struct runner_request request = { .kind = JOB_CREATE };

	if (!job_options_take(&daemon->config, call, &request))
		return;
	request.parameters = create_parameters_of(daemon, call);
	if (request.parameters)
		runner_submit(&daemon->runner, call, &request);
	else
		fail_no_memory(call);
}

static void method_change(struct daemon *daemon, struct call *call, enum job_kind kind)
{
	struct runner_request request = { .kind = kind };
	const char *region = "", *generation = NULL;
	struct failure failure;

	param_string(call->parameters, "region", &region);
	if (!region_name_check(call, region))
		return;
	if (param_string(call->parameters, "generation", &generation) &&
	    (!*generation || strlen(generation) >= JOB_GENERATION_MAX)) {
		failure_set(&failure, ERROR_INVALID_REQUEST, region,
			    "\"%.80s\" is no generation that cxl-regiond has given out.", generation);
		call_fail(call, &failure);
		return;
	}
	request.region = region;
	request.generation = generation;
	if (job_options_take(&daemon->config, call, &request))
		runner_submit(&daemon->runner, call, &request);
}

void method_delete(struct daemon *daemon, struct call *call)
{
	method_change(daemon, call, JOB_DELETE);
}

void method_enable(struct daemon *daemon, struct call *call)
{
	method_change(daemon, call, JOB_ENABLE);
}

void method_disable(struct daemon *daemon, struct call *call)
{
	method_change(daemon, call, JOB_DISABLE);
}
