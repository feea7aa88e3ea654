/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A scan has two passes: the names, sorted; then the details of each object, which refer to others by
 * their place among the names. Where the names are those of an earlier snapshot, only what can change is
 * read: that is a tenth of the work. The parent of an object is the last but one component of the link in
 * the bus directory: ../../../devices/platform/ACPI0017:00/root0/port1/endpoint4/decoder4.0.
 */
#include "scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scan-details.h"

static bool add_member(struct snapshot *snapshot, const char *name)
{
	if (region_name_is_valid(REGION_NAME_PORT, name))
		return snapshot_add_port(snapshot, name);
	if (region_name_is_valid(REGION_NAME_DECODER, name))
		return snapshot_add_decoder(snapshot, name);
	return snapshot_add_memdev(snapshot, name);
}

/* What the bus has; of what is no region only the sum, where that is enough. */
struct names {
	struct snapshot *snapshot;
	bool summed;
};

static int add_entry(const char *name, uint64_t inode, void *userdata)
{
	const struct names *names = userdata;
	struct snapshot *snapshot = names->snapshot;

	if (region_name_is_valid(REGION_NAME_REGION, name))
		return snapshot_add_region(snapshot, name) ? 0 : -ENOMEM;
	if (!region_name_is_valid(REGION_NAME_DECODER, name) && !region_name_is_valid(REGION_NAME_PORT, name) &&
	    !region_name_is_valid(REGION_NAME_MEMDEV, name))
		return 0; /* nvdimm bridges and the like */
	/* The sum does not depend on the order; a device that comes again has another inode. */
	snapshot->members += (inode + 1) * 0x9e3779b97f4a7c15u;
	return names->summed || add_member(snapshot, name) ? 0 : -ENOMEM;
}

/* The names of all that is there; or, summed, of the regions alone. */
static int scan_names(struct sysfs *sysfs, bool summed, struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct names names = { .summed = summed };
	int r;

	r = snapshot_new(&snapshot);
	if (r < 0)
		return r;
	names.snapshot = snapshot;
	r = sysfs_list(sysfs, SYSFS_ROOT, SCAN_DEVICES, add_entry, &names);
	if (r < 0 && r != -ENOENT) /* no CXL bus: nothing is there */
		return r;
	snapshot_sort(snapshot);
	snapshot->pmem_driver = scan_pmem_driver(sysfs);
	*ret_snapshot = steal_pointer(snapshot);
	return 0;
}

static int fill_topology(struct sysfs *sysfs, struct snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < snapshot->n_ports; i++)
		r = scan_port(sysfs, snapshot, &snapshot->ports[i]);
	for (size_t i = 0; r >= 0 && i < snapshot->n_memdevs; i++)
		r = scan_memdev(sysfs, &snapshot->memdevs[i]);
	for (size_t i = 0; r >= 0 && i < snapshot->n_ports; i++)
		r = scan_port_links(sysfs, snapshot, (int)i);
	for (size_t i = 0; r >= 0 && i < snapshot->n_decoders; i++)
		r = scan_decoder(sysfs, snapshot, &snapshot->decoders[i]);
	return r;
}

/* One that goes meanwhile is left out: on a busy host there may always be one. */
static int fill_regions(struct sysfs *sysfs, struct snapshot *snapshot)
{
	int r = 0;

	for (size_t i = snapshot->n_regions; r >= 0 && i-- > 0;) {
		r = scan_region_details(sysfs, snapshot, &snapshot->regions[i]);
		if (!scan_is_gone(r))
			continue;
		snapshot_remove_region(snapshot, (int)i);
		r = 0;
	}
	return r;
}

/* The names of the regions that are there now, on the topology that was there before. */
static int take_known(const struct snapshot *known, struct snapshot *names, struct snapshot **ret_snapshot)
{
	struct snapshot *snapshot;
	int r = snapshot_copy_topology(known, &snapshot);

	if (r < 0)
		return r;
	snapshot->pmem_driver = names->pmem_driver;
	snapshot->regions = steal_pointer(names->regions);
	snapshot->n_regions = names->n_regions;
	names->n_regions = 0;
	*ret_snapshot = snapshot;
	return 0;
}

/* What a scan is after. */
struct scope {
	const char *region;  /* only what it touches; NULL for all */
	const char *decoder; /* only what lies below it; NULL for all */
	bool all;	     /* also what no plan needs: drivers of memdevs, how decoders in use are set */
};

static bool is_in_scope(const struct snapshot *snapshot, const struct scope *scope, int port)
{
	int region = scope->region ? snapshot_find_region(snapshot, scope->region) : SNAPSHOT_NONE;
	int decoder = scope->decoder ? snapshot_find_decoder(snapshot, scope->decoder) : SNAPSHOT_NONE;

	if (region != SNAPSHOT_NONE)
		return snapshot_region_uses_port(snapshot, &snapshot->regions[region], port);
	if (decoder != SNAPSHOT_NONE && snapshot->decoders[decoder].kind == DECODER_ROOT)
		return snapshot_decoder_reaches_port(snapshot, &snapshot->decoders[decoder], port);
	return true;
}

