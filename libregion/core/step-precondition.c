/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "step-precondition.h"

#include <errno.h>
#include <stdio.h>

#include "scan.h"

/*
 * delete_region, bind and unbind take a name: right before, it must still be the object that the handle
 * holds, which stands below its root decoder. Between this look and the write a writer beside the daemon can still slip
 * in.
 */
int step_precondition_same_region(const struct step_context *context, const struct plan_step *step,
				  struct failure *ret_failure)
{
	const struct plan *plan = context->plan;
	uint64_t inode;
	int r;

	r = sysfs_inode_at(context->sysfs, context->root, plan->region, &inode);
	if (r >= 0 && inode == plan->region_inode)
		return 0;
	if (r < 0 && !scan_is_gone(r))
		return r;
	return failure_set(ret_failure, ERROR_CONFLICT, plan->region,
			   "%s is no longer the region that this request works on: somebody else deleted it%s",
			   plan->region, r >= 0 ? " and made another of that name" : "");
}

/*
 * A write over somebody's DPA frees it and succeeds, so that it is ours to look first; and mode can only be
 * written while there is none.
 */
int step_precondition_no_dpa(const struct step_context *context, const struct plan_step *step,
			     struct failure *ret_failure)
{
	const struct plan_target *target = &context->plan->targets[step->target];
	uint64_t size;
	int r;

	r = sysfs_read_u64(context->sysfs, context->targets[step->target], "dpa_size", &size);
	if (r < 0 || size == 0)
		return r;
	return failure_set(ret_failure, ERROR_CONFLICT, target->decoder,
			   "somebody else has just allocated DPA on %s of %s", target->decoder, target->memdev);
}

/*
 * Resetting a bound region, detaching its targets, taking its size or deleting it unbinds it inside the kernel, without
 * settling: it must have been unbound before.
 */
int step_precondition_unbound(const struct step_context *context, const struct plan_step *step,
			      struct failure *ret_failure)
{
	char driver[STEP_VALUE_MAX];

	return sysfs_link_base(context->sysfs, context->region, "driver", driver, sizeof(driver)) > 0 ? -EBUSY : 0;
}

/*
 * Linux up to 6.12 at least does not look whether there is an nvdimm behind a target before it takes it down again
 * (release_mappings() of 6.1), or uses it (cxl_pmem_region_probe() of 6.12): the bind would end in an oops.
 */
static int check_nvdimm(const struct step_context *context, const struct plan_target *target,
			struct failure *ret_failure)
{
	char path[SYSFS_PATH_MAX], nvdimm[REGION_NAME_MAX + 1], driver[STEP_VALUE_MAX];

	snprintf(nvdimm, sizeof(nvdimm), "p%s", target->memdev); /* mem3 has pmem3 */
	sysfs_join(path, SCAN_DEVICES, nvdimm, "driver");
	if (sysfs_link_base(context->sysfs, SYSFS_ROOT, path, driver, sizeof(driver)) > 0)
		return 0;
	failure_set(ret_failure, ERROR_CONFLICT, target->memdev,
		    "%s of %s is not bound to the driver cxl_nvdimm: the kernel would crash when the region is bound",
		    nvdimm, target->memdev);
	failure_set_remedy(ret_failure, "Have the memory device probed anew: write its PCI address ('cxlctl topology' "
					"shows it) to /sys/bus/pci/drivers/cxl_pci/unbind, then to bind there.");
	ret_failure->retryable = false;
	return ret_failure->code;
}

/*
 * An endpoint that loses its driver gives its DPA back before it leaves its region, and cxl_region_probe() takes it for
 * granted: whoever asks for the bind looks right before.
 */
static int check_dpa(const struct step_context *context, unsigned int index, struct failure *ret_failure)
{
	const struct plan_target *target = &context->plan->targets[index];
	uint64_t size;
	int r = sysfs_read_u64(context->sysfs, context->targets[index], "dpa_size", &size);

	if (r < 0 || size > 0)
		return r;
	return failure_set(ret_failure, ERROR_PORT_GONE, target->decoder,
			   "%s of %s has no DPA any more: its port is losing its driver", target->decoder,
			   target->memdev);
}

/* The kernel binds what it is told to, and crashes of some. */
int step_precondition_can_be_bound(const struct step_context *context, const struct plan_step *step,
				   struct failure *ret_failure)
{
	const struct plan *plan = context->plan;
	int r = step_precondition_same_region(context, step, ret_failure);

	for (unsigned int i = 0; r == 0 && i < plan->n_targets; i++) {
		if (plan->type == REGION_TYPE_PMEM)
			r = check_nvdimm(context, &plan->targets[i], ret_failure);
		if (r == 0)
			r = check_dpa(context, i, ret_failure);
	}
	return r;
}

int step_precondition_same_unbound_region(const struct step_context *context, const struct plan_step *step,
					  struct failure *ret_failure)
{
	int r = step_precondition_same_region(context, step, ret_failure);

	return r != 0 ? r : step_precondition_unbound(context, step, ret_failure);
}
