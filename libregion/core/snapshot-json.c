/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "snapshot-json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "capacity.h"
#include "cleanup.h"
#include "consumers.h"
#include "member.h"

static const char *const port_kinds[] = {
	[PORT_ROOT] = "root",
	[PORT_BRIDGE] = "bridge",
	[PORT_SWITCH] = "switch",
	[PORT_ENDPOINT] = "endpoint",
};

static const char *const decoder_kinds[] = {
	[DECODER_ROOT] = "root",
	[DECODER_SWITCH] = "switch",
	[DECODER_ENDPOINT] = "endpoint",
};

static const char *const decoder_modes[] = {
	[DECODER_MODE_NONE] = "none",
	[DECODER_MODE_PMEM] = "pmem",
	[DECODER_MODE_RAM] = "ram",
	[DECODER_MODE_MIXED] = "mixed",
};

static const char *const region_states[] = {
	[REGION_STATE_ACTIVE] = "active",
	[REGION_STATE_DISABLED] = "disabled",
	[REGION_STATE_DAMAGED] = "damaged",
};

static const char *const region_origins[] = {
	[REGION_ORIGIN_UNKNOWN] = "unknown",
	[REGION_ORIGIN_FIRMWARE] = "firmware",
};

const char *generation_format(uint64_t inode, char *text)
{
	snprintf(text, GENERATION_MAX, "%" PRIx64, inode);
	return text;
}

static int add_known(struct json_object *object, const char *name, uint64_t number)
{
	return number == SNAPSHOT_UNKNOWN ? 0 : member_add_uint(object, name, number);
}

static int mapping_to_json(const struct snapshot *snapshot, const struct region *region, unsigned int position,
			   struct json_object **ret_mapping)
{
	CLEANUP(cleanup_json) struct json_object *mapping = json_object_new_object();
	int memdev = snapshot_target_memdev(snapshot, region, position);
	int decoder = region->targets[position], r;

	if (!mapping)
		return -ENOMEM;
	r = member_add_uint(mapping, "position", position);
	if (r >= 0 && memdev != SNAPSHOT_NONE)
		r = member_add_string(mapping, "memdev", snapshot->memdevs[memdev].name);
	if (r >= 0 && decoder != SNAPSHOT_NONE)
		r = member_add_string(mapping, "decoder", snapshot->decoders[decoder].name);
	if (r >= 0 && memdev != SNAPSHOT_NONE)
		r = member_add_uint(mapping, "serial", snapshot->memdevs[memdev].serial);
	if (r < 0)
		return r;
	*ret_mapping = steal_pointer(mapping);
	return 0;
}

static int add_mappings(struct json_object *object, const struct snapshot *snapshot, const struct region *region)
{
	struct json_object *mappings;
	int r;

	r = member_add_array(object, "mappings", &mappings);
	for (unsigned int i = 0; r >= 0 && i < region->ways && i < REGION_WAYS_MAX; i++) {
		struct json_object *mapping;

		r = mapping_to_json(snapshot, region, i, &mapping);
		if (r >= 0)
			r = member_append(mappings, mapping);
	}
	return r;
}

static int add_consumers(struct json_object *object, const struct consumer_list *list)
{
	struct json_object *array;
	int r;

	r = member_add_array(object, "consumers", &array);
	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		CLEANUP(cleanup_json) struct json_object *consumer = json_object_new_object();

		if (!consumer)
			return -ENOMEM;
		r = member_add_string(consumer, "kind", list->consumers[i].kind);
		if (r >= 0)
			r = member_add_string(consumer, "name", list->consumers[i].name);
		if (r >= 0)
			r = member_add_string(consumer, "detail", list->consumers[i].detail);
		if (r >= 0)
			r = member_append(array, steal_pointer(consumer));
	}
	return r;
}

/* The fields that `cxl list -R` has too. */
static int add_region_shape(struct json_object *object, const struct snapshot *snapshot, const struct region *region)
{
	int r;

	r = member_add_string(object, "region", region->name);
	if (r >= 0 && region->root_decoder != SNAPSHOT_NONE)
		r = member_add_string(object, "root_decoder", snapshot->decoders[region->root_decoder].name);
	if (r >= 0)
		r = member_add_string(object, "type", region_type_name(region->type));
	if (r >= 0 && region->uuid[0] != '\0')
		r = member_add_string(object, "uuid", region->uuid);
	if (r >= 0)
		r = add_known(object, "resource", region->start);
	if (r >= 0)
		r = member_add_uint(object, "size", region->size);
	if (r >= 0)
		r = member_add_uint(object, "interleave_ways", region->ways);
	if (r >= 0)
		r = member_add_uint(object, "interleave_granularity", region->granularity);
	if (r >= 0)
		r = member_add_string(object, "decode_state", region->committed ? "commit" : "reset");
	return r;
}

