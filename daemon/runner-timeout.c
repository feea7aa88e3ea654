/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner-timeout.h"

#include <stdio.h>

#include "assignment.h"
#include "clock.h"

#define USEC_PER_SECOND 1000000ull

/* "job 3 (create by uid 0, pid 71)" */
static const char *describe_job(const struct job *job, char *text, size_t size)
{
	snprintf(text, size, "job %llu (%s%s%s by uid %u, pid %d)", (unsigned long long)job->id,
		 job_kind_name(job->kind), job->region[0] ? " of " : "", job->region, (unsigned int)job->uid,
		 (int)job->pid);
	return text;
}

static void fail_late(struct assignment *assignment, struct failure *ret_failure)
{
	unsigned long long waited = assignment->timeout_seconds;
	const struct job *job = &assignment->job, *blocker;
	const char *lock = NULL;
	char text[160];

	blocker = job_queue_blocker(&assignment->runner->queue, job, &lock);
	if (!blocker)
		failure_set(ret_failure, ERROR_TIMED_OUT, job->region,
			    "The job waited %llu s for a worker, or for a look at the host.", waited);
	else if (blocker->state == JOB_RUNNING)
		failure_set(ret_failure, ERROR_TIMED_OUT, job->region,
			    "The job waited %llu s for %s, which %s has held for %llu s.", waited, lock,
			    describe_job(blocker, text, sizeof(text)),
			    (unsigned long long)((clock_now() - blocker->started_usec) / USEC_PER_SECOND));
	else
		failure_set(ret_failure, ERROR_TIMED_OUT, job->region,
			    "The job waited %llu s for %s, behind %s, which waits for it, too.", waited, lock,
			    describe_job(blocker, text, sizeof(text)));
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct assignment *assignment = userdata;
	struct runner *runner = assignment->runner;
	struct failure failure;

	fail_late(assignment, &failure);
	assignment_refuse(assignment, &failure);
	runner_advance(runner);
	return 0;
}

int runner_limit_wait(struct assignment *assignment)
{
	if (assignment->timeout_seconds == 0)
		return 0;
	return sd_event_add_time_relative(assignment->runner->event, &assignment->timer, CLOCK_MONOTONIC,
					  assignment->timeout_seconds * USEC_PER_SECOND, 0, on_timeout, assignment);
}
