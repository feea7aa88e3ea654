/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the rows come from: the kernel's Documentation/ABI/testing/sysfs-bus-cxl and
 * drivers/cxl/core/region.c, which attributes may be written when, and what each leaves behind.
 */
#include "step.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "settle.h"
#include "step-precondition.h"

/* How often a name that somebody else took is asked for again. */
#define CLAIM_TRIES 32

static const struct plan_target *step_target(const struct plan *plan, const struct plan_step *step)
{
	return &plan->targets[step->target];
}

/* -- values ------------------------------------------------------------ */

static void value_region(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "%s", context->plan->region);
}

static void value_granularity(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "%u", context->plan->granularity);
}

static void value_ways(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "%u", context->plan->ways);
}

/* 36 characters and a newline: the kernel takes exactly 37 bytes. */
static void value_uuid(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "%s\n", context->plan->uuid);
}

static void value_size(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "0x%" PRIx64, context->plan->size);
}

static void value_mode(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "%s", region_type_name(context->plan->type));
}

static void value_dpa(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "0x%" PRIx64, step_target(context->plan, step)->dpa_size);
}

static void value_decoder(const struct step_context *context, const struct plan_step *step, char *value)
{
	snprintf(value, STEP_VALUE_MAX, "%s", step_target(context->plan, step)->decoder);
}

static void value_newline(const struct step_context *context, const struct plan_step *step, char *value)
{
	strcpy(value, "\n");
}

static void value_zero(const struct step_context *context, const struct plan_step *step, char *value)
{
	strcpy(value, "0");
}

/* It is read. */
static void value_none(const struct step_context *context, const struct plan_step *step, char *value)
{
	value[0] = '\0';
}

static void value_one(const struct step_context *context, const struct plan_step *step, char *value)
{
	strcpy(value, "1");
}

/* -- witnesses --------------------------------------------------------- */

static int compare_text(const struct step_context *context, int dir, const char *attribute, const char *expected)
{
	char value[STEP_VALUE_MAX];
	int r = sysfs_read(context->sysfs, dir, attribute, value, sizeof(value));

	return r < 0 ? r : strcmp(value, expected) == 0;
}

static int compare_number(const struct step_context *context, int dir, const char *attribute, uint64_t expected)
{
	uint64_t number;
	int r = sysfs_read_u64(context->sysfs, dir, attribute, &number);

	return r < 0 ? r : number == expected;
}

static int witness_exists(const struct step_context *context, const struct plan_step *step)
{
	uint64_t inode;
	int r;

	if (context->plan->region[0] == '\0')
		return 0;
	r = scan_generation(context->sysfs, context->plan->region, &inode);
	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : inode == context->plan->region_inode;
}

static int witness_gone(const struct step_context *context, const struct plan_step *step)
{
	int r = witness_exists(context, step);

	return r < 0 ? r : !r;
}

static int witness_granularity(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->region, "interleave_granularity", context->plan->granularity);
}

static int witness_ways(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->region, "interleave_ways", context->plan->ways);
}

static int witness_uuid(const struct step_context *context, const struct plan_step *step)
{
	return compare_text(context, context->region, "uuid", context->plan->uuid);
}

static int witness_size(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->region, "size", context->plan->size);
}

static int witness_no_size(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->region, "size", 0);
}

static int witness_mode(const struct step_context *context, const struct plan_step *step)
{
	return compare_text(context, context->targets[step->target], "mode", region_type_name(context->plan->type));
}

static int witness_dpa(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->targets[step->target], "dpa_size",
			      step_target(context->plan, step)->dpa_size);
}

static int witness_no_dpa(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->targets[step->target], "dpa_size", 0);
}

static int witness_attached(const struct step_context *context, const struct plan_step *step)
{
	char attribute[STEP_VALUE_MAX];

	return compare_text(context, context->region, step_attribute(context->plan, step, attribute),
			    step_target(context->plan, step)->decoder);
}

static int witness_detached(const struct step_context *context, const struct plan_step *step)
{
	char attribute[STEP_VALUE_MAX];

	return compare_text(context, context->region, step_attribute(context->plan, step, attribute), "");
}

static int witness_committed(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->region, "commit", 1);
}

static int witness_reset(const struct step_context *context, const struct plan_step *step)
{
	return compare_number(context, context->region, "commit", 0);
}

