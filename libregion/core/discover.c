/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcxl is walked twice, as a scan has two passes: for the names, and, once they are sorted and can be
 * referred to, for the details.
 */
#include "discover.h"

#include <cxl/libcxl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "scan-details.h"

/* There as long as udev has something to do. */
#define UDEV_QUEUE     "/run/udev/queue"
#define UDEV_PERIOD_MS 20
#define UDEV_TRIES     100

typedef int (*port_fn)(struct snapshot *snapshot, struct cxl_port *port);

/* Calls back for a port and all below it, endpoints included. */
static int walk_ports(struct snapshot *snapshot, struct cxl_port *port, port_fn visit)
{
	struct cxl_endpoint *endpoint;
	struct cxl_port *child;
	int r;

	r = visit(snapshot, port);
	if (r < 0)
		return r;
	cxl_port_foreach (port, child) {
		r = walk_ports(snapshot, child, visit);
		if (r < 0)
			return r;
	}
	cxl_endpoint_foreach (port, endpoint) {
		r = visit(snapshot, cxl_endpoint_get_port(endpoint));
		if (r < 0)
			return r;
	}
	return 0;
}

static int walk(struct snapshot *snapshot, struct cxl_ctx *ctx, port_fn visit)
{
	struct cxl_bus *bus;
	int r;

	cxl_bus_foreach (ctx, bus) {
		r = walk_ports(snapshot, cxl_bus_get_port(bus), visit);
		if (r < 0)
			return r;
	}
	return 0;
}

/* -- names ------------------------------------------------------------- */

static int name_port(struct snapshot *snapshot, struct cxl_port *cxl_port)
{
	struct cxl_decoder *decoder;
	struct cxl_region *region;

	if (!snapshot_add_port(snapshot, cxl_port_get_devname(cxl_port)))
		return -ENOMEM;
	cxl_decoder_foreach (cxl_port, decoder) {
		if (!snapshot_add_decoder(snapshot, cxl_decoder_get_devname(decoder)))
			return -ENOMEM;
		if (!cxl_port_is_root(cxl_port))
			continue;
		cxl_region_foreach (decoder, region)
			if (!snapshot_add_region(snapshot, cxl_region_get_devname(region)))
				return -ENOMEM;
	}
	return 0;
}

static int name_all(struct snapshot *snapshot, struct cxl_ctx *ctx)
{
	struct cxl_memdev *memdev;

	cxl_memdev_foreach (ctx, memdev)
		if (!snapshot_add_memdev(snapshot, cxl_memdev_get_devname(memdev)))
			return -ENOMEM;
	return walk(snapshot, ctx, name_port);
}

/* -- details ----------------------------------------------------------- */

static enum port_kind port_kind(struct cxl_port *cxl_port)
{
	if (cxl_port_is_root(cxl_port))
		return PORT_ROOT;
	if (cxl_port_is_endpoint(cxl_port))
		return PORT_ENDPOINT;
	return cxl_port_is_root(cxl_port_get_parent(cxl_port)) ? PORT_BRIDGE : PORT_SWITCH;
}

static int fill_dports(struct port *port, struct cxl_port *cxl_port)
{
	struct cxl_dport *dport;
	int r;

	if (port->kind == PORT_ENDPOINT)
		return 0;
	cxl_dport_foreach (cxl_port, dport) {
		r = port_add_dport(port, cxl_dport_get_id(dport), cxl_dport_get_devname(dport));
		if (r < 0)
			return r;
	}
	return 0;
}

static void fill_root_decoder(struct decoder *decoder, struct cxl_decoder *cxl_decoder)
{
	decoder->can_pmem = cxl_decoder_is_pmem_capable(cxl_decoder);
	decoder->can_ram = cxl_decoder_is_volatile_capable(cxl_decoder);
}

static void fill_endpoint_decoder(struct decoder *decoder, struct cxl_decoder *cxl_decoder)
{
	switch (cxl_decoder_get_mode(cxl_decoder)) {
	case CXL_DECODER_MODE_PMEM:
		decoder->mode = DECODER_MODE_PMEM;
		break;
	case CXL_DECODER_MODE_RAM:
		decoder->mode = DECODER_MODE_RAM;
		break;
	case CXL_DECODER_MODE_MIXED:
		decoder->mode = DECODER_MODE_MIXED;
		break;
	case CXL_DECODER_MODE_NONE:
		decoder->mode = DECODER_MODE_NONE;
		break;
	}
	decoder->dpa_size = cxl_decoder_get_dpa_size(cxl_decoder);
	decoder->dpa_start = cxl_decoder_get_dpa_resource(cxl_decoder);
}

