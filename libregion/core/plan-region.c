/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a region that is there: delete, enable, disable. */
#include <stdio.h>
#include <string.h>

#include "capacity.h"
#include "consumers.h"
#include "plan-check.h"

/* Finds the object that is meant. */
static int find(const struct snapshot *snapshot, const struct region_request *request, const struct region **ret_region,
		struct failure *failure)
{
	int index = snapshot_find_region(snapshot, request->region);

	if (index == SNAPSHOT_NONE)
		return failure_set(failure, ERROR_NOT_FOUND, request->region, "there is no region %s", request->region);
	if (request->generation != 0 && snapshot->regions[index].inode != request->generation)
		return failure_set(failure, ERROR_NOT_FOUND, request->region,
				   "the %s that was meant is gone; another region has its name now", request->region);
	*ret_region = &snapshot->regions[index];
	return 0;
}

static int check_unlocked(const struct snapshot *snapshot, const struct region *region, struct failure *failure)
{
	if (snapshot_region_is_locked(snapshot, region))
		return failure_set(failure, ERROR_REGION_LOCKED, region->name,
				   "%s cannot be taken down: a decoder that serves it is locked", region->name);
	if (snapshot_region_origin(snapshot, region) == REGION_ORIGIN_FIRMWARE)
		return failure_set(failure, ERROR_REGION_LOCKED, region->name,
				   "%s was made by the platform's firmware, and is left alone", region->name);
	return 0;
}

static int check_unused(const struct region *region, const struct consumer_list *consumers, struct failure *failure)
{
	char more[32] = "";

	if (!consumers || consumers->n == 0)
		return 0;
	if (consumers->n > 1)
		snprintf(more, sizeof(more), ", and %zu more", consumers->n - 1);
	/* What stands highest is named: a mount says more than the namespace below it. */
	return failure_set(failure, ERROR_REGION_IN_USE, region->name, "%s is in use: %s%s", region->name,
			   consumers->consumers[consumers->n - 1].detail, more);
}

/*
 * Regions through one port are taken down in the reverse order of their addresses; the kernel would refuse
 * the reset, or block the port's next decoder.
 */
static int check_is_highest(const struct snapshot *snapshot, const struct region *region, struct failure *failure)
{
	int index = (int)(region - snapshot->regions);

	if (!region->committed)
		return 0;
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		const struct decoder *decoder = &snapshot->decoders[i];
		const struct region *other;

		if (decoder->kind == DECODER_ROOT || decoder->region == SNAPSHOT_NONE || decoder->region == index)
			continue;
		other = &snapshot->regions[decoder->region];
		if (other->committed && other->start > region->start &&
		    snapshot_region_uses_port(snapshot, region, decoder->port))
			return failure_set(failure, ERROR_CONFLICT, other->name,
					   "%s lies above %s on %s: regions on one port are taken down highest first",
					   other->name, region->name, snapshot->ports[decoder->port].name);
	}
	return 0;
}

/* A memdev's DPA is freed last allocated first: what a later decoder holds keeps ours from being freed. */
static int check_dpa_is_last(const struct snapshot *snapshot, const struct region *region, struct failure *failure)
{
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++) {
		int decoder = region->targets[i], later;

		if (decoder == SNAPSHOT_NONE || snapshot->decoders[decoder].dpa_size == 0)
			continue;
		later = capacity_blocked_by(snapshot, decoder);
		if (later != SNAPSHOT_NONE)
			return failure_set(failure, ERROR_CONFLICT, snapshot->decoders[later].name,
					   "%s holds DPA behind that of %s: it has to be freed first",
					   snapshot->decoders[later].name, region->name);
	}
	return 0;
}

