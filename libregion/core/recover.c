/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scan.h"
#include "settle.h"
#include "step-context.h"
#include "step-run.h"

/* -- a region that was about to be claimed ------------------------------- */

static bool is_zero(struct sysfs *sysfs, int region, const char *attribute)
{
	uint64_t number = 0;

	return sysfs_read_u64(sysfs, region, attribute, &number) == 0 && number == 0;
}

/* Nothing has been set on it: no uuid, no size, and so no target. */
static bool is_blank(struct sysfs *sysfs, int region)
{
	char uuid[64];

	if (!is_zero(sysfs, region, "size") || !is_zero(sysfs, region, "commit"))
		return false;
	/* A ram region has none; one that is not set is all zero. */
	return sysfs_read(sysfs, region, "uuid", uuid, sizeof(uuid)) <= 0 || !region_uuid_is_valid(uuid);
}

static void stay_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = RECOVER_STILL_MS * 1000000l };

	nanosleep(&moment, NULL);
}

/*
 * The name was written, or was about to be. If there is such a region, and nobody goes on making it, it is ours: its
 * inode becomes known. Returns 0 or a negative errno.
 */
static int find_claimed(struct sysfs *sysfs, struct intent_record *record, struct intent_log *log)
{
	char path[SYSFS_PATH_MAX];
	uint64_t inode = 0;
	bool ours;
	int region, r;

	snprintf(path, sizeof(path), SCAN_DEVICES "/%s/%s", record->plan.root_decoder, record->plan.region);
	region = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (region < 0)
		return scan_is_gone(region) ? 0 : region;
	r = sysfs_inode(sysfs, region, &inode);
	ours = r >= 0 && is_blank(sysfs, region);
	if (ours) {
		stay_a_moment();
		ours = is_blank(sysfs, region);
	}
	sysfs_close(sysfs, region);
	if (ours) {
		record->plan.region_inode = inode;
		intent_log_claimed(log, inode);
	}
	return scan_is_gone(r) ? 0 : r;
}

/* -- which steps happened ------------------------------------------------ */

/* Did it have an effect that has to be dealt with? 1, 0, or a negative errno when nobody can tell. */
static int happened(const struct step_context *context, const struct intent_record *record, unsigned int place)
{
	int r;

	switch (record->marks[place]) {
	case INTENT_UNTOUCHED:
	case INTENT_UNDONE:
		return 0;
	case INTENT_BEGUN:
		r = step_happened(context, &record->plan.steps[place]);
		return scan_is_gone(r) ? 0 : r;
	case INTENT_DONE:
	case INTENT_UNDOING:
		return 1;
	}
	return 0;
}

/* For each step. Returns 0 or a negative errno. */
static int find_what_happened(const struct step_context *context, const struct intent_record *record, bool *effects)
{
	for (unsigned int i = 0; i < record->plan.n_steps; i++) {
		int r = happened(context, record, i);

		if (r < 0)
			return r;
		effects[i] = r;
	}
	return 0;
}

static bool any_was_touched(const struct intent_record *record)
{
	for (unsigned int i = 0; i < record->plan.n_steps; i++)
		if (record->marks[i] != INTENT_UNTOUCHED)
			return true;
	return false;
}

/* The first irreversible step, if it happened; else the number of steps. */
static unsigned int point_of_no_return(const struct intent_record *record, const bool *effects)
{
	const struct plan *plan = &record->plan;

	for (unsigned int i = 0; i < plan->n_steps; i++)
		if (step_row_get(plan->steps[i].kind)->irreversible && effects[i])
			return i;
	return plan->n_steps;
}

/* -- what is to be done about it ----------------------------------------- */

