/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "json-members.h"
#include "member.h"

struct replay {
	struct query_waiter waiter;
	struct call *call;
	uint64_t job;
	char region[REGION_NAME_MAX];
	char generation[JOB_GENERATION_MAX];
};

/* Whatever keeps the result from being told, the request took effect. */
static void fail_done(struct call *call, struct failure *failure, uint64_t job)
{
	failure->outcome = OUTCOME_DONE;
	call_fail_job(call, failure, job);
}

static void fail_errno(struct call *call, int error, uint64_t job)
{
	struct failure failure;

	failure_set_errno(&failure, error, "Telling what was done under this key");
	fail_done(call, &failure, job);
}

/* -- a region that was deleted ---------------------------------------------- */

static void replay_delete(struct call *call, const struct key_entry *entry)
{
	struct json_object *result = json_object_new_object();

	if (result && member_add_string(result, "region", entry->region) >= 0 &&
	    json_add_text(result, "generation", entry->generation) >= 0) {
		call_reply(call, result);
		return;
	}
	json_object_put(result);
	fail_errno(call, -ENOMEM, entry->request.job);
}

/* -- a region that was made ------------------------------------------------- */

static void replay_on_abandon(void *holder)
{
	struct replay *replay = holder;

	query_leave(&replay->waiter);
	free(replay);
}

/* Is the region of that name, which the worker found, the one that was made? NULL if it is not. */
static struct json_object *find_made(const struct replay *replay, struct json_object *result)
{
	struct json_object *regions = json_get_array(result, "regions"), *region;

	region = regions ? json_object_array_get_idx(regions, 0) : NULL;
	if (!region || !*replay->generation || strcmp(json_get_string(region, "generation"), replay->generation) != 0)
		return NULL;
	return region;
}

static void fail_gone(struct replay *replay)
{
	struct failure failure;

	failure_set(&failure, ERROR_NOT_FOUND, replay->region,
		    *replay->generation
			    ? "The region that was made under this key, %s, has been deleted since."
			    : "A region was made under this key, but it cannot be told whether the %s of now is it.",
		    replay->region);
	failure_set_remedy(&failure,
			   "See what there is with 'cxlctl region list'; make another one under another key.");
	fail_done(replay->call, &failure, replay->job);
}

static void reply_region(struct replay *replay, struct json_object *region)
{
	struct json_object *parameters = json_object_new_object();

	if (parameters && member_add(parameters, "region", json_object_get(region)) >= 0) {
		call_reply(replay->call, parameters);
		return;
	}
	json_object_put(parameters);
	fail_errno(replay->call, -ENOMEM, replay->job);
}

static void replay_on_answer(struct query_waiter *waiter, struct json_object *result, const struct failure *failure,
			     uint64_t began_usec)
{
	struct replay *replay = list_owner(waiter, struct replay, waiter);
	struct json_object *region = result ? find_made(replay, result) : NULL;
	struct failure refusal;

	if (region) {
		reply_region(replay, region);
	} else if (result || (failure && failure->code == ERROR_NOT_FOUND)) {
		fail_gone(replay);
	} else {
		failure_set(&refusal, ERROR_TOO_BUSY, replay->region,
			    "%s was made under this key, but the kernel did not answer in time what it is now.",
			    replay->region);
		if (failure)
			refusal = *failure;
		fail_done(replay->call, &refusal, replay->job);
	}
	free(replay);
}

static struct json_object *list_parameters(const char *region)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	struct json_object *names;

	if (!parameters || member_add_array(parameters, "regions", &names) < 0 ||
	    member_append(names, json_object_new_string(region)) < 0)
		return NULL;
	return steal_pointer(parameters);
}

static void replay_create(struct queries *queries, struct call *call, const struct key_entry *entry)
{
	struct json_object *parameters = list_parameters(entry->region);
	struct replay *replay = parameters ? calloc(1, sizeof(*replay)) : NULL;
	int r = -ENOMEM;

	if (replay) {
		*replay = (struct replay){ .call = call, .job = entry->request.job };
		replay->waiter.answer = replay_on_answer;
		list_init(&replay->waiter.node);
		snprintf(replay->region, sizeof(replay->region), "%s", entry->region);
		snprintf(replay->generation, sizeof(replay->generation), "%s", entry->generation);
		r = query_ask(queries, "list", steal_pointer(parameters), &replay->waiter);
	}
	if (r < 0) {
		json_object_put(parameters);
		free(replay);
		fail_errno(call, r, entry->request.job);
		return;
	}
	call_hold(call, replay_on_abandon, replay);
}

void replay_start(struct queries *queries, struct call *call, const struct key_entry *entry)
{
	if (entry->result)
		call_reply(call, json_object_get(entry->result));
	else if (entry->request.kind == JOB_DELETE)
		replay_delete(call, entry);
	else
		replay_create(queries, call, entry);
}
