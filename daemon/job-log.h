/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one message that each job leaves: how it ended, and why when it failed. The journal takes its time over each, on a
 * processor that a worker may need, and whoever has just been answered often asks for the next job at once: the messages of
 * a short while are written together, when the loop has nothing else to do. One of a failure does not wait.
 */
#ifndef CXL_REGIOND_DAEMON_JOB_LOG_H
#define CXL_REGIOND_DAEMON_JOB_LOG_H

#include <systemd/sd-event.h>

#include "failure.h"
#include "job.h"

/* So many may wait; one more, and all are written. */
#define JOB_LOG_MAX 32

/* What is to be said of a job that is done waits about so long for others. */
#define JOB_LOG_REST_USEC (200 * 1000ull)

struct job_log_entry {
	struct job job;
	bool failed;
	struct failure failure;
	uint64_t ended_usec;
};

struct job_log {
	sd_event_source *timer;
	struct job_log_entry entries[JOB_LOG_MAX];
	unsigned int n;
};

/* job_log_init() - returns 0 or a negative errno. */
int job_log_init(struct job_log *log, sd_event *event);

/* job_log_done() - write what waits. */
void job_log_done(struct job_log *log);

/* job_log_end() - a job ended; failure says why, or is NULL. */
void job_log_end(struct job_log *log, const struct job *job, const struct failure *failure, uint64_t now_usec);

#endif
