/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What no job owns: regions that are neither whole nor gone, and DPA that is allocated for no region. Pure: a
 * snapshot in, findings out, each with its evidence, and with a plan where it can be repaired.
 *
 * What is left alone: a region of which an endpoint decoder may be committed, or that firmware may have made. The
 * kernel protects what is committed by itself, too: it refuses to free the DPA of a committed decoder.
 */
#ifndef CXL_REGIOND_CORE_PLAN_REPAIR_H
#define CXL_REGIOND_CORE_PLAN_REPAIR_H

#include "plan.h"

enum finding_kind {
	FINDING_HALF_BUILT,	 /* a region that is not committed, and has all its targets or none of its size */
	FINDING_GHOST,		 /* a region that has addresses but no target */
	FINDING_TARGETS_GONE,	 /* a region that has some of its targets */
	FINDING_FIRMWARE_REGION, /* a region that is not committed, of which something may be, or that firmware made */
	FINDING_BROKEN,		 /* a committed region without some of its targets */
	FINDING_STRAY_DPA,	 /* an endpoint decoder outside any region holds DPA */
	FINDING_FIRMWARE_DPA,	 /* the same, but it is committed: a notice */
	FINDING_DISABLED,	 /* a committed region that is not bound: a notice */
};

struct finding {
	enum finding_kind kind;
	char object[REGION_NAME_MAX]; /* a region or an endpoint decoder */
	uint64_t inode;
	char why[320];	  /* a sentence: the evidence */
	char action[256]; /* a sentence: what the plan does; empty without one */
	char remedy[256]; /* a sentence: why it is left alone, and what to do; empty with a plan */
	struct plan plan; /* no steps: it is left alone */
};

struct finding_list {
	struct finding *findings;
	size_t n;
};

/*
 * plan_repair() - what is there to repair or to know. The order is that in which it has to be repaired: regions
 * first, then DPA, of each memdev that of the highest decoder first.
 *
 * Returns 0 or -ENOMEM.
 */
int plan_repair(const struct snapshot *snapshot, struct finding_list *ret_list);
void finding_list_done(struct finding_list *list);

/* finding_is_damage() - or only worth knowing? */
bool finding_is_damage(const struct finding *finding);

/* finding_has_plan() - can it be repaired? */
bool finding_has_plan(const struct finding *finding);

/* finding_leave() - take the plan away, with the sentence that says why and what to do. */
void finding_leave(struct finding *finding, const char *remedy);

/*
 * plan_repair_is_still() - was what a finding is about the same at an earlier look? If not, somebody is at work on
 * it. DPA outside a region counts as still only if the regions do that are being built above it.
 *
 * @before: the earlier look
 * @now: the look that the finding was made from
 */
bool plan_repair_is_still(const struct snapshot *before, const struct snapshot *now, const struct finding *finding);

#endif
