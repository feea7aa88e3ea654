/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that ended, so that who did not wait can still hear what became of them. Pure data: times come from the caller. */
#ifndef CXL_REGIOND_DAEMON_JOB_HISTORY_H
#define CXL_REGIOND_DAEMON_JOB_HISTORY_H

#include "failure.h"
#include "job.h"

/* The oldest is forgotten first, and each after a time. */
#define JOB_HISTORY_MAX	     128
#define JOB_HISTORY_AGE_USEC (600 * 1000000ull)

struct job_past {
	struct job job;		    /* in no queue; its locks are what it held, or waited for */
	struct failure *failure;    /* NULL when it is done */
	struct json_object *result; /* NULL when it failed */
};

struct job_history {
	struct job_past past[JOB_HISTORY_MAX];
	size_t count;
	size_t next; /* the slot that is written next */
};

void job_history_init(struct job_history *history);
void job_history_done(struct job_history *history);

/*
 * job_history_add() - a job has ended.
 *
 * @job: with ended_usec; its locks are taken
 * @failure: copied; NULL for none
 * @result: referenced; NULL for none
 */
void job_history_add(struct job_history *history, struct job *job, const struct failure *failure,
		     struct json_object *result);

/* job_history_find() - NULL when it is not known, or not any more. */
const struct job_past *job_history_find(const struct job_history *history, uint64_t id, uint64_t now_usec);

/* job_history_at() - the i-th, the youngest is 0; NULL when there are no more that are young enough. */
const struct job_past *job_history_at(const struct job_history *history, size_t i, uint64_t now_usec);

#endif
