/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attributes of each kind of object: which there are, what they show, which rule takes what is written. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define SHOW(name) static int show_##name(const struct fake *fake, int object, unsigned int n, char *text)

static const struct decoder *decoder_of(const struct fake *fake, int object)
{
	return &fake->objects[object].decoder;
}

static const struct region *region_of(const struct fake *fake, int object)
{
	return &fake->objects[object].region;
}

static int emit(char *text, const char *line)
{
	return sprintf(text, "%s\n", line);
}

static int emit_hex(char *text, uint64_t number)
{
	return sprintf(text, "0x%" PRIx64 "\n", number);
}

static int emit_number(char *text, int64_t number)
{
	return sprintf(text, "%" PRId64 "\n", number);
}

static const char *mode_name(enum mode mode)
{
	switch (mode) {
	case MODE_NONE:
		return "none";
	case MODE_PMEM:
		return "pmem";
	case MODE_RAM:
		return "ram";
	}
	return "";
}

/* -- decoders -------------------------------------------------------------- */

SHOW(one)
{
	return emit_number(text, 1);
}

SHOW(zero)
{
	return emit_number(text, 0);
}

SHOW(start)
{
	return emit_hex(text, decoder_of(fake, object)->start);
}

SHOW(size)
{
	return emit_hex(text, decoder_of(fake, object)->size);
}

SHOW(ways)
{
	return emit_number(text, decoder_of(fake, object)->ways);
}

SHOW(granularity)
{
	return emit_number(text, decoder_of(fake, object)->granularity);
}

/* emit_target_list() */
SHOW(target_list)
{
	const struct decoder *decoder = decoder_of(fake, object);
	const struct port *port = &fake->objects[fake->objects[object].parent].port;
	int length = 0;

	for (unsigned int i = 0; i < decoder->ways && decoder->targets[i] != NONE; i++)
		length += sprintf(text + length, "%s%d", i > 0 ? "," : "", port->dports[decoder->targets[i]].id);
	return length + sprintf(text + length, "\n");
}

SHOW(decoder_region)
{
	int region = decoder_of(fake, object)->region;

	return emit(text, region == NONE ? "" : fake->objects[region].name);
}

SHOW(next_region)
{
	return sprintf(text, "region%d\n", decoder_of(fake, object)->next_region);
}

SHOW(decoder_mode)
{
	return emit(text, mode_name(decoder_of(fake, object)->mode));
}

SHOW(dpa_size)
{
	return sprintf(text, "0x%016" PRIx64 "\n", decoder_of(fake, object)->dpa_size);
}

SHOW(dpa_resource)
{
	const struct decoder *decoder = decoder_of(fake, object);

	return emit_hex(text, decoder->dpa_size > 0 ? decoder->dpa_start : UINT64_MAX);
}

SHOW(expander)
{
	return emit(text, "expander");
}

static int store_create_pmem(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_create(fake, object, MODE_PMEM, value);
}

static int store_create_ram(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_create(fake, object, MODE_RAM, value);
}

static int store_delete(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_delete(fake, object, value);
}

static int store_mode(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return dpa_store_mode(fake, object, value);
}

static int store_dpa_size(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return dpa_store_size(fake, object, value);
}

/* -- regions ----------------------------------------------------------------- */

SHOW(uuid)
{
	const struct region *region = region_of(fake, object);

	if (region->mode != MODE_PMEM)
		return emit(text, "");
	return emit(text, region->uuid[0] ? region->uuid : "00000000-0000-0000-0000-000000000000");
}

SHOW(commit)
{
	return emit_number(text, region_of(fake, object)->config >= CONFIG_COMMIT);
}

SHOW(region_ways)
{
	return emit_number(text, region_of(fake, object)->ways);
}

SHOW(region_granularity)
{
	return emit_number(text, region_of(fake, object)->granularity);
}

SHOW(resource)
{
	const struct region *region = region_of(fake, object);

	return emit_hex(text, region->size > 0 ? region->start : UINT64_MAX);
}

SHOW(region_size)
{
	return emit_hex(text, region_of(fake, object)->size);
}

SHOW(region_mode)
{
	return emit(text, mode_name(region_of(fake, object)->mode));
}

