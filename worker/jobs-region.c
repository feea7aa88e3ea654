/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs about regions. Each that changes something goes one way: scan, plan, apply, look. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uuid/uuid.h>

#include "cleanup.h"
#include "consumers.h"
#include "jobs.h"
#include "member.h"
#include "plan-json.h"
#include "scan.h"
#include "snapshot-json.h"

/* -- reading ----------------------------------------------------------- */

static int describe_region(struct worker *worker, const struct snapshot *snapshot, int index,
			   struct json_object **ret_region, struct failure *ret_failure)
{
	struct consumer_list consumers;
	int r = consumers_find(worker->host.sysfs, HOST_PROC, &snapshot->regions[index], &consumers);

	if (r >= 0)
		r = region_to_json(snapshot, index, &consumers, ret_region);
	return r < 0 ? failure_set_errno(ret_failure, r, "describing a region") : 0;
}

static int add_region(struct worker *worker, const struct snapshot *snapshot, int index, struct json_object *array,
		      struct failure *ret_failure)
{
	struct json_object *region;
	int r = describe_region(worker, snapshot, index, &region, ret_failure);

	if (r != 0)
		return r;
	r = member_append(array, region);
	return r < 0 ? failure_set_errno(ret_failure, r, "listing regions") : 0;
}

static int add_named(struct worker *worker, const struct snapshot *snapshot, struct json_object *names,
		     struct json_object *array, struct failure *ret_failure)
{
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));
		int index = snapshot_find_region(snapshot, name), r;

		if (index == SNAPSHOT_NONE)
			return failure_set(ret_failure, ERROR_NOT_FOUND, name, "there is no region %.32s", name);
		r = add_region(worker, snapshot, index, array, ret_failure);
		if (r != 0)
			return r;
	}
	return 0;
}

int job_list(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	     struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct json_object *names, *array;
	int r = result ? host_scan_use(&worker->host, NULL, &snapshot) : -ENOMEM;

	if (r >= 0)
		r = member_add_array(result, "regions", &array);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "listing regions");
	r = 0;
	if (param_array(parameters, "regions", &names))
		r = add_named(worker, snapshot, names, array, ret_failure);
	else
		for (size_t i = 0; r == 0 && i < snapshot->n_regions; i++)
			r = add_region(worker, snapshot, (int)i, array, ret_failure);
	if (r != 0)
		return r;
	*ret_result = steal_pointer(result);
	return 0;
}

/* The region that a request is about: a name of valid form, and the generation if one is meant. */
static int take_region(struct json_object *parameters, struct region_request *request, struct failure *ret_failure)
{
	const char *generation;
	char *end;

	param_string(parameters, "region", &request->region);
	if (!region_name_is_valid(REGION_NAME_REGION, request->region))
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, request->region,
				   "\"%.32s\" is no region's name: they are called region0 and so on", request->region);
	if (!param_string(parameters, "generation", &generation))
		return 0;
	errno = 0;
	request->generation = strtoull(generation, &end, 16);
	if (errno != 0 || *end != '\0' || request->generation == 0)
		return failure_set(ret_failure, ERROR_NOT_FOUND, request->region,
				   "no %s has ever had the generation \"%.32s\"", request->region, generation);
	return 0;
}

int job_resolve(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	struct region_request request = { 0 };
	char generation[GENERATION_MAX];
	uint64_t inode;
	int r;

	r = take_region(parameters, &request, ret_failure);
	if (r != 0)
		return r;
	r = scan_generation(worker->host.sysfs, request.region, &inode);
	if (r == -ENOENT)
		return failure_set(ret_failure, ERROR_NOT_FOUND, request.region, "there is no region %s",
				   request.region);
	if (r >= 0)
		r = result ? member_add_string(result, "generation", generation_format(inode, generation)) : -ENOMEM;
	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking for a region");
	*ret_result = steal_pointer(result);
	return 0;
}

/* -- answering --------------------------------------------------------- */

/* What was asked for is done, but there is no answer to give: the outcome says so. */
static int done_without_answer(struct failure *failure)
{
	failure->outcome = OUTCOME_DONE;
	return failure->code;
}

typedef int (*scan_fn)(struct host *host, const char *name, struct snapshot **ret_snapshot);

/* Answers with the region as it now is: the very one that was changed. */
static int answer_region(struct worker *worker, const struct plan *plan, scan_fn scan, struct json_object **ret_result,
			 struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct json_object *region;
	int index, r = result ? scan(&worker->host, plan->region, &snapshot) : -ENOMEM;

	index = r >= 0 ? snapshot_find_region(snapshot, plan->region) : SNAPSHOT_NONE;
	if (r == -ENOENT || (r >= 0 && snapshot->regions[index].inode != plan->region_inode)) {
		failure_set(ret_failure, ERROR_CONFLICT, plan->region,
			    "what was asked for was done, and then somebody else deleted %s", plan->region);
		return done_without_answer(ret_failure);
	}
	if (r >= 0)
		r = describe_region(worker, snapshot, index, &region, ret_failure);
	if (r == 0)
		r = member_add(result, "region", region);
	if (r < 0)
		failure_set_errno(ret_failure, r, "looking at the region after it was changed");
	if (r != 0)
		return done_without_answer(ret_failure);
	*ret_result = steal_pointer(result);
	return 0;
}