void plan_describe_region(const struct snapshot *snapshot, const struct region *region, struct plan *plan)
{
	const struct decoder *root = &snapshot->decoders[region->root_decoder];

	*plan = (struct plan){ .region_inode = region->inode,
			       .root_inode = root->inode,
			       .type = region->type,
			       .start = region->start,
			       .size = region->size,
			       .ways = region->ways,
			       .granularity = region->granularity };
	strcpy(plan->region, region->name);
	strcpy(plan->root_decoder, root->name);
	strcpy(plan->uuid, region->uuid);
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++) {
		const struct decoder *decoder;
		struct plan_target *target;
		int memdev = snapshot_target_memdev(snapshot, region, i);

		if (region->targets[i] == SNAPSHOT_NONE)
			continue;
		decoder = &snapshot->decoders[region->targets[i]];
		target = &plan->targets[plan->n_targets++];
		target->position = i;
		target->decoder_inode = decoder->inode;
		target->dpa_start = decoder->dpa_start;
		target->dpa_size = decoder->dpa_size;
		strcpy(target->decoder, decoder->name);
		if (memdev != SNAPSHOT_NONE)
			strcpy(target->memdev, snapshot->memdevs[memdev].name);
	}
}

/* The region, if nothing keeps it from being taken from its driver. */
static int find_unused(const struct snapshot *snapshot, const struct region_request *request,
		       const struct region **ret_region, struct failure *ret_failure)
{
	const struct region *region;
	int r;

	r = find(snapshot, request, &region, ret_failure);
	if (r == 0)
		r = check_unlocked(snapshot, region, ret_failure);
	if (r == 0)
		r = check_unused(region, request->consumers, ret_failure);
	if (r == 0)
		*ret_region = region;
	return r;
}

/* DPA is freed highest decoder of a memdev first; positions in reverse do for regions that we made. */
static void add_delete_steps(struct plan *plan, const struct region *region)
{
	if (region->bound)
		plan_add(plan, STEP_UNBIND, -1);
	if (region->committed)
		plan_add(plan, STEP_RESET, -1);
	for (int i = (int)plan->n_targets - 1; i >= 0; i--)
		plan_add(plan, STEP_DETACH, i);
	for (int i = (int)plan->n_targets - 1; i >= 0; i--)
		if (plan->targets[i].dpa_size > 0)
			plan_add(plan, STEP_FREE_DPA, i);
	plan_add(plan, STEP_DELETE, -1);
}

int plan_delete(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		struct failure *ret_failure)
{
	const struct region *region;
	int r;

	r = find_unused(snapshot, request, &region, ret_failure);
	if (r == 0)
		r = check_is_highest(snapshot, region, ret_failure);
	if (r == 0)
		r = check_dpa_is_last(snapshot, region, ret_failure);
	if (r == 0 && region->committed && request->commit_is_refused)
		r = plan_refuse_guest(region->name, ret_failure);
	if (r != 0)
		return r;
	plan_describe_region(snapshot, region, ret_plan);
	add_delete_steps(ret_plan, region);
	return 0;
}

int plan_enable(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		struct failure *ret_failure)
{
	const struct region *region;
	int r;

	r = find(snapshot, request, &region, ret_failure);
	if (r != 0)
		return r;
	if (!region->committed)
		return failure_set(ret_failure, ERROR_DAMAGED, region->name,
				   "%s is not committed: it is half-built, or one of its ports went away",
				   region->name);
	if (region->type == REGION_TYPE_PMEM && !snapshot->pmem_driver)
		return plan_refuse_pmem(region->name, ret_failure);
	plan_describe_region(snapshot, region, ret_plan);
	if (region->bound)
		return 0;
	plan_add(ret_plan, STEP_BIND, -1);
	if (region->type == REGION_TYPE_PMEM)
		plan_add(ret_plan, STEP_SETTLE, -1);
	return 0;
}

int plan_disable(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		 struct failure *ret_failure)
{
	const struct region *region;
	int r;

	r = find_unused(snapshot, request, &region, ret_failure);
	if (r != 0)
		return r;
	plan_describe_region(snapshot, region, ret_plan);
	if (region->bound)
		plan_add(ret_plan, STEP_UNBIND, -1);
	return 0;
}
