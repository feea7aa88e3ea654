/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What jobs have to do with the ports that come and go below them. A port goes by the name of its lock. */
#ifndef CXL_REGIOND_DAEMON_RUNNER_PORTS_H
#define CXL_REGIOND_DAEMON_RUNNER_PORTS_H

#include "runner.h"

/* runner_port_gone() - it has lost its driver: who waits for it fails, who works on it stops before its next step. */
void runner_port_gone(struct runner *runner, const char *lock);

/* runner_unbinds() - is a job at work, or was one just now, that takes the port from its driver? */
bool runner_unbinds(const struct runner *runner, const char *lock);

/* runner_had_lock() - has a job the port's lock, or had one it since then? */
bool runner_had_lock(const struct runner *runner, const char *lock, uint64_t since_usec);

#endif
