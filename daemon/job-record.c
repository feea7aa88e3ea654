/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-record.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "json-members.h"
#include "lock-scope.h"
#include "member.h"

struct job_clocks job_clocks_now(void)
{
	return (struct job_clocks){ .monotonic = clock_now(), .wall = clock_wall() };
}

/* A moment; none for one that has not come. */
static int add_time(struct json_object *record, const char *name, uint64_t usec, const struct job_clocks *clocks)
{
	return usec == 0 ? 0 : json_add_time(record, name, clocks->wall - (clocks->monotonic - usec));
}

static int add_locks(struct json_object *record, const struct job *job)
{
	struct json_object *names;
	int r = lock_scope_to_json(&job->locks.set, &names);

	return r < 0 ? r : member_add(record, "locks", names);
}

/* What living jobs and those that ended have in common. */
static int record_base(const struct job *job, const struct job_clocks *clocks, struct json_object **ret_record)
{
	CLEANUP(cleanup_json) struct json_object *record = NULL;

	if (job_to_json(job, clocks->monotonic, &record) < 0 ||
	    member_add_bool(record, "detached", job->detached) < 0 || add_locks(record, job) < 0 ||
	    add_time(record, "arrived", job->arrived_usec, clocks) < 0 ||
	    add_time(record, "started", job->started_usec, clocks) < 0 ||
	    add_time(record, "ended", job->ended_usec, clocks) < 0)
		return -ENOMEM;
	if (job->lease != 0 && member_add_uint(record, "lease", job->lease) < 0)
		return -ENOMEM;
	*ret_record = steal_pointer(record);
	return 0;
}

static int add_blocker(struct json_object *record, const struct job_queue *queue, const struct job *job)
{
	const char *lock;
	const struct job *blocker = job_queue_blocker(queue, job, &lock);
	int r = 0;

	if (blocker)
		r = member_add_string(record, "waits_for", lock);
	if (blocker && r == 0)
		r = member_add_uint(record, "blocked_by", blocker->id);
	return r;
}

int job_record_new(const struct job_queue *queue, const struct job *job, const struct job_clocks *clocks,
		   struct json_object **ret_record)
{
	CLEANUP(cleanup_json) struct json_object *record = NULL;

	if (record_base(job, clocks, &record) < 0 || add_blocker(record, queue, job) < 0)
		return -ENOMEM;
	*ret_record = steal_pointer(record);
	return 0;
}

static int add_failure(struct json_object *record, const struct failure *failure)
{
	CLEANUP(cleanup_json) struct json_object *json = NULL;

	if (failure_to_json(failure, &json) < 0 ||
	    member_add_string(json, "error", error_row_get(failure->code)->name) < 0)
		return -ENOMEM;
	return member_add(record, "failure", steal_pointer(json));
}

int job_record_past(const struct job_past *past, const struct job_clocks *clocks, struct json_object **ret_record)
{
	CLEANUP(cleanup_json) struct json_object *record = NULL;
	enum outcome outcome = past->job.state == JOB_DONE ? OUTCOME_DONE : OUTCOME_UNKNOWN;

	if (past->failure)
		outcome = past->failure->outcome;
	if (record_base(&past->job, clocks, &record) < 0 ||
	    member_add_string(record, "outcome", outcome_name(outcome)) < 0)
		return -ENOMEM;
	if (past->failure && add_failure(record, past->failure) < 0)
		return -ENOMEM;
	*ret_record = steal_pointer(record);
	return 0;
}
