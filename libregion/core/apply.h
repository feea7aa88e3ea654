/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carries a plan out as a transaction: either all of its steps are done, or those that were done are
 * undone in reverse order. Once an irreversible step happened there is no way back: all that follows it is
 * tried, and tried again, so that a delete leaves as little as the kernel lets it.
 */
#ifndef CXL_REGIOND_CORE_APPLY_H
#define CXL_REGIOND_CORE_APPLY_H

#include "intent-log.h"
#include "plan.h"
#include "sysfs.h"

/* Who wants to hear of the steps, and may stop them. */
struct apply_watcher {
	/* Called before each step that can be undone, and before the first that cannot: n counts from 1. NULL: nobody. */
	void (*progress)(const struct plan *plan, unsigned int n, void *userdata);
	/* Asked before each step of a plan that can still be undone. NULL: never. */
	bool (*cancelled)(void *userdata);
	void *userdata;
	/* The log of the job, begun and ended by the caller; or NULL. */
	struct intent_log *log;
};

/*
 * apply_plan() - carry a plan out.
 *
 * @plan: gets the name and inode of a region that it makes
 * @ret_failure: what failed, at which step, and what became of the host (outcome): unchanged before the
 *   first write, undone, or unknown when an undo, or a step behind the irreversible one, failed too
 *
 * Returns 0; or the code of *ret_failure: ERROR_KERNEL_REFUSED, ERROR_PORT_GONE, ERROR_CONFLICT,
 * ERROR_CANCELLED, ERROR_NOT_FOUND.
 */
int apply_plan(struct sysfs *sysfs, struct plan *plan, const struct apply_watcher *watcher,
	       struct failure *ret_failure);

#endif