SHOW(target)
{
	int target = region_of(fake, object)->targets[n];

	return emit(text, target == NONE ? "" : fake->objects[target].name);
}

/* cxl_region_target_visible() */
static bool target_visible(const struct fake *fake, int object, unsigned int n)
{
	return n < region_of(fake, object)->ways;
}

static int store_uuid(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	/* cxl_region_visible(): a ram region's cannot be written */
	return region_of(fake, object)->mode == MODE_PMEM ? region_store_uuid(fake, object, value, length) : -EACCES;
}

static int store_ways(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_store_ways(fake, object, value);
}

static int store_granularity(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_store_granularity(fake, object, value);
}

static int store_size(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_store_size(fake, object, value);
}

static int store_commit(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_store_commit(fake, object, value);
}

static int store_target(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return region_store_target(fake, object, n, value);
}

/* -- ports, memdevs, the rest --------------------------------------------------- */

SHOW(decoders_committed)
{
	return emit_number(text, fake->objects[object].port.commit_end + 1);
}

SHOW(serial)
{
	return emit_hex(text, fake->objects[object].memdev.serial);
}

SHOW(numa_node)
{
	return emit_number(text, -1);
}

SHOW(partition_size)
{
	const struct memdev *memdev = &fake->objects[fake->objects[object].parent].memdev;

	return emit_hex(text, fake->objects[object].partition == MODE_PMEM ? memdev->pmem : memdev->ram);
}

SHOW(provider)
{
	return emit(text, "CXL");
}

/* Whoever reads it waits until libnvdimm is through. */
SHOW(wait_probe)
{
	nd_settle((struct fake *)fake);
	return emit(text, "1");
}

SHOW(nd_region_size)
{
	return emit_number(text,
			   (int64_t)region_of(fake, object_on_bus(fake, BUS_CXL, fake->objects[object].name))->size);
}

SHOW(nothing)
{
	return emit(text, "");
}

static int store_flush(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return bus_flush(fake, value);
}

static int store_bind(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return driver_store_bind(fake, object, value);
}

static int store_unbind(struct fake *fake, int object, unsigned int n, const char *value, size_t length)
{
	return driver_store_unbind(fake, object, value);
}

#define ANY FAKE_KERNEL_6_1
#define NEW FAKE_KERNEL_6_12

