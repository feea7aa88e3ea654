/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs as clients see them: the interface's type Job. */
#ifndef CXL_REGIOND_DAEMON_JOB_RECORD_H
#define CXL_REGIOND_DAEMON_JOB_RECORD_H

#include "job-history.h"
#include "job-queue.h"

/* Two clocks read at the same time, in microseconds: times are kept by the first and told by the second. */
struct job_clocks {
	uint64_t monotonic;
	uint64_t wall;
};

/* job_clocks_now() - read them. */
struct job_clocks job_clocks_now(void);

/* job_record_new() - a job that waits or runs, and what it waits for. Returns 0 or -ENOMEM. */
int job_record_new(const struct job_queue *queue, const struct job *job, const struct job_clocks *clocks,
		   struct json_object **ret_record);

/* job_record_past() - one that ended. Returns 0 or -ENOMEM. */
int job_record_past(const struct job_past *past, const struct job_clocks *clocks, struct json_object **ret_record);

#endif
