/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"

#include "step-context.h"
#include "step-run.h"

/* Undoes the first n steps of the plan, last first. Returns false when something could not be undone. */
static bool undo(struct step_context *context, unsigned int n)
{
	static const struct effort_marks marks = { INTENT_UNDOING, INTENT_UNDONE };
	struct effort efforts[EFFORTS_MAX];
	struct failure ignored;
	unsigned int n_efforts = 0;

	while (n-- > 0)
		n_efforts = efforts_add_undo(context, efforts, n_efforts, n);
	return efforts_make(context, efforts, n_efforts, &marks, &ignored) == 0;
}

/* A write failed: had it any effect all the same? Then it is one of those to be undone. */
static bool had_effect(const struct step_context *context, const struct plan_step *step)
{
	return step_row_get(step->kind)->undo != STEP_NONE && step_happened(context, step) == 1;
}

/* Takes the first steps of the plan back, as many as were done. */
static int roll_back(struct step_context *context, unsigned int done, struct failure *failure)
{
	if (done == 0)
		failure->outcome = OUTCOME_UNCHANGED;
	else
		failure->outcome = undo(context, done) ? OUTCOME_UNDONE : OUTCOME_UNKNOWN;
	return failure->code;
}

static bool is_cancelled(const struct apply_watcher *watcher)
{
	return watcher->cancelled && watcher->cancelled(watcher->userdata);
}

/* One step that can be undone. Returns 0; or the code of *ret_failure, and whether there is something of it to undo. */
static int run_step(struct step_context *context, unsigned int place, bool *ret_effect, struct failure *ret_failure)
{
	const struct plan_step *step = &context->plan->steps[place];
	int r;

	context->marked_step = place;
	context->mark = INTENT_BEGUN;
	r = step_carry_out(context, step, ret_failure);
	/* What a precondition refused was not written: if it is so, it is somebody else's doing. */
	*ret_effect = r == 0 || (r < 0 && had_effect(context, step));
	if (!*ret_effect)
		intent_log_mark(context->log, place, INTENT_UNTOUCHED);
	if (r == 0)
		intent_log_mark(context->log, place, INTENT_DONE);
	return r == 0 ? 0 : step_failed(context, step, r, ret_failure);
}

/* The steps up to the first irreversible one: any failure takes all of them back. */
static int run_reversible(struct step_context *context, const struct apply_watcher *watcher, unsigned int *ret_done,
			  struct failure *ret_failure)
{
	struct plan *plan = context->plan;
	bool forward = false;
	unsigned int i;

	for (i = 0; i < plan->n_steps && !forward; i++) {
		bool effect;

		if (is_cancelled(watcher)) {
			failure_set(ret_failure, ERROR_CANCELLED, plan->region[0] ? plan->region : plan->root_decoder,
				    NULL);
			return roll_back(context, i, ret_failure);
		}
		if (watcher->progress)
			watcher->progress(plan, i + 1, watcher->userdata);
		if (run_step(context, i, &effect, ret_failure) != 0)
			return roll_back(context, effect ? i + 1 : i, ret_failure);
		forward = step_row_get(plan->steps[i].kind)->irreversible;
	}
	*ret_done = i;
	return 0;
}

/* The steps behind the first irreversible one: there is no way back, so each is tried. */
static int run_forward(struct step_context *context, const struct apply_watcher *watcher, unsigned int done,
		       struct failure *ret_failure)
{
	static const struct effort_marks marks = { INTENT_BEGUN, INTENT_DONE };
	const struct plan *plan = context->plan;
	struct effort efforts[EFFORTS_MAX];
	unsigned int n = 0;
	int r;

	if (done == plan->n_steps)
		return 0;
	if (watcher->progress)
		watcher->progress(plan, done + 1, watcher->userdata);
	for (unsigned int i = done; i < plan->n_steps; i++)
		efforts[n++] = (struct effort){ plan->steps[i], i };
	r = efforts_make(context, efforts, n, &marks, ret_failure);
	if (r != 0)
		ret_failure->outcome = OUTCOME_UNKNOWN;
	return r;
}

int apply_plan(struct sysfs *sysfs, struct plan *plan, const struct apply_watcher *watcher, struct failure *ret_failure)
{
	struct step_context context = { .sysfs = sysfs, .plan = plan, .log = watcher->log };
	struct failure failure;
	unsigned int done = 0;
	int r;

	r = step_context_open(&context, &failure);
	if (r == 0)
		r = run_reversible(&context, watcher, &done, &failure);
	if (r == 0)
		r = run_forward(&context, watcher, done, &failure);
	step_context_close(&context);
	if (r != 0)
		*ret_failure = failure;
	return r;
}
