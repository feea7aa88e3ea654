/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every call that asks for a job can say of it beside what it is about. */
#ifndef CXL_REGIOND_DAEMON_JOB_OPTIONS_H
#define CXL_REGIOND_DAEMON_JOB_OPTIONS_H

#include "runner.h"

/* How long a job may be told to wait. */
#define JOB_TIMEOUT_SECONDS_MAX 86400u

/*
 * job_options_take() - take key, timeout, detach and lease out of a call into a request whose kind is set.
 *
 * Returns true; or answers the call, and returns false.
 */
bool job_options_take(const struct config *config, struct call *call, struct runner_request *request);

#endif