static int witness_bound(const struct step_context *context, const struct plan_step *step)
{
	char driver[STEP_VALUE_MAX];
	int r = sysfs_link_base(context->sysfs, context->region, "driver", driver, sizeof(driver));

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int witness_unbound(const struct step_context *context, const struct plan_step *step)
{
	int r = witness_bound(context, step);

	return r < 0 ? r : !r;
}

/* Settling leaves no trace, and can be done again. */
static int witness_never(const struct step_context *context, const struct plan_step *step)
{
	return 0;
}

/* -- steps that are more than one write -------------------------------- */

/*
 * The kernel offers a name; writing it back makes the region. Another writer may have taken it in between:
 * then it offers the next. The region's directory is opened below the root decoder, where it must be.
 */
static int run_claim(struct step_context *context, const struct plan_step *step)
{
	const char *attribute = context->plan->type == REGION_TYPE_RAM ? "create_ram_region" : "create_pmem_region";
	struct plan *plan = context->plan;
	char name[REGION_NAME_MAX];
	int r = -EBUSY;

	for (int i = 0; r == -EBUSY && i < CLAIM_TRIES; i++) {
		r = sysfs_read(context->sysfs, context->root, attribute, name, sizeof(name));
		if (r < 0)
			return r;
		if (!region_name_is_valid(REGION_NAME_REGION, name))
			return -EBADMSG;
		intent_log_claiming(context->log, name);
		strcpy(context->offered, name);
		r = sysfs_write(context->sysfs, context->root, attribute, name);
		if (r < 0) /* the kernel refuses before it makes anything */
			intent_log_claiming(context->log, NULL);
	}
	if (r < 0)
		return r;
	r = sysfs_open(context->sysfs, context->root, name);
	if (r >= 0) {
		context->region = r;
		r = sysfs_inode(context->sysfs, context->region, &plan->region_inode);
	}
	if (scan_is_gone(r)) { /* somebody deleted it: what has its name by now is not ours */
		intent_log_claiming(context->log, NULL);
		return r;
	}
	if (r < 0) { /* it cannot be held: then it must not stay */
		(void)sysfs_write(context->sysfs, context->root, "delete_region", name);
		intent_log_claiming(context->log, NULL);
		return r;
	}
	intent_log_claimed(context->log, plan->region_inode);
	strcpy(plan->region, name);
	return 0;
}

/* Unbinding a pmem region that libnvdimm still registers crashes the kernel: settle first, whoever asks. */
static int run_unbind(struct step_context *context, const struct plan_step *step)
{
	int r = settle_nd(context->sysfs);

	return r < 0 ? r : sysfs_write(context->sysfs, context->drivers, "unbind", context->plan->region);
}

static int run_settle(struct step_context *context, const struct plan_step *step)
{
	return settle_nd(context->sysfs);
}

/* -- the table --------------------------------------------------------- */

static const struct step_row rows[] = {
	[STEP_CLAIM] = { STEP_CLAIM, "claim", STEP_OBJECT_ROOT_DECODER, NULL, STEP_DELETE, false, value_region, NULL,
			 witness_exists, run_claim },
	[STEP_GRANULARITY] = { STEP_GRANULARITY, "granularity", STEP_OBJECT_REGION, "interleave_granularity", STEP_NONE,
			       false, value_granularity, NULL, witness_granularity, NULL },
	[STEP_WAYS] = { STEP_WAYS, "ways", STEP_OBJECT_REGION, "interleave_ways", STEP_NONE, false, value_ways, NULL,
			witness_ways, NULL },
	[STEP_UUID] = { STEP_UUID, "uuid", STEP_OBJECT_REGION, "uuid", STEP_NONE, false, value_uuid, NULL, witness_uuid,
			NULL },
	[STEP_SIZE] = { STEP_SIZE, "size", STEP_OBJECT_REGION, "size", STEP_RELEASE, false, value_size, NULL,
			witness_size, NULL },
	[STEP_MODE] = { STEP_MODE, "mode", STEP_OBJECT_TARGET, "mode", STEP_NONE, false, value_mode,
			step_precondition_no_dpa, witness_mode, NULL },
	[STEP_DPA] = { STEP_DPA, "dpa", STEP_OBJECT_TARGET, "dpa_size", STEP_FREE_DPA, false, value_dpa,
		       step_precondition_no_dpa, witness_dpa, NULL },
	[STEP_ATTACH] = { STEP_ATTACH, "attach", STEP_OBJECT_REGION, "target%u", STEP_DETACH, false, value_decoder,
			  NULL, witness_attached, NULL },
	[STEP_COMMIT] = { STEP_COMMIT, "commit", STEP_OBJECT_REGION, "commit", STEP_RESET, false, value_one, NULL,
			  witness_committed, NULL },
	[STEP_BIND] = { STEP_BIND, "bind", STEP_OBJECT_DRIVER, "bind", STEP_UNBIND, false, value_region,
			step_precondition_can_be_bound, witness_bound, NULL },
	[STEP_SETTLE] = { STEP_SETTLE, "settle", STEP_OBJECT_ND, "wait_probe", STEP_NONE, false, value_none, NULL,
			  witness_never, run_settle },
	[STEP_UNBIND] = { STEP_UNBIND, "unbind", STEP_OBJECT_DRIVER, "unbind", STEP_BIND, false, value_region,
			  step_precondition_same_region, witness_unbound, run_unbind },
	[STEP_RESET] = { STEP_RESET, "reset", STEP_OBJECT_REGION, "commit", STEP_NONE, true, value_zero,
			 step_precondition_unbound, witness_reset, NULL },
	[STEP_DETACH] = { STEP_DETACH, "detach", STEP_OBJECT_REGION, "target%u", STEP_NONE, true, value_newline,
			  step_precondition_unbound, witness_detached, NULL },
	[STEP_FREE_DPA] = { STEP_FREE_DPA, "free-dpa", STEP_OBJECT_TARGET, "dpa_size", STEP_NONE, true, value_zero,
			    NULL, witness_no_dpa, NULL },
	[STEP_RELEASE] = { STEP_RELEASE, "release", STEP_OBJECT_REGION, "size", STEP_NONE, true, value_zero,
			   step_precondition_unbound, witness_no_size, NULL },
	[STEP_DELETE] = { STEP_DELETE, "delete", STEP_OBJECT_ROOT_DECODER, "delete_region", STEP_NONE, true,
			  value_region, step_precondition_same_unbound_region, witness_gone, NULL },
};

const struct step_row *step_row_get(enum step_kind kind)
{
	return &rows[kind];
}

bool step_has_target(enum step_kind kind)
{
	return rows[kind].object == STEP_OBJECT_TARGET || kind == STEP_ATTACH || kind == STEP_DETACH;
}

const char *step_object_name(const struct plan *plan, const struct plan_step *step)
{
	switch (rows[step->kind].object) {
	case STEP_OBJECT_ROOT_DECODER:
		return plan->root_decoder;
	case STEP_OBJECT_REGION:
		return plan->region;
	case STEP_OBJECT_TARGET:
		return step_target(plan, step)->decoder;
	case STEP_OBJECT_DRIVER:
		return "cxl_region";
	case STEP_OBJECT_ND:
		return "ndbus";
	}
	return "";
}

const char *step_attribute(const struct plan *plan, const struct plan_step *step, char *text)
{
	if (step->kind == STEP_CLAIM)
		return plan->type == REGION_TYPE_RAM ? "create_ram_region" : "create_pmem_region";
	if (step->kind != STEP_ATTACH && step->kind != STEP_DETACH)
		return rows[step->kind].attribute;
	snprintf(text, STEP_VALUE_MAX, "target%u", step_target(plan, step)->position);
	return text;
}

const char *step_value(const struct plan *plan, const struct plan_step *step, char *text)
{
	struct step_context context = { .plan = (struct plan *)plan };

	rows[step->kind].value(&context, step, text);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int step_handle(const struct step_context *context, const struct plan_step *step)
{
	switch (rows[step->kind].object) {
	case STEP_OBJECT_ROOT_DECODER:
		return context->root;
	case STEP_OBJECT_REGION:
		return context->region;
	case STEP_OBJECT_TARGET:
		return context->targets[step->target];
	case STEP_OBJECT_DRIVER:
		return context->drivers;
	case STEP_OBJECT_ND:
		return SYSFS_ROOT;
	}
	return SYSFS_ROOT;
}

int step_run(struct step_context *context, const struct plan_step *step, struct failure *ret_failure)
{
	const struct step_row *row = &rows[step->kind];
	char attribute[STEP_VALUE_MAX], value[STEP_VALUE_MAX];

	if (row->precondition) {
		int r = row->precondition(context, step, ret_failure);

		if (r != 0)
			return r;
	}
	/* What the precondition refused was never begun: then what is there is somebody else's. */
	intent_log_mark(context->log, context->marked_step, context->mark);
	if (row->run)
		return row->run(context, step);
	row->value(context, step, value);
	return sysfs_write(context->sysfs, step_handle(context, step), step_attribute(context->plan, step, attribute),
			   value);
}

int step_happened(const struct step_context *context, const struct plan_step *step)
{
	return rows[step->kind].witness(context, step);
}
