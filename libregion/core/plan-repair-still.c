/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two looks at what is to be repaired: what another program is building moves. */
#include <string.h>

#include "plan-repair.h"

static bool decoder_is_still(const struct snapshot *before, const struct decoder *now)
{
	int index = snapshot_find_decoder(before, now->name);
	const struct decoder *then;

	if (index == SNAPSHOT_NONE)
		return false;
	then = &before->decoders[index];
	return then->inode == now->inode && then->mode == now->mode && then->dpa_start == now->dpa_start &&
	       then->dpa_size == now->dpa_size && (then->region == SNAPSHOT_NONE) == (now->region == SNAPSHOT_NONE);
}

static bool targets_are_still(const struct snapshot *before, const struct region *then, const struct snapshot *snapshot,
			      const struct region *now)
{
	for (unsigned int i = 0; i < now->ways && i < REGION_WAYS_MAX; i++) {
		if ((then->targets[i] == SNAPSHOT_NONE) != (now->targets[i] == SNAPSHOT_NONE))
			return false;
		if (now->targets[i] == SNAPSHOT_NONE)
			continue;
		if (strcmp(before->decoders[then->targets[i]].name, snapshot->decoders[now->targets[i]].name) != 0 ||
		    !decoder_is_still(before, &snapshot->decoders[now->targets[i]]))
			return false;
	}
	return true;
}

static bool region_is_still(const struct snapshot *before, const struct snapshot *snapshot, const struct region *now)
{
	int index = snapshot_find_region(before, now->name);
	const struct region *then;

	if (index == SNAPSHOT_NONE)
		return false;
	then = &before->regions[index];
	return then->inode == now->inode && then->size == now->size && then->ways == now->ways &&
	       then->granularity == now->granularity && then->committed == now->committed &&
	       then->bound == now->bound && strcmp(then->uuid, now->uuid) == 0 &&
	       targets_are_still(before, then, snapshot, now);
}

bool plan_repair_is_still(const struct snapshot *before, const struct snapshot *now, const struct finding *finding)
{
	int region = snapshot_find_region(now, finding->object);
	int index = snapshot_find_decoder(now, finding->object);

	if (region != SNAPSHOT_NONE)
		return region_is_still(before, now, &now->regions[region]);
	if (index == SNAPSHOT_NONE || !decoder_is_still(before, &now->decoders[index]))
		return false;
	for (size_t i = 0; i < now->n_regions; i++) {
		const struct region *other = &now->regions[i];
		const struct decoder *root = &now->decoders[other->root_decoder];

		if (!other->committed && snapshot_decoder_reaches_port(now, root, now->decoders[index].port) &&
		    !region_is_still(before, now, other))
			return false;
	}
	return true;
}
