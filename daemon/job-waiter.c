/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-waiter.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>

#include "cleanup.h"
#include "job-record.h"
#include "member.h"

static void waiter_free(struct job_waiter *waiter)
{
	list_remove(&waiter->node);
	free(waiter);
}

static void waiter_on_abandon(void *holder)
{
	waiter_free(holder);
}

void job_waiter_add(struct list *waiters, struct call *call)
{
	struct job_waiter *waiter = calloc(1, sizeof(*waiter));
	struct failure failure;

	if (!waiter) {
		failure_set_errno(&failure, -ENOMEM, "Waiting for a job");
		call_fail(call, &failure);
		return;
	}
	waiter->call = call;
	call_hold(call, waiter_on_abandon, waiter);
	list_append(waiters, &waiter->node);
}

/* What the call has in its reply that asked for the job. A Delete's has names where others have a region: the record has both. */
static int add_result(struct json_object *reply, struct json_object *result)
{
	struct json_object_iterator at = json_object_iter_begin(result);
	struct json_object_iterator end = json_object_iter_end(result);
	bool is_delete =
		!member_get(result, "region", json_type_object) && member_get(result, "generation", json_type_string);
	int r = 0;

	for (; r == 0 && !is_delete && !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		r = member_add(reply, json_object_iter_peek_name(&at),
			       json_object_get(json_object_iter_peek_value(&at)));
	return r;
}

static struct json_object *reply_new(const struct job_past *past)
{
	CLEANUP(cleanup_json) struct json_object *reply = json_object_new_object();
	struct job_clocks clocks = job_clocks_now();
	struct json_object *record;

	if (!reply || job_record_past(past, &clocks, &record) < 0 || member_add(reply, "job", record) < 0)
		return NULL;
	return past->result && add_result(reply, past->result) < 0 ? NULL : steal_pointer(reply);
}

static void fail_forgotten(struct call *call, uint64_t job)
{
	struct failure failure;

	failure_set_errno(&failure, -ENOMEM, "Remembering why the job failed");
	failure.outcome = OUTCOME_UNKNOWN;
	call_fail_job(call, &failure, job);
}

void job_waiter_answer(struct call *call, const struct job_past *past)
{
	if (past->job.state == JOB_DONE)
		call_reply(call, reply_new(past));
	else if (past->failure)
		call_fail_job(call, past->failure, past->job.id);
	else
		fail_forgotten(call, past->job.id);
}

void job_waiters_end(struct list *waiters, const struct job_past *past)
{
	while (!list_is_empty(waiters)) {
		struct job_waiter *waiter = list_owner(waiters->next, struct job_waiter, node);
		struct call *call = waiter->call;

		waiter_free(waiter);
		job_waiter_answer(call, past);
	}
}
