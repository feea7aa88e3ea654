/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of regions. Ids are handed out lowest first, for the whole host; each root decoder has reserved its next one
 * and offers it. A region that is made takes the reserved id, and the root decoder reserves another; one that goes
 * gives its id back, to its root decoder where that makes the reserved one lower.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "model.h"

/* memregion_alloc() */
static int region_id_alloc(struct fake *fake)
{
	for (int id = 0; id < REGION_ID_MAX; id++)
		if (!fake->region_ids[id]) {
			fake->region_ids[id] = true;
			return id;
		}
	assert(!"no region id is left");
	return -ENOSPC;
}

static void add_region(struct fake *fake, int root, int id, enum mode mode)
{
	int index = object_new(fake, KIND_REGION, root, "region%d", id);
	struct region *region = region_at(fake, index);

	object_at(fake, index)->bus = BUS_CXL;
	region->id = id;
	region->mode = mode;
	for (int i = 0; i < TARGETS_MAX; i++)
		region->targets[i] = NONE;
}

/* create_pmem_region_store(), create_ram_region_store() */
int region_create(struct fake *fake, int root, enum mode mode, const char *value)
{
	struct decoder *decoder = decoder_at(fake, root);
	int id, reserved;

	if (!parse_region_name(value, &id))
		return -EINVAL;
	reserved = region_id_alloc(fake);
	if (decoder->next_region != id) {
		fake->region_ids[reserved] = false;
		return -EBUSY;
	}
	decoder->next_region = reserved;
	add_region(fake, root, id, mode);
	return 0;
}

/* cxl_region_release() */
static void release_id(struct fake *fake, int root, int id)
{
	struct decoder *decoder = decoder_at(fake, root);

	if (id < decoder->next_region) {
		fake->region_ids[decoder->next_region] = false;
		decoder->next_region = id;
	} else {
		fake->region_ids[id] = false;
	}
}

/* unregister_region(): targets are detached, and reset where need be; their DPA stays. */
static void unregister_region(struct fake *fake, int root, int index)
{
	struct region *region = region_at(fake, index);

	region_release_driver(fake, index);
	for (unsigned int i = 0; i < region->ways; i++)
		if (region->targets[i] != NONE)
			region_detach(fake, region->targets[i]);
	release_id(fake, root, region->id);
	object_remove(fake, index);
}

/* delete_region_store() */
int region_delete(struct fake *fake, int root, const char *value)
{
	int id;

	if (fake->kernel >= FAKE_KERNEL_6_12 && !parse_region_name(value, &id))
		return -EINVAL;
	for (int i = 0; i < fake->n_objects; i++) {
		const struct object *object = object_at(fake, i);

		if (object->inode != 0 && object->kind == KIND_REGION && object->parent == root &&
		    same_name(object->name, value)) {
			unregister_region(fake, root, i);
			return 0;
		}
	}
	return -ENODEV;
}
