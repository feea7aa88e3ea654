/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "step-context.h"

#include <errno.h>

#include "scan.h"

/* Opens a decoder of the plan, and makes sure that it is the one that was planned with. */
static int open_decoder(struct sysfs *sysfs, const char *name, uint64_t inode, int *ret_handle,
			struct failure *ret_failure)
{
	char path[SYSFS_PATH_MAX];
	uint64_t found;
	int r;

	sysfs_join(path, SCAN_DEVICES, name, NULL);
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

int step_context_open(struct step_context *context, struct failure *ret_failure)
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

void step_context_close(struct step_context *context)
{
	sysfs_close(context->sysfs, context->root);
	sysfs_close(context->sysfs, context->region);
	sysfs_close(context->sysfs, context->drivers);
	for (unsigned int i = 0; i < context->plan->n_targets; i++)
		sysfs_close(context->sysfs, context->targets[i]);
}

/* One object: its handle, or -ENOENT when it is not there any more. */
static int find_object(struct sysfs *sysfs, const char *name, uint64_t inode, int *ret_handle)
{
	char path[SYSFS_PATH_MAX];
	uint64_t found = 0;
	int handle, r = 0;

	sysfs_join(path, SCAN_DEVICES, name, NULL);
	handle = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (handle >= 0)
		r = sysfs_inode(sysfs, handle, &found);
	if (handle >= 0 && (r < 0 || found != inode)) {
		sysfs_close(sysfs, handle);
		handle = r < 0 ? r : -ENOENT;
	}
	if (handle < 0 && !scan_is_gone(handle))
		return handle;
	*ret_handle = handle < 0 ? -ENOENT : handle;
	return 0;
}

int step_context_find(struct step_context *context)
{
	struct plan *plan = context->plan;
	int r;

	context->region = -ENOENT;
	r = find_object(context->sysfs, plan->root_decoder, plan->root_inode, &context->root);
	for (unsigned int i = 0; r == 0 && i < plan->n_targets; i++)
		r = find_object(context->sysfs, plan->targets[i].decoder, plan->targets[i].decoder_inode,
				&context->targets[i]);
	if (r == 0 && plan->region_inode != 0)
		r = find_object(context->sysfs, plan->region, plan->region_inode, &context->region);
	if (r < 0)
		return r;
	context->drivers = sysfs_open(context->sysfs, SYSFS_ROOT, SCAN_DRIVERS "/cxl_region");
	return context->drivers < 0 && !scan_is_gone(context->drivers) ? context->drivers : 0;
}