/* -- create ------------------------------------------------------------ */

/* A random uuid of version 4 (RFC 9562). libuuid's asks the kernel for six things, this one for the bytes. */
static int make_uuid(char *text)
{
	uuid_t uuid;

	if (getrandom(uuid, sizeof(uuid), 0) != sizeof(uuid))
		return -EIO;
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	uuid_unparse_lower(uuid, text);
	return 0;
}

static int plan_request(struct worker *worker, struct json_object *parameters, struct plan *plan,
			struct failure *ret_failure)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct json_object *object = NULL;
	struct create_request request;
	char text[37];
	int r;

	param_object(parameters, "request", &object);
	r = create_request_from_json(object, &request, ret_failure);
	if (r != 0)
		return r;
	r = make_uuid(text);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "making a uuid");
	request.new_uuid = text;
	request.commit_is_refused = jobs_commit_is_refused(worker, parameters);
	r = host_scan_use(&worker->host, request.root_decoder, &snapshot);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "reading the topology");
	return plan_create(snapshot, &request, plan, ret_failure);
}

int job_plan_create(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	struct json_object *object;
	struct plan plan;
	int r;

	r = plan_request(worker, parameters, &plan, ret_failure);
	if (r != 0)
		return r;
	r = result ? plan_to_json(&plan, &object) : -ENOMEM;
	if (r >= 0)
		r = member_add(result, "plan", object);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "telling of a plan");
	*ret_result = steal_pointer(result);
	return 0;
}

int job_create(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure)
{
	struct plan plan;
	int r;

	r = plan_request(worker, parameters, &plan, ret_failure);
	if (r == 0)
		r = jobs_apply(worker, &plan, ret_failure);
	return r != 0 ? r : answer_region(worker, &plan, host_scan_region_alone, ret_result, ret_failure);
}

/* -- delete, enable, disable ------------------------------------------- */

typedef int (*plan_fn)(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		       struct failure *ret_failure);

static int plan_region(struct worker *worker, struct json_object *parameters, plan_fn make, struct plan *plan,
		       struct failure *ret_failure)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct region_request request = { 0 };
	struct consumer_list consumers;
	int index, r;

	r = take_region(parameters, &request, ret_failure);
	if (r != 0)
		return r;
	r = host_scan_region(&worker->host, request.region, &snapshot);
	if (r == -ENOENT)
		return failure_set(ret_failure, ERROR_NOT_FOUND, request.region, "there is no region %s",
				   request.region);
	if (r >= 0) {
		index = snapshot_find_region(snapshot, request.region);
		r = consumers_find(worker->host.sysfs, HOST_PROC, &snapshot->regions[index], &consumers);
		request.consumers = &consumers;
	}
	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking who uses the region");
	request.commit_is_refused = jobs_commit_is_refused(worker, parameters);
	return make(snapshot, &request, plan, ret_failure);
}

int job_plan_delete(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	struct json_object *steps;
	struct plan plan;
	int r;

	r = plan_region(worker, parameters, plan_delete, &plan, ret_failure);
	if (r != 0)
		return r;
	r = result ? plan_steps_to_json(&plan, &steps) : -ENOMEM;
	if (r >= 0)
		r = member_add(result, "steps", steps);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "telling of a plan");
	*ret_result = steal_pointer(result);
	return 0;
}

int job_delete(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	char generation[GENERATION_MAX];
	struct plan plan;
	int r;

	if (!result)
		return failure_set_errno(ret_failure, -ENOMEM, "deleting a region");
	r = plan_region(worker, parameters, plan_delete, &plan, ret_failure);
	if (r == 0)
		r = jobs_apply(worker, &plan, ret_failure);
	if (r != 0)
		return r;
	r = member_add_string(result, "region", plan.region);
	if (r >= 0)
		r = member_add_string(result, "generation", generation_format(plan.region_inode, generation));
	if (r < 0) {
		failure_set_errno(ret_failure, r, "telling of a deleted region");
		return done_without_answer(ret_failure);
	}
	*ret_result = steal_pointer(result);
	return 0;
}

static int change(struct worker *worker, struct json_object *parameters, plan_fn make, struct json_object **ret_result,
		  struct failure *ret_failure)
{
	struct plan plan;
	int r;

	r = plan_region(worker, parameters, make, &plan, ret_failure);
	if (r == 0)
		r = jobs_apply(worker, &plan, ret_failure);
	return r != 0 ? r : answer_region(worker, &plan, host_scan_region, ret_result, ret_failure);
}

int job_enable(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure)
{
	return change(worker, parameters, plan_enable, ret_result, ret_failure);
}

int job_disable(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		struct failure *ret_failure)
{
	return change(worker, parameters, plan_disable, ret_result, ret_failure);
}
