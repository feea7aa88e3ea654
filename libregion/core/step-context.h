/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects of a plan, opened: each is the very one that was planned with, and no later one of its name. */
#ifndef CXL_REGIOND_CORE_STEP_CONTEXT_H
#define CXL_REGIOND_CORE_STEP_CONTEXT_H

#include "step.h"

/*
 * step_context_open() - open all objects of a plan. The region of a create is not there yet.
 *
 * @context: with sysfs and plan filled in; to be closed also after a failure
 *
 * Returns 0, or the code of *ret_failure: ERROR_PORT_GONE, ERROR_NOT_FOUND, ERROR_CONFLICT without the driver
 * cxl_region, ERROR_INTERNAL.
 */
int step_context_open(struct step_context *context, struct failure *ret_failure);

/*
 * step_context_find() - open what is left of a plan's objects; the handle of one that is gone, or that is another
 * object now, is negative.
 *
 * Returns 0 or a negative errno.
 */
int step_context_find(struct step_context *context);

void step_context_close(struct step_context *context);

#endif
