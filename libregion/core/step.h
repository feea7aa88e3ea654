/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one table of steps: for each, the write, what must hold right before it, what undoes it, and the
 * witness by which one sees that it happened.
 */
#ifndef CXL_REGIOND_CORE_STEP_H
#define CXL_REGIOND_CORE_STEP_H

#include "intent-log.h"
#include "plan.h"
#include "sysfs.h"

/* The directory whose attribute a step writes. */
enum step_object {
	STEP_OBJECT_ROOT_DECODER,
	STEP_OBJECT_REGION,
	STEP_OBJECT_TARGET, /* the endpoint decoder of the step's target */
	STEP_OBJECT_DRIVER, /* cxl_region */
	STEP_OBJECT_ND,	    /* the nd buses of CXL */
};

/* The objects that a plan works on, held while it is carried out. */
struct step_context {
	struct sysfs *sysfs;
	struct plan *plan;
	int root;    /* handle of the root decoder */
	int region;  /* handle of the region, SYSFS_ROOT before it is claimed */
	int drivers; /* handle of the driver cxl_region */
	int targets[REGION_WAYS_MAX];
	struct intent_log *log; /* of the job, or NULL */
	/* What the log is told right before a write: this mark, of the step of the plan that stands here. */
	unsigned int marked_step;
	enum intent_mark mark;
	char offered[REGION_NAME_MAX]; /* the name that the kernel offered last */
};

/* Room for the text of a value that a step writes. */
#define STEP_VALUE_MAX 64

struct step_row {
	enum step_kind kind;
	const char *name; /* on the wire and in messages */
	enum step_object object;
	const char *attribute;
	enum step_kind undo; /* STEP_NONE: nothing is left to undo */
	bool irreversible;   /* once it happened, the way is forward */
	/* The text that is written. */
	void (*value)(const struct step_context *context, const struct plan_step *step, char *value);
	/* What must hold right before: 0, the code of *ret_failure, or a negative errno. NULL: nothing. */
	int (*precondition)(const struct step_context *context, const struct plan_step *step,
			    struct failure *ret_failure);
	/* Did it happen? 1 yes, 0 no, or a negative errno. */
	int (*witness)(const struct step_context *context, const struct plan_step *step);
	/* Carries it out where that is not one write; NULL: the write. */
	int (*run)(struct step_context *context, const struct plan_step *step);
};

/* step_row_get() - the row of a kind. */
const struct step_row *step_row_get(enum step_kind kind);

/* step_has_target() - is a step of this kind about one of the plan's targets? */
bool step_has_target(enum step_kind kind);

/* step_handle() - the handle of the directory that a step writes to; SYSFS_ROOT or negative when there is none. */
int step_handle(const struct step_context *context, const struct plan_step *step);

/* step_object_name() - the kernel name that a step is about. */
const char *step_object_name(const struct plan *plan, const struct plan_step *step);

/* step_attribute() - the attribute that it writes ("target0"); text has room for STEP_VALUE_MAX. */
const char *step_attribute(const struct plan *plan, const struct plan_step *step, char *text);

/* step_value() - the text that it writes, without a newline; as known before the name is claimed. */
const char *step_value(const struct plan *plan, const struct plan_step *step, char *text);

/*
 * step_run() - carry a step out.
 *
 * @ret_failure: the precondition's, when its code is returned
 *
 * Returns 0; a code; or the negative errno of the write.
 */
int step_run(struct step_context *context, const struct plan_step *step, struct failure *ret_failure);

/* step_happened() - the witness: 1, 0, or a negative errno. */
int step_happened(const struct step_context *context, const struct plan_step *step);

#endif