/* Somebody else's by now, if the decoder serves a region that is not the plan's, or holds what was not asked for. */
static bool dpa_is_ours(const struct step_context *context, const struct plan_step *step)
{
	const struct plan_target *target = &context->plan->targets[step->target];
	int decoder = context->targets[step->target];
	uint64_t size = 0, inode = 0;
	char region[REGION_NAME_MAX];

	if (sysfs_read_u64(context->sysfs, decoder, "dpa_size", &size) < 0 || size != target->dpa_size)
		return false;
	if (sysfs_read(context->sysfs, decoder, "region", region, sizeof(region)) <= 0)
		return true;
	return scan_generation(context->sysfs, region, &inode) == 0 && inode == context->plan->region_inode;
}

/* Is there something left for a step to do, to an object that is still the one of the plan? */
static bool is_due(const struct step_context *context, const struct plan_step *step)
{
	enum step_object object = step_row_get(step->kind)->object;

	if (object == STEP_OBJECT_ND)
		return true;
	if (step_handle(context, step) < 0)
		return false;
	if (step->kind == STEP_FREE_DPA)
		return dpa_is_ours(context, step);
	return context->region >= 0 && !step_is_moot(context, step);
}

static unsigned int keep_due(const struct step_context *context, struct effort *efforts, unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++)
		if (is_due(context, &efforts[i].step))
			efforts[kept++] = efforts[i];
	return kept;
}

static int go_back(struct step_context *context, const struct intent_record *record, const bool *effects,
		   struct failure *ret_failure)
{
	static const struct effort_marks marks = { INTENT_UNDOING, INTENT_UNDONE };
	struct effort efforts[EFFORTS_MAX];
	unsigned int n = 0;

	for (unsigned int i = record->plan.n_steps; i-- > 0;)
		if (effects[i])
			n = efforts_add_undo(context, efforts, n, i);
	return efforts_make(context, efforts, keep_due(context, efforts, n), &marks, ret_failure);
}

static int go_forward(struct step_context *context, const struct intent_record *record, unsigned int first,
		      struct failure *ret_failure)
{
	static const struct effort_marks marks = { INTENT_BEGUN, INTENT_DONE };
	struct effort efforts[EFFORTS_MAX];
	unsigned int n = 0;

	for (unsigned int i = first; i < record->plan.n_steps; i++)
		if (record->marks[i] != INTENT_DONE)
			efforts[n++] = (struct effort){ record->plan.steps[i], i };
	return efforts_make(context, efforts, keep_due(context, efforts, n), &marks, ret_failure);
}

static int put_in_order(struct step_context *context, const struct intent_record *record, enum outcome *ret_outcome,
			struct failure *ret_failure)
{
	bool effects[PLAN_STEPS_MAX];
	unsigned int first;
	int r = find_what_happened(context, record, effects);

	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking at what a job did");
	first = point_of_no_return(record, effects);

	if (first < record->plan.n_steps) {
		*ret_outcome = OUTCOME_DONE;
		r = go_forward(context, record, first, ret_failure);
	} else {
		*ret_outcome = any_was_touched(record) ? OUTCOME_UNDONE : OUTCOME_UNCHANGED;
		r = go_back(context, record, effects, ret_failure);
	}
	if (r == 0) {
		r = settle_nd(context->sysfs);
		if (r < 0)
			failure_set_errno(ret_failure, r, "waiting for the nvdimm bus");
	}
	return r == 0 ? 0 : ret_failure->code;
}

int recover(struct sysfs *sysfs, struct intent_record *record, struct intent_log *log, enum outcome *ret_outcome,
	    struct failure *ret_failure)
{
	struct step_context context = { .sysfs = sysfs, .plan = &record->plan, .log = log };
	int r = 0;

	if (record->claiming)
		r = find_claimed(sysfs, record, log);
	if (r >= 0)
		r = step_context_find(&context);
	if (r < 0)
		failure_set_errno(ret_failure, r, "looking for what a job left");
	else
		r = put_in_order(&context, record, ret_outcome, ret_failure);
	step_context_close(&context);
	if (r != 0)
		ret_failure->outcome = OUTCOME_UNKNOWN;
	return r == 0 ? 0 : ret_failure->code;
}
