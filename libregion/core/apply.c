/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "step.h"

/* A write that a signal ended is looked at and, if need be, made again this often. */
#define INTERRUPTED_TRIES 8

/* Opens a decoder of the plan, and makes sure that it is the one that was planned with. */
static int open_decoder(struct sysfs *sysfs, const char *name, uint64_t inode, int *ret_handle,
			struct failure *ret_failure)
{
	char path[SYSFS_PATH_MAX];
	uint64_t found;
	int r;

	snprintf(path, sizeof(path), SCAN_DEVICES "/%s", name);
	r = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (scan_is_gone(r))
		return failure_set(ret_failure, ERROR_PORT_GONE, name, "%s is gone", name);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "opening a decoder");
	*ret_handle = r;
	r = sysfs_inode(sysfs, *ret_handle, &found);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking at a decoder");
	if (found != inode)
		return failure_set(ret_failure, ERROR_PORT_GONE, name,
				   "%s went away, and another of that name came, while the request was planned", name);
	return 0;
}

static int open_region(struct step_context *context, struct failure *ret_failure)
{
	struct plan *plan = context->plan;
	uint64_t inode = 0;

	if (plan->region[0] == '\0')
		return 0; /* the first step makes it */
	context->region = sysfs_open(context->sysfs, context->root, plan->region);
	if (context->region < 0 && !scan_is_gone(context->region))
		return failure_set_errno(ret_failure, context->region, "opening a region");
	if (context->region >= 0 && sysfs_inode(context->sysfs, context->region, &inode) >= 0 &&
	    inode == plan->region_inode)
		return 0;
	return failure_set(ret_failure, ERROR_NOT_FOUND, plan->region, "%s went away while the request was planned",
			   plan->region);
}

static int context_open(struct step_context *context, struct failure *ret_failure)
{
	struct plan *plan = context->plan;
	int r;

	r = open_decoder(context->sysfs, plan->root_decoder, plan->root_inode, &context->root, ret_failure);
	for (unsigned int i = 0; r == 0 && i < plan->n_targets; i++)
		r = open_decoder(context->sysfs, plan->targets[i].decoder, plan->targets[i].decoder_inode,
				 &context->targets[i], ret_failure);
	if (r == 0)
		r = open_region(context, ret_failure);
	if (r != 0)
		return r;
	context->drivers = sysfs_open(context->sysfs, SYSFS_ROOT, SCAN_DRIVERS "/cxl_region");
	if (context->drivers < 0 && !scan_is_gone(context->drivers))
		return failure_set_errno(ret_failure, context->drivers, "opening the driver cxl_region");
	if (context->drivers < 0)
		return failure_set(ret_failure, ERROR_CONFLICT, "cxl_region",
				   "the kernel has no driver cxl_region (CONFIG_CXL_REGION)");
	return 0;
}

static void context_close(struct step_context *context)
{
	sysfs_close(context->sysfs, context->root);
	sysfs_close(context->sysfs, context->region);
	sysfs_close(context->sysfs, context->drivers);
	for (unsigned int i = 0; i < context->plan->n_targets; i++)
		sysfs_close(context->sysfs, context->targets[i]);
}

/* Somebody else did it first: the region is bound, or unbound, as it was to be. */
static bool is_done_already(const struct plan_step *step, int error)
{
	return (step->kind == STEP_BIND && error == -EBUSY) || (step->kind == STEP_UNBIND && error == -ENODEV);
}

/*
 * Runs one step. A signal can end a write before or after its effect: then the witness decides whether it
 * has to be made again.
 */
static int run(struct step_context *context, const struct plan_step *step, struct failure *ret_failure)
{
	int r = -EINTR;

	for (int i = 0; r == -EINTR && i < INTERRUPTED_TRIES; i++) {
		r = step_run(context, step, ret_failure);
		if ((r == -EINTR || is_done_already(step, r)) && step_happened(context, step) == 1)
			r = 0;
	}
	return r;
}

/* The endpoint of a target has lost its driver or is gone. */
static bool a_port_is_gone(const struct step_context *context)
{
	const struct plan *plan = context->plan;

	for (unsigned int i = 0; i < plan->n_targets; i++) {
		char driver[SNAPSHOT_DEVICE_MAX], path[SYSFS_PATH_MAX];

		snprintf(path, sizeof(path), SCAN_DEVICES "/%s/../driver", plan->targets[i].decoder);
		if (sysfs_link_base(context->sysfs, SYSFS_ROOT, path, driver, sizeof(driver)) < 0)
			return true;
	}
	return false;
}

/* Says all that is known about a write that the kernel refused. */
static void explain(const struct step_context *context, const struct plan_step *step, int error,
		    struct failure *failure)
{
	char attribute[STEP_VALUE_MAX], value[STEP_VALUE_MAX];
	const struct plan *plan = context->plan;
	const char *object = step_object_name(plan, step);
	bool gone = scan_is_gone(error) && a_port_is_gone(context);

