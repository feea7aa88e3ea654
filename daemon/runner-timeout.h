/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a job may wait for its locks, and what its client hears when it waited in vain. */
#ifndef CXL_REGIOND_DAEMON_RUNNER_TIMEOUT_H
#define CXL_REGIOND_DAEMON_RUNNER_TIMEOUT_H

#include "runner.h"

/* runner_limit_wait() - a job waits from now on, and no longer than its timeout. Returns 0 or a negative errno. */
int runner_limit_wait(struct assignment *assignment);

#endif
