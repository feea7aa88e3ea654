/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "step-run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

/* A write that a signal ended is looked at and, if need be, made again this often. */
#define INTERRUPTED_TRIES 8

/*
 * Somebody else did it first: the region is bound, or unbound, as it was to be. And what cannot be taken back is
 * done once it happened, whatever the write said.
 */
static bool is_done_already(const struct plan_step *step, int error)
{
	return (step->kind == STEP_BIND && error == -EBUSY) || (step->kind == STEP_UNBIND && error == -ENODEV) ||
	       (step_row_get(step->kind)->irreversible && error < 0);
}

int step_carry_out(struct step_context *context, const struct plan_step *step, struct failure *ret_failure)
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
	if (step->kind == STEP_CLAIM)
		strcpy(value, context->offered);
	failure_set(failure, gone ? ERROR_PORT_GONE : ERROR_KERNEL_REFUSED, plan->region[0] ? plan->region : object,
		    "%s%sthe kernel refused %s = \"%s\" on %s (step %s): %s%s", plan->region,
		    plan->region[0] ? ": " : "", step_attribute(plan, step, attribute), value, object,
		    step_row_get(step->kind)->name, strerror(-error), gone ? "; a port below it lost its driver" : "");
	snprintf(failure->step, sizeof(failure->step), "%s", step_row_get(step->kind)->name);
	snprintf(failure->attribute, sizeof(failure->attribute), "%s", step_attribute(plan, step, attribute));
	snprintf(failure->value, sizeof(failure->value), "%s", value);
	failure->errno_value = -error;
}

int step_failed(const struct step_context *context, const struct plan_step *step, int error, struct failure *failure)
{
	if (error < 0)
		explain(context, step, error, failure);
	return failure->code;
}

bool step_is_moot(const struct step_context *context, const struct plan_step *step)
{
	int r = step_happened(context, step);

	return r == 1 || scan_is_gone(r);
}

/* One effort, with what the log has to know of it. Returns as step_carry_out(). */
static int effort_make(struct step_context *context, const struct effort *effort, const struct effort_marks *marks,
		       struct failure *ret_failure)
{
	int r;

	context->marked_step = effort->place;
	context->mark = marks->before;
	r = step_carry_out(context, &effort->step, ret_failure);
	if (r == 0)
		intent_log_mark(context->log, effort->place, marks->after);
	return r;
}

int efforts_make(struct step_context *context, const struct effort *efforts, unsigned int n,
		 const struct effort_marks *marks, struct failure *ret_failure)
{
	bool failed[EFFORTS_MAX] = { false };
	int result = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct failure ignored;

		failed[i] = effort_make(context, &efforts[i], marks, &ignored) != 0;
		/* What is bound only when it is tried again is settled again. */
		if (efforts[i].step.kind == STEP_SETTLE && i > 0 && failed[i - 1])
			failed[i] = true;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct failure failure;
		int r;

		if (!failed[i] || step_is_moot(context, &efforts[i].step))
			continue;
		r = effort_make(context, &efforts[i], marks, &failure);
		if (r == 0 || result != 0)
			continue;
		result = step_failed(context, &efforts[i].step, r, &failure);
		*ret_failure = failure;
	}
	return result;
}

static bool have_unbind(const struct effort *efforts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (efforts[i].step.kind == STEP_UNBIND)
			return true;
	return false;
}

unsigned int efforts_add_undo(const struct step_context *context, struct effort *efforts, unsigned int n,
			      unsigned int place)
{
	static const struct plan_step unbind = { STEP_UNBIND, -1 };
	const struct plan_step *done = &context->plan->steps[place];
	enum step_kind kind = step_row_get(done->kind)->undo;

	/* Whoever bound what we only committed (a bus rescan does): bound, it cannot be reset. */
	if (kind == STEP_RESET && !have_unbind(efforts, n) && step_happened(context, &unbind) == 0)
		efforts[n++] = (struct effort){ unbind, EFFORT_UNMARKED };
	if (kind != STEP_NONE)
		efforts[n++] = (struct effort){ { kind, done->target }, place };
	if (kind == STEP_BIND) /* whoever unbinds it next must find libnvdimm quiet */
		efforts[n++] = (struct effort){ { STEP_SETTLE, -1 }, EFFORT_UNMARKED };
	return n;
}
