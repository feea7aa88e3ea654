/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intent logs that workers left that are gone. */
#ifndef CXL_REGIOND_WORKER_LEFT_LOGS_H
#define CXL_REGIOND_WORKER_LEFT_LOGS_H

#include "intents.h"

struct json_object;
struct sysfs;

/* How left_logs_recover() is to look. */
struct left_logs_look {
	int lock_fd;		  /* for host_lock() */
	unsigned int patience_ms; /* how long to wait for jobs of workers that still live */
	bool kept;		  /* tell also of jobs that were kept before */
	uint64_t job;		  /* what this job of the same main process left, alone; 0 for all jobs */
};

/*
 * left_logs_recover() - put in order what workers left that are gone. What a worker that lives may work on, too, is left
 * for another look.
 *
 * @result: gets "recovered", "unfinished" and "living", arrays of the interface's InterruptedJob; "set_aside", an array
 *   of sentences; "kept", an array of what kept_logs_tell() tells of jobs that are done and have a key: those that were
 *   recovered, and, if asked for, those that were kept before; and "last_job", the highest id of a job that was seen
 *
 * Returns 0 or a negative errno.
 */
int left_logs_recover(struct intents *intents, struct sysfs *sysfs, const struct left_logs_look *look,
		      struct json_object *result);

#endif
