/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-history.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static void past_done(struct job_past *past)
{
	lock_set_done(&past->job.locks.set);
	json_object_put(past->result);
	free(past->failure);
	*past = (struct job_past){};
}

void job_history_init(struct job_history *history)
{
	*history = (struct job_history){};
}

void job_history_done(struct job_history *history)
{
	for (size_t i = 0; i < history->count; i++)
		past_done(&history->past[i]);
	job_history_init(history);
}

/* Without memory it is known that the job failed, and not why. */
static struct failure *failure_copy(const struct failure *failure)
{
	struct failure *copy = failure ? malloc(sizeof(*copy)) : NULL;

	if (copy)
		*copy = *failure;
	return copy;
}

void job_history_add(struct job_history *history, struct job *job, const struct failure *failure,
		     struct json_object *result)
{
	struct job_past *past = &history->past[history->next];

	past_done(past);
	past->job = *job;
	job->locks.set = (struct lock_set){};
	past->job.state = failure ? JOB_FAILED : JOB_DONE;
	past->job.locks.lease = NULL;
	past->failure = failure_copy(failure);
	past->result = json_object_get(result);
	history->next = (history->next + 1) % JOB_HISTORY_MAX;
	if (history->count < JOB_HISTORY_MAX)
		history->count++;
}

const struct job_past *job_history_at(const struct job_history *history, size_t i, uint64_t now_usec)
{
	const struct job_past *past;

	if (i >= history->count)
		return NULL;
	past = &history->past[(history->next + JOB_HISTORY_MAX - 1 - i) % JOB_HISTORY_MAX];
	return now_usec - past->job.ended_usec < JOB_HISTORY_AGE_USEC ? past : NULL;
}

const struct job_past *job_history_find(const struct job_history *history, uint64_t id, uint64_t now_usec)
{
	const struct job_past *past;

	for (size_t i = 0; (past = job_history_at(history, i, now_usec)); i++)
		if (past->job.id == id)
			return past;
	return NULL;
}
