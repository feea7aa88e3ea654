/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold right before the write of a step, because the kernel does not look itself, or would crash. Between the
 * look and the write a writer beside the daemon can still slip in.
 *
 * Each returns 0, the code of *ret_failure, or a negative errno.
 */
#ifndef CXL_REGIOND_CORE_STEP_PRECONDITION_H
#define CXL_REGIOND_CORE_STEP_PRECONDITION_H

#include "step.h"

/* The plan's region is there under its name still: ERROR_CONFLICT when it is not. */
int step_precondition_same_region(const struct step_context *context, const struct plan_step *step,
				  struct failure *ret_failure);

/* The step's target has no DPA: ERROR_CONFLICT when it does. */
int step_precondition_no_dpa(const struct step_context *context, const struct plan_step *step,
			     struct failure *ret_failure);

/* The region has no driver: -EBUSY when it does. */
int step_precondition_unbound(const struct step_context *context, const struct plan_step *step,
			      struct failure *ret_failure);

/* Both of them. */
int step_precondition_same_unbound_region(const struct step_context *context, const struct plan_step *step,
					  struct failure *ret_failure);

/* The same region, with DPA (ERROR_PORT_GONE when not) and, for pmem, an nvdimm (ERROR_CONFLICT) behind each target. */
int step_precondition_can_be_bound(const struct step_context *context, const struct plan_step *step,
				   struct failure *ret_failure);

#endif
