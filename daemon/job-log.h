/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXL_REGIOND_DAEMON_JOB_LOG_H
#define CXL_REGIOND_DAEMON_JOB_LOG_H

#include "failure.h"
#include "job.h"

/* job_log_end() - the one message that each job leaves: how it ended, and why when it failed (NULL: it did not). */
void job_log_end(const struct job *job, const struct failure *failure, uint64_t now_usec);

#endif
