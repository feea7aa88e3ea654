/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be written to a region, and when. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "model.h"

static int root_of(struct fake *fake, int region)
{
	return object_at(fake, region)->parent;
}

/* uuid_is_valid() */
static bool is_uuid(const char *text)
{
	for (int i = 0; i < UUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

static bool somebody_has_uuid(struct fake *fake, const char *uuid)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (object_at(fake, i)->inode != 0 && object_at(fake, i)->kind == KIND_REGION &&
		    strcmp(region_at(fake, i)->uuid, uuid) == 0)
			return true;
	return false;
}

/* uuid_store(): exactly 37 bytes, whatever the last one is; its own uuid is taken at any time. */
int region_store_uuid(struct fake *fake, int index, const char *value, size_t length)
{
	struct region *region = region_at(fake, index);
	char uuid[UUID_LENGTH + 1] = "";

	if (length != UUID_LENGTH + 1 || !is_uuid(value))
		return -EINVAL;
	for (int i = 0; i < UUID_LENGTH; i++)
		uuid[i] = (char)tolower((unsigned char)value[i]);
	if (strspn(uuid, "0-") == UUID_LENGTH)
		return -EINVAL;
	if (strcmp(region->uuid, uuid) == 0)
		return 0;
	if (region->config >= CONFIG_ACTIVE || somebody_has_uuid(fake, uuid))
		return -EBUSY;
	strcpy(region->uuid, uuid);
	return 0;
}

/* interleave_ways_store() */
int region_store_ways(struct fake *fake, int index, const char *value)
{
	unsigned int root_ways = decoder_at(fake, root_of(fake, index))->ways, ways;
	struct region *region = region_at(fake, index);
	int eiw, r;

	r = parse_uint(value, &ways);
	if (r == 0)
		r = ways_to_eiw(ways, &eiw);
	if (r < 0)
		return r;
	if (!is_power_of_two(ways / root_ways) || ways % root_ways != 0)
		return -EINVAL;
	if (region->config >= CONFIG_INTERLEAVE_ACTIVE)
		return -EBUSY;
	region->ways = ways;
	return 0;
}

/* interleave_granularity_store() */
int region_store_granularity(struct fake *fake, int index, const char *value)
{
	const struct decoder *root = decoder_at(fake, root_of(fake, index));
	struct region *region = region_at(fake, index);
	int granularity, eig, r;

	r = parse_int(value, &granularity);
	if (r == 0)
		r = granularity_to_eig(granularity, &eig);
	if (r < 0)
		return r;
	if (root->ways > 1 && (unsigned int)granularity != root->granularity)
		return -EINVAL;
	if (region->config >= CONFIG_INTERLEAVE_ACTIVE)
		return -EBUSY;
	region->granularity = (unsigned int)granularity;
	return 0;
}

/* __region_intersects(): nothing of that root decoder lies there yet. */
static bool is_free(struct fake *fake, int root, uint64_t start, uint64_t size)
{
	for (int i = 0; i < fake->n_objects; i++) {
		const struct object *object = object_at(fake, i);
		const struct region *region = &object->region;

		if (object->inode != 0 && object->kind == KIND_REGION && object->parent == root && region->size > 0 &&
		    region->start < start + size && start < region->start + region->size)
			return false;
	}
	return true;
}

/* get_free_mem_region(): 6.1 goes on by the size, later kernels by 256 MiB. */
static int place(struct fake *fake, int root, uint64_t size, uint64_t *ret_start)
{
	const struct decoder *window = decoder_at(fake, root);
	uint64_t step = fake->kernel < FAKE_KERNEL_6_12 ? size : SZ_256M;
	uint64_t start = (window->start + SZ_256M - 1) / SZ_256M * SZ_256M;

	for (; start < window->start + window->size && start + step > start; start += step) {
		if (!is_free(fake, root, start, size))
			continue;
		if (start + size > window->start + window->size || start + size < start)
			return -ERANGE;
		*ret_start = start;
		return 0;
	}
	return -ERANGE;
}

/* alloc_hpa() */
static int alloc_hpa(struct fake *fake, int index, uint64_t size)
{
	struct region *region = region_at(fake, index);
	int r;

	if (region->size == size)
		return 0;
	if (region->size != 0 || region->config >= CONFIG_INTERLEAVE_ACTIVE)
		return -EBUSY;
	if (region->ways == 0 || region->granularity == 0 || (region->mode == MODE_PMEM && region->uuid[0] == '\0'))
		return -ENXIO;
	if (size % (SZ_256M * region->ways) != 0)
		return -EINVAL;
	r = place(fake, root_of(fake, index), size, &region->start);
	if (r < 0)
		return r;
	region->size = size;
	region->config = CONFIG_INTERLEAVE_ACTIVE;
	return 0;
}

/* free_hpa() */
static int free_hpa(struct fake *fake, int index)
{
	struct region *region = region_at(fake, index);

	if (region->size == 0)
		return 0;
	if (region->config >= CONFIG_ACTIVE)
		return -EBUSY;
	region->size = 0;
	region->config = CONFIG_IDLE;
	return 0;
}

/* size_store() */
int region_store_size(struct fake *fake, int region, const char *value)
{
	uint64_t size;
	int r = parse_u64(value, &size);

	if (r < 0)
		return r;
	return size > 0 ? alloc_hpa(fake, region, size) : free_hpa(fake, region);
}

/* The way back from a commit takes the driver away first. */
static void reset(struct fake *fake, int index)
{
	struct region *region = region_at(fake, index);

	region->config = CONFIG_RESET_PENDING;
	region_release_driver(fake, index);
	decoders_reset(fake, index, (int)region->ways);
	region->config = CONFIG_ACTIVE;
}

/* commit_store() */
int region_store_commit(struct fake *fake, int index, const char *value)
{
	struct region *region = region_at(fake, index);
	bool commit;
	int r = parse_bool(value, &commit);

	if (r < 0)
		return r;
	if (commit == (region->config >= CONFIG_COMMIT) || (!commit && region->config < CONFIG_COMMIT))
		return 0;
	if (!commit) {
		reset(fake, index);
		return 0;
	}
	if (region->config < CONFIG_ACTIVE)
		return -ENXIO;
	r = decoders_commit(fake, index);
	if (r == 0)
		region->config = CONFIG_COMMIT;
	return r;
}

/* store_targetN(), detach_target() */
int region_store_target(struct fake *fake, int index, unsigned int position, const char *value)
{
	struct region *region = region_at(fake, index);
	int decoder;

	if (same_name("", value)) {
		if (position >= region->ways)
			return -ENXIO;
		if (region->targets[position] != NONE)
			region_detach(fake, region->targets[position]);
		return 0;
	}
	decoder = object_on_bus(fake, BUS_CXL, value);
	if (decoder == NONE)
		return -ENODEV;
	if (object_at(fake, decoder)->kind != KIND_ENDPOINT_DECODER)
		return -EINVAL;
	return region_attach(fake, index, decoder, (int)position);
}
