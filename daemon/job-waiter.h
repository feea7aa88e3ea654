/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of WaitJob: each waits for the end of a job, beside the caller who asked for it. */
#ifndef CXL_REGIOND_DAEMON_JOB_WAITER_H
#define CXL_REGIOND_DAEMON_JOB_WAITER_H

#include "call.h"
#include "job-history.h"

struct job_waiter {
	struct list node;
	struct call *call;
};

/* job_waiter_add() - have a call wait. It is answered at once where there is no memory. */
void job_waiter_add(struct list *waiters, struct call *call);

/* job_waiter_answer() - what WaitJob says of a job that has ended: its record and its result, or its own error. */
void job_waiter_answer(struct call *call, const struct job_past *past);

/* job_waiters_end() - answer all of a list, which is empty then. */
void job_waiters_end(struct list *waiters, const struct job_past *past);

#endif
