/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job that repairs what no job owns. What another program is building looks half-built, too: before anything is
 * touched it must have held still between two looks.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "finding-json.h"
#include "jobs.h"
#include "left-logs.h"
#include "member.h"

/* How often a wait asks whether the job was cancelled. */
#define WAIT_SLICE_MS	  100
#define WAIT_SLICES_A_SEC (1000 / WAIT_SLICE_MS)

/* A host as it was looked at, and what was found. */
struct look {
	struct snapshot *snapshot;
	struct finding_list list;
};

static void look_done(struct look *look)
{
	finding_list_done(&look->list);
	snapshot_free(look->snapshot);
}

static int look_at_host(struct worker *worker, struct look *ret_look, struct failure *ret_failure)
{
	struct look look = { NULL, { NULL, 0 } };
	int r = host_scan(&worker->host, &look.snapshot);

	if (r >= 0)
		r = plan_repair(look.snapshot, &look.list);
	if (r < 0) {
		look_done(&look);
		return failure_set_errno(ret_failure, r, "looking for what is damaged");
	}
	*ret_look = look;
	return 0;
}

/* -- plan-repair ------------------------------------------------------- */

static int answer(struct json_object *findings, struct json_object **ret_result)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	int r = result ? member_add(result, "findings", json_object_get(findings)) : -ENOMEM;

	if (r < 0)
		return r;
	*ret_result = steal_pointer(result);
	return 0;
}

int job_plan_repair(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *findings = NULL;
	CLEANUP(look_done) struct look look = { NULL, { NULL, 0 } };
	int r = look_at_host(worker, &look, ret_failure);

	if (r != 0)
		return r;
	r = finding_list_to_json(&look.list, &findings);
	if (r >= 0)
		r = answer(findings, ret_result);
	return r < 0 ? failure_set_errno(ret_failure, r, "telling what is damaged") : 0;
}

/* -- repair ------------------------------------------------------------ */

static bool has_work(const struct finding_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (finding_has_plan(&list->findings[i]))
			return true;
	return false;
}

/* Returns false when the job was cancelled meanwhile. */
static bool wait_seconds(struct worker *worker, uint64_t seconds)
{
	const struct timespec slice = { .tv_nsec = WAIT_SLICE_MS * 1000000l };

	for (uint64_t i = 0; i < seconds * WAIT_SLICES_A_SEC; i++) {
		if (channel_is_cancelled(&worker->channel))
			return false;
		nanosleep(&slice, NULL);
	}
	return !channel_is_cancelled(&worker->channel);
}

/* What changed between the looks is left to whoever changes it. */
static void leave_what_moves(const struct look *before, struct look *now)
{
	for (size_t i = 0; i < now->list.n; i++) {
		struct finding *finding = &now->list.findings[i];

		if (finding_has_plan(finding) && !plan_repair_is_still(before->snapshot, now->snapshot, finding))
			finding_leave(finding, "It is left alone, because it has just changed: somebody is at work on "
					       "it. Repair again when they are through.");
	}
}

static int add_failure(struct json_object *object, const struct failure *failure)
{
	CLEANUP(cleanup_json) struct json_object *json = NULL;
	int r = failure_to_json(failure, &json);

	if (r >= 0)
		r = member_add_string(json, "error", error_row_get(failure->code)->name);
	return r < 0 ? r : member_add(object, "failure", steal_pointer(json));
}

/* Repairs what can be, and adds to the finding what became of it. What fails keeps nothing else from being tried. */
static int repair_one(struct worker *worker, struct finding *finding, struct json_object *object)
{
	struct failure failure;
	int r;

	if (!finding_has_plan(finding))
		return member_add_string(object, "outcome", "left");
	teller_begin(&worker->teller); /* each plan counts its steps anew */
	if (jobs_apply(worker, &finding->plan, &failure) == 0)
		return member_add_string(object, "outcome", "done");
	r = member_add_string(object, "outcome", "failed");
	return r < 0 ? r : add_failure(object, &failure);
}

static int repair_all(struct worker *worker, struct finding_list *list, struct json_object *findings)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		struct finding *finding = &list->findings[i];
		CLEANUP(cleanup_json) struct json_object *object = NULL;

		if (finding_has_plan(finding) && channel_is_cancelled(&worker->channel))
			finding_leave(finding, "It is left alone, because the job was cancelled. Repair again.");
		r = finding_to_json(finding, &object);
		if (r >= 0)
			r = repair_one(worker, finding, object);
		if (r >= 0)
			r = member_append(findings, steal_pointer(object));
	}
	return r;
}

static int look_again(struct worker *worker, uint64_t seconds, struct look *look, struct failure *ret_failure)
{
	struct look now = { NULL, { NULL, 0 } };
	int r;

	if (!wait_seconds(worker, seconds))
		return failure_set(ret_failure, ERROR_CANCELLED, NULL, NULL);
	r = look_at_host(worker, &now, ret_failure);
	if (r != 0)
		return r;
	leave_what_moves(look, &now);
	look_done(look);
	*look = now;
	return 0;
}

int job_repair(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	CLEANUP(look_done) struct look look = { NULL, { NULL, 0 } };
	const struct left_logs_look look_for_logs = { .lock_fd = HOST_LOCK_FD };
	struct json_object *findings;
	uint64_t seconds = 0;
	int r = result ? member_add_array(result, "findings", &findings) : -ENOMEM;

	/* What jobs left that died is finished by their logs first: the rest has no witness but the host itself. */
	if (r >= 0)
		r = left_logs_recover(&worker->intents, worker->host.sysfs, &look_for_logs, result);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking for what interrupted jobs left");
	param_uint(parameters, "wait_seconds", &seconds);
	r = look_at_host(worker, &look, ret_failure);
	if (r == 0 && has_work(&look.list))
		r = look_again(worker, seconds, &look, ret_failure);
	if (r != 0)
		return r;
	r = repair_all(worker, &look.list, findings);
	if (r < 0) {
		failure_set_errno(ret_failure, r, "telling what was repaired");
		ret_failure->outcome = OUTCOME_UNKNOWN;
		return ret_failure->code;
	}
	*ret_result = steal_pointer(result);
	return 0;
}

/* -- reap -------------------------------------------------------------- */

static struct finding *find_region(const struct finding_list *list, const char *region, uint64_t inode)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->findings[i].inode == inode && strcmp(list->findings[i].object, region) == 0)
			return &list->findings[i];
	return NULL;
}

/* What is left of a region whose port went, and which this daemon made: nobody else is building it, so one look will do. */
int job_reap(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	     struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *findings = json_object_new_array();
	CLEANUP(look_done) struct look look = { NULL, { NULL, 0 } };
	const char *region = "", *generation = "";
	struct finding *finding;
	int r = look_at_host(worker, &look, ret_failure);

	if (r != 0)
		return r;
	param_string(parameters, "region", &region);
	param_string(parameters, "generation", &generation);
	finding = find_region(&look.list, region, strtoull(generation, NULL, 16));
	if (finding && !finding_has_plan(finding))
		return failure_set(ret_failure, ERROR_DAMAGED, region, "%s", finding->why);
	r = finding ? jobs_apply(worker, &finding->plan, ret_failure) : 0;
	if (r != 0)
		return r;
	r = findings ? answer(findings, ret_result) : -ENOMEM;
	if (r < 0) {
		failure_set_errno(ret_failure, r, "telling what was deleted");
		ret_failure->outcome = OUTCOME_DONE;
		return ret_failure->code;
	}
	return 0;
}