static const struct attribute rows[] = {
	{ KIND_ROOT_DECODER, "cap_pmem", ANY, show_one, NULL, NULL },
	{ KIND_ROOT_DECODER, "cap_ram", ANY, show_one, NULL, NULL },
	{ KIND_ROOT_DECODER, "cap_type2", ANY, show_one, NULL, NULL },
	{ KIND_ROOT_DECODER, "cap_type3", ANY, show_one, NULL, NULL },
	{ KIND_ROOT_DECODER, "target_list", ANY, show_target_list, NULL, NULL },
	{ KIND_ROOT_DECODER, "qos_class", NEW, show_zero, NULL, NULL },
	{ KIND_ROOT_DECODER, "create_pmem_region", ANY, show_next_region, store_create_pmem, NULL },
	{ KIND_ROOT_DECODER, "create_ram_region", NEW, show_next_region, store_create_ram, NULL },
	{ KIND_ROOT_DECODER, "delete_region", ANY, NULL, store_delete, NULL },
	{ KIND_ROOT_DECODER, "start", ANY, show_start, NULL, NULL },
	{ KIND_ROOT_DECODER, "size", ANY, show_size, NULL, NULL },
	{ KIND_ROOT_DECODER, "locked", ANY, show_zero, NULL, NULL },
	{ KIND_ROOT_DECODER, "interleave_ways", ANY, show_ways, NULL, NULL },
	{ KIND_ROOT_DECODER, "interleave_granularity", ANY, show_granularity, NULL, NULL },
	{ KIND_SWITCH_DECODER, "target_type", ANY, show_expander, NULL, NULL },
	{ KIND_SWITCH_DECODER, "target_list", ANY, show_target_list, NULL, NULL },
	{ KIND_SWITCH_DECODER, "region", ANY, show_decoder_region, NULL, NULL },
	{ KIND_SWITCH_DECODER, "start", ANY, show_start, NULL, NULL },
	{ KIND_SWITCH_DECODER, "size", ANY, show_size, NULL, NULL },
	{ KIND_SWITCH_DECODER, "locked", ANY, show_zero, NULL, NULL },
	{ KIND_SWITCH_DECODER, "interleave_ways", ANY, show_ways, NULL, NULL },
	{ KIND_SWITCH_DECODER, "interleave_granularity", ANY, show_granularity, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "target_type", ANY, show_expander, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "mode", ANY, show_decoder_mode, store_mode, NULL },
	{ KIND_ENDPOINT_DECODER, "dpa_size", ANY, show_dpa_size, store_dpa_size, NULL },
	{ KIND_ENDPOINT_DECODER, "dpa_resource", ANY, show_dpa_resource, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "region", ANY, show_decoder_region, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "start", ANY, show_start, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "size", ANY, show_size, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "locked", ANY, show_zero, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "interleave_ways", ANY, show_ways, NULL, NULL },
	{ KIND_ENDPOINT_DECODER, "interleave_granularity", ANY, show_granularity, NULL, NULL },
	{ KIND_REGION, "uuid", ANY, show_uuid, store_uuid, NULL },
	{ KIND_REGION, "commit", ANY, show_commit, store_commit, NULL },
	{ KIND_REGION, "interleave_ways", ANY, show_region_ways, store_ways, NULL },
	{ KIND_REGION, "interleave_granularity", ANY, show_region_granularity, store_granularity, NULL },
	{ KIND_REGION, "resource", ANY, show_resource, NULL, NULL },
	{ KIND_REGION, "size", ANY, show_region_size, store_size, NULL },
	{ KIND_REGION, "mode", NEW, show_region_mode, NULL, NULL },
	{ KIND_REGION, "target%u", ANY, show_target, store_target, target_visible },
	{ KIND_ROOT_PORT, "decoders_committed", NEW, show_decoders_committed, NULL, NULL },
	{ KIND_PORT, "decoders_committed", NEW, show_decoders_committed, NULL, NULL },
	{ KIND_ENDPOINT, "decoders_committed", NEW, show_decoders_committed, NULL, NULL },
	{ KIND_MEMDEV, "serial", ANY, show_serial, NULL, NULL },
	{ KIND_MEMDEV, "numa_node", ANY, show_numa_node, NULL, NULL },
	{ KIND_PARTITION, "size", ANY, show_partition_size, NULL, NULL },
	{ KIND_CXL, "flush", ANY, NULL, store_flush, NULL },
	{ KIND_DRIVER, "bind", ANY, NULL, store_bind, NULL },
	{ KIND_DRIVER, "unbind", ANY, NULL, store_unbind, NULL },
	{ KIND_ND_BUS, "provider", ANY, show_provider, NULL, NULL },
	{ KIND_ND_BUS, "wait_probe", ANY, show_wait_probe, NULL, NULL },
	{ KIND_ND_REGION, "size", ANY, show_nd_region_size, NULL, NULL },
	{ KIND_NAMESPACE, "size", ANY, show_zero, NULL, NULL },
	{ KIND_NAMESPACE, "holder", ANY, show_nothing, NULL, NULL },
	{ KIND_MODULE, "refcnt", ANY, show_zero, NULL, NULL },
};

static bool row_is_named(const struct attribute *row, const char *name, unsigned int *ret_n)
{
	int end = 0;

	*ret_n = 0;
	if (!strchr(row->name, '%'))
		return strcmp(row->name, name) == 0;
	return sscanf(name, "target%u%n", ret_n, &end) == 1 && name[end] == '\0' && *ret_n < TARGETS_MAX;
}

const struct attribute *attribute_find(const struct fake *fake, int object, const char *name, unsigned int *ret_n)
{
	const struct attribute *row = NULL;

	while ((row = attribute_next(fake, object, row)))
		if (row_is_named(row, name, ret_n) && (!row->visible || row->visible(fake, object, *ret_n)))
			return row;
	return NULL;
}

const struct attribute *attribute_next(const struct fake *fake, int object, const struct attribute *row)
{
	for (row = row ? row + 1 : rows; row < rows + ROWS; row++)
		if (row->kind == fake->objects[object].kind && row->since <= fake->kernel)
			return row;
	return NULL;
}