	step_attribute(plan, step, attribute);
	step_value(plan, step, value);
	failure_set(failure, gone ? ERROR_PORT_GONE : ERROR_KERNEL_REFUSED, plan->region[0] ? plan->region : object,
		    "%s%sthe kernel refused %s = \"%s\" on %s (step %s): %s%s", plan->region,
		    plan->region[0] ? ": " : "", step_attribute(plan, step, attribute), value, object,
		    step_row_get(step->kind)->name, strerror(-error), gone ? "; a port below it lost its driver" : "");
	snprintf(failure->step, sizeof(failure->step), "%s", step_row_get(step->kind)->name);
	snprintf(failure->attribute, sizeof(failure->attribute), "%s", step_attribute(plan, step, attribute));
	snprintf(failure->value, sizeof(failure->value), "%s", value);
	failure->errno_value = -error;
}

/* What a refused or interrupted step calls for. A negative errno becomes a failure with all that is known. */
static int step_failed(const struct step_context *context, const struct plan_step *step, int error,
		       struct failure *failure)
{
	if (error < 0)
		explain(context, step, error, failure);
	return failure->code;
}

/* Nothing is left to be done to an object that is gone: a region once deleted, a decoder whose port went. */
static bool is_moot(const struct step_context *context, const struct plan_step *step)
{
	int r = step_happened(context, step);

	return r == 1 || scan_is_gone(r);
}

/*
 * Carries steps out regardless: one that fails does not keep the others from being tried, and is tried
 * again behind them, since what stood in its way may be gone by then (deleting a region detaches what a
 * refused detach left).
 *
 * Returns 0, or the code of the first step that could not be done at all.
 */
static int run_regardless(struct step_context *context, const struct plan_step *steps, unsigned int n,
			  struct failure *ret_failure)
{
	bool failed[PLAN_STEPS_MAX] = { false };
	int result = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct failure ignored;

		failed[i] = run(context, &steps[i], &ignored) != 0;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct failure failure;
		int r;

		if (!failed[i] || is_moot(context, &steps[i]))
			continue;
		r = run(context, &steps[i], &failure);
		if (r == 0 || result != 0)
			continue;
		result = step_failed(context, &steps[i], r, &failure);
		*ret_failure = failure;
	}
	return result;
}

/* Undoes the first n steps of the plan, last first. Returns false when something could not be undone. */
static bool undo(struct step_context *context, unsigned int n)
{
	struct plan_step back[PLAN_STEPS_MAX];
	struct failure ignored;
	unsigned int n_back = 0;

	while (n-- > 0) {
		const struct plan_step *done = &context->plan->steps[n];
		enum step_kind kind = step_row_get(done->kind)->undo;

		if (kind != STEP_NONE)
			back[n_back++] = (struct plan_step){ kind, done->target };
		if (kind == STEP_BIND) /* whoever unbinds it next must find libnvdimm quiet */
			back[n_back++] = (struct plan_step){ STEP_SETTLE, -1 };
	}
	return run_regardless(context, back, n_back, &ignored) == 0;
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

/* The steps up to the first irreversible one: any failure takes all of them back. */
static int run_reversible(struct step_context *context, const struct apply_watcher *watcher, unsigned int *ret_done,
			  struct failure *ret_failure)
{
	struct plan *plan = context->plan;
	bool forward = false;
	unsigned int i;

	for (i = 0; i < plan->n_steps && !forward; i++) {
		const struct plan_step *step = &plan->steps[i];
		int r;

		if (is_cancelled(watcher)) {
			failure_set(ret_failure, ERROR_CANCELLED, plan->region[0] ? plan->region : plan->root_decoder,
				    NULL);
			return roll_back(context, i, ret_failure);
		}
		if (watcher->progress)
			watcher->progress(plan, i + 1, watcher->userdata);
		r = run(context, step, ret_failure);
		if (r != 0) {
			step_failed(context, step, r, ret_failure);
			/* What a precondition refused was not written: if it is so, it is somebody else's doing. */
			return roll_back(context, r < 0 && had_effect(context, step) ? i + 1 : i, ret_failure);
		}
		forward = step_row_get(step->kind)->irreversible;
	}
	*ret_done = i;
	return 0;
}

/* The steps behind the first irreversible one: there is no way back, so each is tried. */
static int run_forward(struct step_context *context, const struct apply_watcher *watcher, unsigned int done,
		       struct failure *ret_failure)
{
	const struct plan *plan = context->plan;
	int r;

	if (done == plan->n_steps)
		return 0;
	if (watcher->progress)
		watcher->progress(plan, done + 1, watcher->userdata);
	r = run_regardless(context, plan->steps + done, plan->n_steps - done, ret_failure);
	if (r != 0)
		ret_failure->outcome = OUTCOME_UNKNOWN;
	return r;
}

int apply_plan(struct sysfs *sysfs, struct plan *plan, const struct apply_watcher *watcher, struct failure *ret_failure)
{
	struct step_context context = { .sysfs = sysfs, .plan = plan };
	struct failure failure;
	unsigned int done = 0;
	int r;

	r = context_open(&context, &failure);
	if (r == 0)
		r = run_reversible(&context, watcher, &done, &failure);
	if (r == 0)
		r = run_forward(&context, watcher, done, &failure);
	context_close(&context);
	if (r != 0)
		*ret_failure = failure;
	return r;
}