/* Reads again what can change in the ports of the scope. */
static int refresh(struct sysfs *sysfs, struct snapshot *snapshot, const struct scope *scope)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < snapshot->n_ports; i++) {
		struct port *port = &snapshot->ports[i];

		if (!is_in_scope(snapshot, scope, (int)i))
			continue;
		r = scan_port_state(sysfs, port);
		if (r >= 0 && scope->all && port->memdev != SNAPSHOT_NONE)
			r = scan_memdev_state(sysfs, &snapshot->memdevs[port->memdev]);
		for (size_t k = 0; r >= 0 && k < snapshot->n_decoders; k++)
			if (snapshot->decoders[k].port == (int)i)
				r = scan_decoder_state(sysfs, snapshot, &snapshot->decoders[k], scope->all);
	}
	return r;
}

/* Reads again what can change in the targets of a region. */
static int refresh_targets(struct sysfs *sysfs, struct snapshot *snapshot, const char *name)
{
	const struct region *region = &snapshot->regions[snapshot_find_region(snapshot, name)];
	int r = 0;

	for (unsigned int i = 0; r >= 0 && i < region->ways && i < REGION_WAYS_MAX; i++)
		if (region->targets[i] != SNAPSHOT_NONE)
			r = scan_decoder_state(sysfs, snapshot, &snapshot->decoders[region->targets[i]], false);
	return r;
}

static int scan_anew(struct sysfs *sysfs, struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r = scan_names(sysfs, false, &snapshot);

	if (r >= 0)
		r = fill_topology(sysfs, snapshot);
	if (r >= 0)
		r = fill_regions(sysfs, snapshot);
	if (r >= 0)
		*ret_snapshot = steal_pointer(snapshot);
	return r;
}

/* The region alone, on the topology that was there before. */
static int scan_known(struct sysfs *sysfs, const struct snapshot *known, const char *name,
		      struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r = snapshot_copy_topology(known, &snapshot);

	if (r >= 0)
		r = snapshot_add_region(snapshot, name) ? 0 : -ENOMEM;
	if (r >= 0)
		r = fill_regions(sysfs, snapshot);
	if (r >= 0)
		r = snapshot->n_regions == 0 ? -ENOENT : refresh_targets(sysfs, snapshot, name);
	if (r >= 0)
		*ret_snapshot = steal_pointer(snapshot);
	return r;
}

/* One scan; only of its scope where the rest is known. */
static int scan_once(struct sysfs *sysfs, const struct snapshot *known, const struct scope *scope,
		     struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *names = NULL;
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r;

	r = known ? scan_names(sysfs, true, &names) : 0;
	if (r < 0)
		return r;
	if (!known || known->members != names->members)
		return scan_anew(sysfs, ret_snapshot);
	r = take_known(known, names, &snapshot);
	if (r >= 0)
		r = fill_regions(sysfs, snapshot);
	if (r >= 0)
		r = refresh(sysfs, snapshot, scope);
	if (r >= 0)
		*ret_snapshot = steal_pointer(snapshot);
	return r;
}

bool scan_is_gone(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO;
}

/* A port takes some time to come or to go: longer each time, about a second in all. */
static void let_settle(int tries)
{
	const struct timespec pause = { .tv_nsec = 1000000l << tries };

	nanosleep(&pause, NULL);
}

static int scan(struct sysfs *sysfs, const struct snapshot *known, const struct scope *scope,
		struct snapshot **ret_snapshot)
{
	for (int i = 0; i < SCAN_TRIES; i++) {
		int r = scan_once(sysfs, known, scope, ret_snapshot);

		if (!scan_is_gone(r))
			return r;
		let_settle(i);
	}
	return -EAGAIN;
}

int scan_all(struct sysfs *sysfs, const struct snapshot *known, struct snapshot **ret_snapshot)
{
	const struct scope scope = { .all = true };

	return scan(sysfs, known, &scope, ret_snapshot);
}

int scan_use(struct sysfs *sysfs, const struct snapshot *known, const char *decoder, struct snapshot **ret_snapshot)
{
	const struct scope scope = { .decoder = decoder };

	return scan(sysfs, known, &scope, ret_snapshot);
}

static int scan_one(struct sysfs *sysfs, const struct snapshot *known, const struct scope *scope,
		    struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r;

	r = scan(sysfs, known, scope, &snapshot);
	if (r < 0)
		return r;
	if (snapshot_find_region(snapshot, scope->region) == SNAPSHOT_NONE)
		return -ENOENT;
	*ret_snapshot = steal_pointer(snapshot);
	return 0;
}

int scan_region(struct sysfs *sysfs, const struct snapshot *known, const char *name, struct snapshot **ret_snapshot)
{
	const struct scope scope = { .region = name };

	return scan_one(sysfs, known, &scope, ret_snapshot);
}

int scan_region_alone(struct sysfs *sysfs, const struct snapshot *known, const char *name,
		      struct snapshot **ret_snapshot)
{
	int r = known ? scan_known(sysfs, known, name, ret_snapshot) : -ENOENT;

	/* It is gone, or its targets are not those that are known. */
	return scan_is_gone(r) ? scan_region(sysfs, known, name, ret_snapshot) : r;
}

int scan_generation(struct sysfs *sysfs, const char *name, uint64_t *ret_inode)
{
	char path[SYSFS_PATH_MAX];
	int r;

	sysfs_join(path, SCAN_DEVICES, name, NULL);
	r = sysfs_inode_at(sysfs, SYSFS_ROOT, path, ret_inode);
	return scan_is_gone(r) ? -ENOENT : r;
}

bool scan_pmem_driver(struct sysfs *sysfs)
{
	uint64_t inode;

	return sysfs_inode_at(sysfs, SYSFS_ROOT, SCAN_DRIVERS "/cxl_pmem_region", &inode) == 0;
}