int region_to_json(const struct snapshot *snapshot, int index, const struct consumer_list *consumers,
		   struct json_object **ret_region)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	const struct region *region = &snapshot->regions[index];
	char generation[GENERATION_MAX];
	int r;

	if (!object)
		return -ENOMEM;
	r = add_region_shape(object, snapshot, region);
	if (r >= 0)
		r = member_add_string(object, "state", region_states[snapshot_region_state(region)]);
	if (r >= 0)
		r = member_add_string(object, "origin", region_origins[snapshot_region_origin(snapshot, region)]);
	if (r >= 0)
		r = member_add_bool(object, "locked", snapshot_region_is_locked(snapshot, region));
	if (r >= 0)
		r = member_add_string(object, "generation", generation_format(region->inode, generation));
	if (r >= 0)
		r = add_mappings(object, snapshot, region);
	if (r >= 0 && consumers) /* absent where nobody was asked */
		r = add_consumers(object, consumers);
	if (r < 0)
		return r;
	*ret_region = steal_pointer(object);
	return 0;
}

static int port_to_json(const struct snapshot *snapshot, const struct port *port, struct json_object **ret_port)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	struct json_object *dports;
	int r;

	if (!object)
		return -ENOMEM;
	r = member_add_string(object, "port", port->name);
	if (r >= 0)
		r = member_add_string(object, "kind", port_kinds[port->kind]);
	if (r >= 0 && port->parent != SNAPSHOT_NONE)
		r = member_add_string(object, "parent", snapshot->ports[port->parent].name);
	if (r >= 0 && port->parent != SNAPSHOT_NONE && port->parent_dport != SNAPSHOT_NONE)
		r = member_add_string(object, "parent_dport",
				      snapshot->ports[port->parent].dports[port->parent_dport].device);
	if (r >= 0)
		r = member_add_string(object, "uport", port->uport);
	if (r >= 0)
		r = member_add_uint(object, "depth", (uint64_t)port->depth);
	if (r >= 0)
		r = member_add_bool(object, "bound", port->bound);
	if (r >= 0)
		r = add_known(object, "decoders_committed", port->decoders_committed);
	if (r >= 0)
		r = member_add_array(object, "dports", &dports);
	for (size_t i = 0; r >= 0 && i < port->n_dports; i++) {
		CLEANUP(cleanup_json) struct json_object *dport = json_object_new_object();

		if (!dport)
			return -ENOMEM;
		r = member_add_uint(dport, "id", (uint64_t)port->dports[i].id);
		if (r >= 0)
			r = member_add_string(dport, "device", port->dports[i].device);
		if (r >= 0)
			r = member_append(dports, steal_pointer(dport));
	}
	if (r < 0)
		return r;
	*ret_port = steal_pointer(object);
	return 0;
}

static int add_root_decoder(struct json_object *object, const struct snapshot *snapshot, const struct decoder *decoder)
{
	struct json_object *types;
	int r;

	r = member_add_array(object, "types", &types);
	if (r >= 0 && decoder->can_pmem && decoder->create_pmem)
		r = member_append(types, json_object_new_string("pmem"));
	if (r >= 0 && decoder->can_ram && decoder->create_ram)
		r = member_append(types, json_object_new_string("ram"));
	if (r >= 0)
		r = member_add_uint(object, "max_extent", capacity_hpa_max_extent(snapshot, decoder));
	return r < 0 ? r : add_known(object, "qos_class", decoder->qos_class);
}

static int add_endpoint_decoder(struct json_object *object, const struct decoder *decoder)
{
	int r;

	r = member_add_string(object, "mode", decoder_modes[decoder->dpa_size > 0 ? decoder->mode : DECODER_MODE_NONE]);
	if (r >= 0 && decoder->dpa_size > 0)
		r = member_add_uint(object, "dpa_resource", decoder->dpa_start);
	return r < 0 ? r : member_add_uint(object, "dpa_size", decoder->dpa_size);
}

/*
 * A decoder below a root keeps addresses and settings of regions that are gone: they are told only
 * while it has a region, or holds DPA that firmware may have committed.
 */
static bool decoder_is_set(const struct decoder *decoder)
{
	return decoder->kind == DECODER_ROOT || decoder->region != SNAPSHOT_NONE || decoder->dpa_size > 0;
}

static int add_targets(struct json_object *object, const struct snapshot *snapshot, const struct decoder *decoder)
{
	const struct port *port = &snapshot->ports[decoder->port];
	struct json_object *targets;
	int r;

	r = member_add_array(object, "targets", &targets);
	for (size_t i = 0; r >= 0 && decoder_is_set(decoder) && i < decoder->n_targets; i++) {
		int dport = snapshot_find_dport(port, decoder->targets[i]);

		if (dport != SNAPSHOT_NONE)
			r = member_append(targets, json_object_new_string(port->dports[dport].device));
	}
	return r;
}