static void fill_targets(struct decoder *decoder, struct cxl_decoder *cxl_decoder)
{
	struct cxl_target *target;

	cxl_target_foreach (cxl_decoder, target) {
		int position = cxl_target_get_position(target);

		if (position < 0 || position >= SNAPSHOT_TARGETS_MAX)
			continue;
		decoder->targets[position] = (int)cxl_target_get_id(target);
		if ((size_t)position >= decoder->n_targets)
			decoder->n_targets = (size_t)position + 1;
	}
}

static void fill_region(struct snapshot *snapshot, struct decoder *root, struct cxl_region *cxl_region)
{
	struct region *region = &snapshot->regions[snapshot_find_region(snapshot, cxl_region_get_devname(cxl_region))];
	struct cxl_memdev_mapping *mapping;
	uuid_t uuid;

	region->root_decoder = (int)(root - snapshot->decoders);
	region->start = cxl_region_get_resource(cxl_region);
	region->size = cxl_region_get_size(cxl_region);
	region->ways = cxl_region_get_interleave_ways(cxl_region);
	region->granularity = cxl_region_get_interleave_granularity(cxl_region);
	region->committed = cxl_region_decode_is_committed(cxl_region);
	region->bound = cxl_region_is_enabled(cxl_region);
	cxl_region_get_uuid(cxl_region, uuid);
	if (!uuid_is_null(uuid))
		uuid_unparse_lower(uuid, region->uuid);
	cxl_mapping_foreach (cxl_region, mapping) {
		struct cxl_decoder *target = cxl_mapping_get_decoder(mapping);
		unsigned int position = cxl_mapping_get_position(mapping);

		if (target && position < REGION_WAYS_MAX)
			region->targets[position] = snapshot_find_decoder(snapshot, cxl_decoder_get_devname(target));
	}
}

static void fill_decoder(struct snapshot *snapshot, struct port *port, struct cxl_decoder *cxl_decoder)
{
	int index = snapshot_find_decoder(snapshot, cxl_decoder_get_devname(cxl_decoder));
	struct decoder *decoder = &snapshot->decoders[index];
	struct cxl_region *region;

	decoder->port = (int)(port - snapshot->ports);
	decoder->kind = port->kind == PORT_ROOT	      ? DECODER_ROOT
			: port->kind == PORT_ENDPOINT ? DECODER_ENDPOINT
						      : DECODER_SWITCH;
	decoder->id = cxl_decoder_get_id(cxl_decoder);
	decoder->start = cxl_decoder_get_resource(cxl_decoder);
	decoder->size = cxl_decoder_get_size(cxl_decoder);
	decoder->ways = cxl_decoder_get_interleave_ways(cxl_decoder);
	decoder->granularity = cxl_decoder_get_interleave_granularity(cxl_decoder);
	decoder->locked = cxl_decoder_is_locked(cxl_decoder);
	if (decoder->kind == DECODER_ROOT)
		fill_root_decoder(decoder, cxl_decoder);
	if (decoder->kind == DECODER_ENDPOINT)
		fill_endpoint_decoder(decoder, cxl_decoder);
	else
		fill_targets(decoder, cxl_decoder);
	if (decoder->kind == DECODER_ROOT) {
		cxl_region_foreach (cxl_decoder, region)
			fill_region(snapshot, decoder, region);
		return;
	}
	region = cxl_decoder_get_region(cxl_decoder);
	if (region)
		decoder->region = snapshot_find_region(snapshot, cxl_region_get_devname(region));
}

static int fill_port(struct snapshot *snapshot, struct cxl_port *cxl_port)
{
	struct port *port = &snapshot->ports[snapshot_find_port(snapshot, cxl_port_get_devname(cxl_port))];
	struct cxl_decoder *decoder;

	port->kind = port_kind(cxl_port);
	if (port->kind != PORT_ROOT)
		port->parent = snapshot_find_port(snapshot, cxl_port_get_devname(cxl_port_get_parent(cxl_port)));
	port->bound = port->kind == PORT_ROOT || cxl_port_is_enabled(cxl_port);
	snprintf(port->uport, sizeof(port->uport), "%s", cxl_port_get_host(cxl_port));
	cxl_decoder_foreach (cxl_port, decoder)
		fill_decoder(snapshot, port, decoder);
	return fill_dports(port, cxl_port);
}

