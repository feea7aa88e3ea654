/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks for a program outside. A lease is a job without a worker: it has its locks until the connection of its caller ends,
 * or its time. What its holders ask for works under it, when they show its token.
 */
#ifndef CXL_REGIOND_DAEMON_LEASE_H
#define CXL_REGIOND_DAEMON_LEASE_H

#include "runner.h"

/* How long a lease lasts at the most, and if its caller does not say. */
#define LEASE_SECONDS_MAX     86400u
#define LEASE_SECONDS_DEFAULT 3600u

/* lease_begin() - its locks are granted: its caller hears so, and has them from now on. */
void lease_begin(struct assignment *assignment);

/* lease_end() - it is over; failure says why, NULL for the end of the connection. */
void lease_end(struct assignment *assignment, const struct failure *failure);

/* lease_find() - the lease with that token, if it is this user's or the user is root; else NULL. */
struct assignment *lease_find(struct runner *runner, const char *token, uid_t uid);

#endif
