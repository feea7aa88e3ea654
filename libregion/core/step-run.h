/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carrying steps out: one, with what a signal or somebody else may do to it; or several, whatever becomes of each. */
#ifndef CXL_REGIOND_CORE_STEP_RUN_H
#define CXL_REGIOND_CORE_STEP_RUN_H

#include "step.h"

/*
 * step_carry_out() - carry one step out. A signal can end a write before or after its effect: then the witness
 * decides whether it has to be made again.
 *
 * Returns as step_run().
 */
int step_carry_out(struct step_context *context, const struct plan_step *step, struct failure *ret_failure);

/*
 * step_failed() - all that is known of a step that failed.
 *
 * @error: what step_carry_out() returned; a negative errno fills the failure in, a code has done so already
 *
 * Returns the code.
 */
int step_failed(const struct step_context *context, const struct plan_step *step, int error, struct failure *failure);

/*
 * step_is_moot() - nothing is left to be done by it: it happened, or its object is gone (a region once deleted, a
 * decoder whose port went).
 */
bool step_is_moot(const struct step_context *context, const struct plan_step *step);

/* A step to be made whatever becomes of others; place: of the step that it makes or undoes, in the plan. */
struct effort {
	struct plan_step step;
	unsigned int place;
};

/* The place of what the log need not know. */
#define EFFORT_UNMARKED PLAN_STEPS_MAX
/* Undoing an unbind is two, the bind and settling; and so is undoing a commit, if somebody has bound the region. */
#define EFFORTS_MAX (PLAN_STEPS_MAX + 4)

/* What the log is told of each effort. */
struct effort_marks {
	enum intent_mark before, after;
};

/*
 * efforts_make() - carry steps out regardless: one that fails does not keep the others from being tried, and is
 * tried again behind them, since what stood in its way may be gone by then (deleting a region detaches what a
 * refused detach left).
 *
 * Returns 0, or the code of the first step that could not be done at all.
 */
int efforts_make(struct step_context *context, const struct effort *efforts, unsigned int n,
		 const struct effort_marks *marks, struct failure *ret_failure);

/* efforts_add_undo() - append what undoes the step at a place of the plan. Returns how many efforts there are then. */
unsigned int efforts_add_undo(const struct step_context *context, struct effort *efforts, unsigned int n,
			      unsigned int place);

#endif