static void fill_memdev(struct snapshot *snapshot, struct cxl_memdev *cxl_memdev)
{
	int index = snapshot_find_memdev(snapshot, cxl_memdev_get_devname(cxl_memdev));
	struct memdev *memdev = &snapshot->memdevs[index];

	memdev->serial = cxl_memdev_get_serial(cxl_memdev);
	memdev->pmem_size = cxl_memdev_get_pmem_size(cxl_memdev);
	memdev->ram_size = cxl_memdev_get_ram_size(cxl_memdev);
	memdev->numa_node = cxl_memdev_get_numa_node(cxl_memdev);
	memdev->bound = cxl_memdev_is_enabled(cxl_memdev);
	snprintf(memdev->host, sizeof(memdev->host), "%s", cxl_memdev_get_host(cxl_memdev));
}

/* -- what libcxl does not tell ----------------------------------------- */

static int complete_port(struct sysfs *sysfs, struct snapshot *snapshot, int index)
{
	int dir = scan_open(sysfs, snapshot->ports[index].name), r;

	if (dir < 0)
		return dir;
	r = scan_port_rest(sysfs, dir, &snapshot->ports[index]);
	sysfs_close(sysfs, dir);
	return r < 0 ? r : scan_port_links(sysfs, snapshot, index);
}

static int complete_memdev(struct sysfs *sysfs, struct memdev *memdev)
{
	int dir = scan_open(sysfs, memdev->name), r;

	if (dir < 0)
		return dir;
	r = scan_memdev_rest(sysfs, dir, memdev);
	sysfs_close(sysfs, dir);
	return r;
}

static int complete_decoder(struct sysfs *sysfs, struct decoder *decoder)
{
	int dir = scan_open(sysfs, decoder->name), r;

	if (dir < 0)
		return dir;
	r = scan_decoder_rest(sysfs, dir, decoder);
	sysfs_close(sysfs, dir);
	return r;
}

static int complete_region(struct sysfs *sysfs, struct region *region)
{
	int dir = scan_open(sysfs, region->name), r;

	if (dir < 0)
		return dir;
	r = scan_region_rest(sysfs, dir, region);
	sysfs_close(sysfs, dir);
	return r;
}

static int complete(struct sysfs *sysfs, struct snapshot *snapshot)
{
	int r = 0;

	snapshot->pmem_driver = scan_pmem_driver(sysfs);
	for (size_t i = 0; r >= 0 && i < snapshot->n_ports; i++)
		r = complete_port(sysfs, snapshot, (int)i);
	for (size_t i = 0; r >= 0 && i < snapshot->n_memdevs; i++)
		r = complete_memdev(sysfs, &snapshot->memdevs[i]);
	for (size_t i = 0; r >= 0 && i < snapshot->n_decoders; i++)
		r = complete_decoder(sysfs, &snapshot->decoders[i]);
	for (size_t i = 0; r >= 0 && i < snapshot->n_regions; i++)
		r = complete_region(sysfs, &snapshot->regions[i]);
	return r;
}

static void cleanup_cxl(struct cxl_ctx **ctx)
{
	if (*ctx)
		cxl_unref(*ctx);
}

/*
 * libcxl waits for udev before it enumerates: if udev is at work just then it sleeps for whole seconds between two
 * looks, up to five. After a daemon died in the middle of a create, udev mostly is, for some tenths of one.
 */
static void wait_for_udev(void)
{
	const struct timespec period = { .tv_nsec = UDEV_PERIOD_MS * 1000000l };

	for (int i = 0; i < UDEV_TRIES && access(UDEV_QUEUE, F_OK) == 0; i++)
		nanosleep(&period, NULL);
}

int discover_all(struct sysfs *sysfs, struct snapshot **ret_snapshot)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	CLEANUP(cleanup_cxl) struct cxl_ctx *ctx = NULL;
	struct cxl_memdev *memdev;
	int r;

	wait_for_udev();
	r = cxl_new(&ctx);
	if (r >= 0)
		r = snapshot_new(&snapshot);
	if (r >= 0)
		r = name_all(snapshot, ctx);
	if (r < 0)
		return r;
	snapshot_sort(snapshot);
	cxl_memdev_foreach (ctx, memdev)
		fill_memdev(snapshot, memdev);
	r = walk(snapshot, ctx, fill_port);
	if (r < 0)
		return r;
	snapshot_sort(snapshot); /* the dports of each port */
	r = complete(sysfs, snapshot);
	if (r < 0)
		return r;
	*ret_snapshot = steal_pointer(snapshot);
	return 0;
}
