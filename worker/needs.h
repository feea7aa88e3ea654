/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a job have the locks that its plan needs? Main chose them by what it last saw of the host; the plan was made by what
 * there is now. Where they differ nothing is written, and main is told what to wait for.
 */
#ifndef CXL_REGIOND_WORKER_NEEDS_H
#define CXL_REGIOND_WORKER_NEEDS_H

#include <stdbool.h>

#include "failure.h"
#include "plan.h"

struct json_object;

struct needs {
	struct json_object *locks; /* the names that the job has, the message's; NULL for the whole host */
	struct json_object *told;  /* what main is to hear instead of the failure; NULL for nothing */
};

/* needs_begin() - a job begins, with these locks; NULL for the whole host. */
void needs_begin(struct needs *needs, struct json_object *locks);

/*
 * needs_check() - does the job have what a plan needs: its root decoder, and each port from the host bridge to its
 * endpoints?
 *
 * @snapshot: that the plan was made from, or its topology
 *
 * Returns 0, or the code of *ret_failure.
 */
int needs_check(struct needs *needs, const struct snapshot *snapshot, const struct plan *plan,
		struct failure *ret_failure);

/*
 * needs_check_port() - does the job have the port that it is about? Its name may have become another's while it waited.
 *
 * @uport: the port's device
 */
int needs_check_port(struct needs *needs, const char *uport, struct failure *ret_failure);

/* needs_take() - what main is to hear, if the job failed for want of locks. Returns false if it did not. */
bool needs_take(struct needs *needs, struct json_object **ret_result);

#endif
