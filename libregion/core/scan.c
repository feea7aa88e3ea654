/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scan has two passes: the names, sorted; then the details of each object, which refer to others by
 * their place among the names. The parent of an object is the last but one component of the link in
 * the bus directory: ../../../devices/platform/ACPI0017:00/root0/port1/endpoint4/decoder4.0.
 */
#include "scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan-details.h"

static int add_name(struct snapshot *snapshot, const char *name)
{
	if (region_name_is_valid(REGION_NAME_PORT, name))
		return snapshot_add_port(snapshot, name) ? 0 : -ENOMEM;
	if (region_name_is_valid(REGION_NAME_DECODER, name))
		return snapshot_add_decoder(snapshot, name) ? 0 : -ENOMEM;
	if (region_name_is_valid(REGION_NAME_MEMDEV, name))
		return snapshot_add_memdev(snapshot, name) ? 0 : -ENOMEM;
	if (region_name_is_valid(REGION_NAME_REGION, name))
		return snapshot_add_region(snapshot, name) ? 0 : -ENOMEM;
	return 0; /* nvdimm bridges and the like */
}

static int add_entry(const char *name, void *userdata)
{
	return add_name(userdata, name);
}

int scan_fill(struct sysfs *sysfs, struct snapshot *snapshot)
{
	int r;

	snapshot->pmem_driver = scan_pmem_driver(sysfs);
	for (size_t i = 0; i < snapshot->n_ports; i++) {
		r = scan_port(sysfs, snapshot, &snapshot->ports[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < snapshot->n_memdevs; i++) {
		r = scan_memdev(sysfs, &snapshot->memdevs[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < snapshot->n_ports; i++) {
		r = scan_port_links(sysfs, snapshot, (int)i);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		r = scan_decoder(sysfs, snapshot, &snapshot->decoders[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < snapshot->n_regions; i++) {
		r = scan_region_details(sysfs, snapshot, &snapshot->regions[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int scan_all_once(struct sysfs *sysfs, struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r;

	r = snapshot_new(&snapshot);
	if (r < 0)
		return r;
	r = sysfs_list(sysfs, SYSFS_ROOT, SCAN_DEVICES, add_entry, snapshot);
	if (r < 0 && r != -ENOENT) /* no CXL bus: nothing is there */
		return r;
	snapshot_sort(snapshot);
	r = scan_fill(sysfs, snapshot);
	if (r < 0)
		return r;
	*ret_snapshot = steal_pointer(snapshot);
	return 0;
}

static bool is_gone(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO;
}

int scan_all(struct sysfs *sysfs, struct snapshot **ret_snapshot)
{
	for (int i = 0; i < SCAN_TRIES; i++) {
		int r = scan_all_once(sysfs, ret_snapshot);

		if (!is_gone(r))
			return r;
	}
	return -EAGAIN;
}

/* What a walk over one directory adds to the snapshot. */
struct below {
	struct snapshot *snapshot;
	const char *prefix;
};

static int add_below(const char *name, void *userdata)
{
	struct below *below = userdata;

	return strncmp(name, below->prefix, strlen(below->prefix)) == 0 ? add_name(below->snapshot, name) : 0;
}

/* Adds the ports in the text of a link, with their decoders, unless they are there already. */
static int add_ports(struct sysfs *sysfs, struct snapshot *snapshot, char *link)
{
	struct below decoders = { snapshot, "decoder" };
	char *state = NULL;
	int r;

	for (char *part = strtok_r(link, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
		char path[SYSFS_PATH_MAX];
		bool known = false;

		if (!region_name_is_valid(REGION_NAME_PORT, part))
			continue;
		for (size_t i = 0; i < snapshot->n_ports && !known; i++)
			known = strcmp(snapshot->ports[i].name, part) == 0;
		if (known)
			continue;
		if (!snapshot_add_port(snapshot, part))
			return -ENOMEM;
		snprintf(path, sizeof(path), SCAN_DEVICES "/%s", part);
		r = sysfs_list(sysfs, SYSFS_ROOT, path, add_below, &decoders);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Adds the ports above one target of the region, and the memdev at their end. */
static int add_target(struct sysfs *sysfs, struct snapshot *snapshot, const char *decoder)
{
	char path[SYSFS_PATH_MAX], link[SYSFS_PATH_MAX], memdev[SNAPSHOT_DEVICE_MAX];
	int r;

	if (!region_name_is_valid(REGION_NAME_DECODER, decoder))
		return 0; /* an empty position */
	snprintf(path, sizeof(path), SCAN_DEVICES "/%s", decoder);
	r = sysfs_link(sysfs, SYSFS_ROOT, path, link, sizeof(link));
	if (r < 0)
		return r;
	r = add_ports(sysfs, snapshot, link);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), SCAN_DEVICES "/%s/../uport", decoder);
	r = sysfs_link_base(sysfs, SYSFS_ROOT, path, memdev, sizeof(memdev));
	return r < 0 ? r : add_name(snapshot, memdev);
}

static int add_targets(struct sysfs *sysfs, struct snapshot *snapshot, int dir)
{
	uint64_t ways = 0;
	int r;

	r = sysfs_read_u64(sysfs, dir, "interleave_ways", &ways);
	if (r < 0)
		return r;
	for (uint64_t i = 0; i < ways && i < REGION_WAYS_MAX; i++) {
		char attribute[SYSFS_PATH_MAX], decoder[REGION_NAME_MAX];

		snprintf(attribute, sizeof(attribute), "target%u", (unsigned int)i);
		r = sysfs_read(sysfs, dir, attribute, decoder, sizeof(decoder));
		if (r >= 0)
			r = add_target(sysfs, snapshot, decoder);
		if (r < 0)
			return r;
	}
	return 0;
}

static int scan_region_once(struct sysfs *sysfs, const char *name, struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct below regions = { .prefix = "region" };
	char path[SYSFS_PATH_MAX], link[SYSFS_PATH_MAX];
	int dir, r;

	r = snapshot_new(&snapshot);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), SCAN_DEVICES "/%s", name);
	dir = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (dir < 0)
		return dir;
	r = sysfs_link(sysfs, SYSFS_ROOT, path, link, sizeof(link));
	if (r >= 0)
		r = add_ports(sysfs, snapshot, link);
	regions.snapshot = snapshot;
	if (r >= 0)
		r = sysfs_list(sysfs, SYSFS_ROOT, SCAN_DEVICES, add_below, &regions);
	if (r >= 0)
		r = add_targets(sysfs, snapshot, dir);
	sysfs_close(sysfs, dir);
	if (r < 0)
		return r;
	snapshot_sort(snapshot);
	r = scan_fill(sysfs, snapshot);
	if (r < 0)
		return r;
	if (snapshot_find_region(snapshot, name) == SNAPSHOT_NONE)
		return -ENOENT;
	*ret_snapshot = steal_pointer(snapshot);
	return 0;
}

int scan_region(struct sysfs *sysfs, const char *name, struct snapshot **ret_snapshot)
{
	uint64_t inode;

	for (int i = 0; i < SCAN_TRIES; i++) {
		int r = scan_region_once(sysfs, name, ret_snapshot);

		if (!is_gone(r))
			return r;
		r = scan_generation(sysfs, name, &inode);
		if (r < 0)
			return r;
	}
	return -EAGAIN;
}

int scan_generation(struct sysfs *sysfs, const char *name, uint64_t *ret_inode)
{
	char path[SYSFS_PATH_MAX];
	int dir, r;

	snprintf(path, sizeof(path), SCAN_DEVICES "/%s", name);
	dir = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (dir < 0)
		return is_gone(dir) ? -ENOENT : dir;
	r = sysfs_inode(sysfs, dir, ret_inode);
	sysfs_close(sysfs, dir);
	return r;
}

bool scan_pmem_driver(struct sysfs *sysfs)
{
	int dir = sysfs_open(sysfs, SYSFS_ROOT, SCAN_DRIVERS "/cxl_pmem_region");

	sysfs_close(sysfs, dir);
	return dir > 0;
}
