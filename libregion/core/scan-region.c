/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a scan reads of a region. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan-details.h"

/* All zero is the kernel's way to say that a region has no uuid. */
static void take_uuid(const char *text, struct region *region)
{
	if (region_uuid_is_valid(text))
		strcpy(region->uuid, text);
}

static int read_targets(struct sysfs *sysfs, const struct snapshot *snapshot, struct region *region)
{
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++) {
		char attribute[16], decoder[REGION_NAME_MAX];
		int r;

		snprintf(attribute, sizeof(attribute), "target%u", i);
		r = scan_state_text(sysfs, region->name, attribute, decoder, sizeof(decoder));
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		region->targets[i] = snapshot_find_decoder(snapshot, decoder);
		if (region->targets[i] == SNAPSHOT_NONE)
			return -ENOENT; /* it came after the names were listed */
	}
	return 0;
}

static enum region_type parse_type(const char *mode)
{
	return strcmp(mode, "ram") == 0 ? REGION_TYPE_RAM : REGION_TYPE_PMEM;
}

int scan_region_rest(struct sysfs *sysfs, int dir, struct region *region)
{
	char mode[16];

	/* Linux 6.1 has no mode: all its regions are pmem. */
	if (sysfs_read(sysfs, dir, "mode", mode, sizeof(mode)) > 0)
		region->type = parse_type(mode);
	return sysfs_inode(sysfs, dir, &region->inode);
}

static int read_resource(struct sysfs *sysfs, struct region *region)
{
	int r = scan_state_u64(sysfs, region->name, "resource", &region->start);

	return r == -ENOENT || r == -EBADMSG || r == -EOPNOTSUPP ? 0 : r;
}

/* Each region has these attributes: one that does not is gone. */
static int read_region(struct sysfs *sysfs, const struct snapshot *snapshot, struct region *region)
{
	uint64_t commit = 0, ways = 0, granularity = 0;
	char text[64];
	int r;

	if (scan_state_text(sysfs, region->name, "mode", text, sizeof(text)) > 0)
		region->type = parse_type(text);
	r = scan_state_u64(sysfs, region->name, "commit", &commit);
	if (r >= 0)
		r = scan_state_u64(sysfs, region->name, "size", &region->size);
	if (r >= 0)
		r = read_resource(sysfs, region);
	if (r >= 0)
		r = scan_state_u64(sysfs, region->name, "interleave_ways", &ways);
	if (r >= 0)
		r = scan_state_u64(sysfs, region->name, "interleave_granularity", &granularity);
	if (r >= 0 && scan_state_text(sysfs, region->name, "uuid", text, sizeof(text)) > 0)
		take_uuid(text, region);
	region->committed = commit == 1;
	region->ways = (unsigned int)ways;
	region->granularity = (unsigned int)granularity;
	if (r >= 0)
		r = scan_state_bound(sysfs, region->name, &region->bound);
	return r < 0 ? r : read_targets(sysfs, snapshot, region);
}

/* It is read by name: what came of another region of that name in between is not believed. */
static int read_same_region(struct sysfs *sysfs, const struct snapshot *snapshot, struct region *region)
{
	uint64_t inode = 0;
	int r;

	r = scan_generation(sysfs, region->name, &region->inode);
	if (r >= 0)
		r = read_region(sysfs, snapshot, region);
	if (r >= 0)
		r = scan_generation(sysfs, region->name, &inode);
	return r < 0 ? r : inode == region->inode ? 0 : -ENODEV;
}

int scan_region_details(struct sysfs *sysfs, struct snapshot *snapshot, struct region *region)
{
	char parent[SNAPSHOT_DEVICE_MAX];
	int r;

	r = scan_parent(sysfs, region->name, parent, sizeof(parent));
	if (r < 0)
		return r;
	region->root_decoder = snapshot_find_decoder(snapshot, parent);
	return region->root_decoder == SNAPSHOT_NONE ? -ENOENT : read_same_region(sysfs, snapshot, region);
}