static int decoder_to_json(const struct snapshot *snapshot, const struct decoder *decoder,
			   struct json_object **ret_decoder)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	bool set = decoder_is_set(decoder);
	int r;

	if (!object)
		return -ENOMEM;
	r = member_add_string(object, "decoder", decoder->name);
	if (r >= 0)
		r = member_add_string(object, "port", snapshot->ports[decoder->port].name);
	if (r >= 0)
		r = member_add_string(object, "kind", decoder_kinds[decoder->kind]);
	if (r >= 0 && set)
		r = member_add_uint(object, "resource", decoder->start);
	if (r >= 0)
		r = member_add_uint(object, "size", set ? decoder->size : 0);
	if (r >= 0)
		r = member_add_uint(object, "interleave_ways", set ? decoder->ways : 1);
	if (r >= 0)
		r = member_add_uint(object, "interleave_granularity", set ? decoder->granularity : 0);
	if (r >= 0 && decoder->region != SNAPSHOT_NONE)
		r = member_add_string(object, "region", snapshot->regions[decoder->region].name);
	if (r >= 0)
		r = member_add_bool(object, "locked", decoder->locked);
	if (r >= 0)
		r = add_targets(object, snapshot, decoder);
	if (r >= 0 && decoder->kind == DECODER_ROOT)
		r = add_root_decoder(object, snapshot, decoder);
	if (r >= 0 && decoder->kind == DECODER_ENDPOINT)
		r = add_endpoint_decoder(object, decoder);
	if (r < 0)
		return r;
	*ret_decoder = steal_pointer(object);
	return 0;
}

static int memdev_to_json(const struct snapshot *snapshot, int index, struct json_object **ret_memdev)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	const struct memdev *memdev = &snapshot->memdevs[index];
	int r;

	if (!object)
		return -ENOMEM;
	r = member_add_string(object, "memdev", memdev->name);
	if (r >= 0)
		r = member_add_uint(object, "serial", memdev->serial);
	if (r >= 0)
		r = member_add_string(object, "host", memdev->host);
	if (r >= 0 && memdev->endpoint != SNAPSHOT_NONE)
		r = member_add_string(object, "endpoint", snapshot->ports[memdev->endpoint].name);
	if (r >= 0)
		r = member_add_bool(object, "bound", memdev->bound);
	if (r >= 0)
		r = member_add_int(object, "numa_node", memdev->numa_node);
	if (r >= 0)
		r = member_add_uint(object, "pmem_size", memdev->pmem_size);
	if (r >= 0)
		r = member_add_uint(object, "pmem_free", capacity_dpa_free(snapshot, index, REGION_TYPE_PMEM));
	if (r >= 0)
		r = member_add_uint(object, "ram_size", memdev->ram_size);
	if (r >= 0)
		r = member_add_uint(object, "ram_free", capacity_dpa_free(snapshot, index, REGION_TYPE_RAM));
	if (r >= 0)
		r = add_known(object, "pmem_qos_class", memdev->pmem_qos_class);
	if (r >= 0)
		r = add_known(object, "ram_qos_class", memdev->ram_qos_class);
	if (r < 0)
		return r;
	*ret_memdev = steal_pointer(object);
	return 0;
}

static int add_ports(struct json_object *topology, const struct snapshot *snapshot)
{
	struct json_object *array, *element;
	int r;

	r = member_add_array(topology, "ports", &array);
	for (size_t i = 0; r >= 0 && i < snapshot->n_ports; i++) {
		r = port_to_json(snapshot, &snapshot->ports[i], &element);
		if (r >= 0)
			r = member_append(array, element);
	}
	return r;
}

static int add_decoders(struct json_object *topology, const struct snapshot *snapshot)
{
	struct json_object *array, *element;
	int r;

	r = member_add_array(topology, "decoders", &array);
	for (size_t i = 0; r >= 0 && i < snapshot->n_decoders; i++) {
		r = decoder_to_json(snapshot, &snapshot->decoders[i], &element);
		if (r >= 0)
			r = member_append(array, element);
	}
	return r;
}

static int add_memdevs(struct json_object *topology, const struct snapshot *snapshot)
{
	struct json_object *array, *element;
	int r;

	r = member_add_array(topology, "memdevs", &array);
	for (size_t i = 0; r >= 0 && i < snapshot->n_memdevs; i++) {
		r = memdev_to_json(snapshot, (int)i, &element);
		if (r >= 0)
			r = member_append(array, element);
	}
	return r;
}

static int add_regions(struct json_object *topology, const struct snapshot *snapshot)
{
	struct json_object *array, *element;
	int r;

	r = member_add_array(topology, "regions", &array);
	for (size_t i = 0; r >= 0 && i < snapshot->n_regions; i++) {
		r = region_to_json(snapshot, (int)i, NULL, &element);
		if (r >= 0)
			r = member_append(array, element);
	}
	return r;
}

int snapshot_to_json(const struct snapshot *snapshot, struct json_object **ret_topology)
{
	CLEANUP(cleanup_json) struct json_object *topology = json_object_new_object();
	int r;

	if (!topology)
		return -ENOMEM;
	r = add_ports(topology, snapshot);
	if (r >= 0)
		r = add_decoders(topology, snapshot);
	if (r >= 0)
		r = add_memdevs(topology, snapshot);
	if (r >= 0)
		r = add_regions(topology, snapshot);
	if (r < 0)
		return r;
	*ret_topology = steal_pointer(topology);
	return 0;
}
