/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topology-tree.h"

#include <inttypes.h>
#include <stdlib.h>

#include "field.h"
#include "libregion.h"
#include "memory.h"
#include "scope.h"
#include "tree.h"

/* Ports below ports: more than any hardware has, and the end of what a wrong answer can make us draw. */
#define DEPTH_MAX 16

static void add_regions(struct tree_node *node, struct json_object *topology, const char *decoder)
{
	for (size_t i = 0; i < field_count(topology, "regions"); i++) {
		struct json_object *region = field_at(topology, "regions", i);
		char size[REGION_SIZE_TEXT_MAX];

		if (field_is(region, "root_decoder", decoder))
			tree_add(node, "%s  %s %s, %s", field_string(region, "region"),
				 region_size_format(field_uint(region, "size"), size), field_string(region, "type"),
				 field_string(region, "state"));
	}
}

static char *join_types(struct json_object *decoder)
{
	char *types = memory_format("%s", "");

	for (size_t i = 0; i < field_count(decoder, "types"); i++) {
		CLEANUP(cleanup_free) char *before = types;
		const char *type = json_object_get_string(field_at(decoder, "types", i));

		types = memory_format("%s%s%s", before, i > 0 ? "+" : "", type ? type : "");
	}
	return types;
}

static uint64_t region_bytes(struct json_object *topology, const char *decoder)
{
	uint64_t taken = 0;

	for (size_t i = 0; i < field_count(topology, "regions"); i++) {
		struct json_object *region = field_at(topology, "regions", i);

		if (field_is(region, "root_decoder", decoder))
			taken += field_uint(region, "size");
	}
	return taken;
}

/* What one new region could have at the most, if the kernel says so; else what no region has. */
static uint64_t free_bytes(struct json_object *topology, struct json_object *decoder)
{
	uint64_t size = field_uint(decoder, "size");
	uint64_t taken = region_bytes(topology, field_string(decoder, "decoder"));

	if (field_has(decoder, "max_extent"))
		return field_uint(decoder, "max_extent");
	return taken < size ? size - taken : 0;
}

/* " at 0x100000000"; nothing for those whom the kernel does not tell. */
static char *describe_address(struct json_object *decoder)
{
	if (!field_has(decoder, "resource"))
		return memory_format("%s", "");
	return memory_format(" at 0x%" PRIx64, field_uint(decoder, "resource"));
}

static void add_window(struct tree_node *node, struct json_object *topology, struct json_object *decoder)
{
	CLEANUP(cleanup_free) char *types = join_types(decoder);
	CLEANUP(cleanup_free) char *address = describe_address(decoder);
	char size[REGION_SIZE_TEXT_MAX], available[REGION_SIZE_TEXT_MAX];
	struct tree_node *line;

	line = tree_add(node, "%s  window of %s%s, %s, %" PRIu64 "-way, %s free%s", field_string(decoder, "decoder"),
			region_size_format(field_uint(decoder, "size"), size), address, types,
			field_uint(decoder, "interleave_ways"),
			region_size_format(free_bytes(topology, decoder), available),
			field_bool(decoder, "locked") ? ", locked" : "");
	add_regions(line, topology, field_string(decoder, "decoder"));
}

/* A decoder of a host bridge, a switch or an endpoint: what it serves. */
static void add_decoder(struct tree_node *node, struct json_object *decoder)
{
	const char *name = field_string(decoder, "decoder"), *region = field_string(decoder, "region");
	const char *locked = field_bool(decoder, "locked") ? ", locked" : "";
	uint64_t dpa_size = field_uint(decoder, "dpa_size");
	char size[REGION_SIZE_TEXT_MAX];

	if (dpa_size > 0)
		tree_add(node, "%s  %s %s at DPA 0x%" PRIx64 "%s%s%s", name, region_size_format(dpa_size, size),
			 field_string(decoder, "mode"), field_uint(decoder, "dpa_resource"),
			 *region ? ", " : ", in no region", region, locked);
	else
		tree_add(node, "%s  %s%s", name, *region ? region : "free", locked);
}

static void add_decoders(struct tree_node *node, struct json_object *topology, const char *port)
{
	for (size_t i = 0; i < field_count(topology, "decoders"); i++) {
		struct json_object *decoder = field_at(topology, "decoders", i);

		if (!field_is(decoder, "port", port))
			continue;
		if (field_is(decoder, "kind", "root"))
			add_window(node, topology, decoder);
		else
			add_decoder(node, decoder);
	}
}

static void format_capacity(struct json_object *memdev, const char *type, const char *size_name, const char *free_name,
			    char **text)
{
	CLEANUP(cleanup_free) char *before = NULL;
	char size[REGION_SIZE_TEXT_MAX], available[REGION_SIZE_TEXT_MAX];

	if (field_uint(memdev, size_name) == 0)
		return;
	before = *text;
	*text = memory_format("%s, %s %s (%s free)", before, region_size_format(field_uint(memdev, size_name), size),
			      type, region_size_format(field_uint(memdev, free_name), available));
}

static char *describe_memdev(struct json_object *memdev)
{
	char *text = memory_format("%s at %s, serial 0x%" PRIx64, field_string(memdev, "memdev"),
				   field_string(memdev, "host"), field_uint(memdev, "serial"));

	format_capacity(memdev, "pmem", "pmem_size", "pmem_free", &text);
	format_capacity(memdev, "ram", "ram_size", "ram_free", &text);
	return text;
}

static struct json_object *find_memdev(struct json_object *topology, const char *endpoint)
{
	for (size_t i = 0; i < field_count(topology, "memdevs"); i++) {
		struct json_object *memdev = field_at(topology, "memdevs", i);

		if (field_is(memdev, "endpoint", endpoint))
			return memdev;
	}
	return NULL;
}

static char *describe_port(struct json_object *topology, struct json_object *port)
{
	struct json_object *memdev = NULL;

	if (field_is(port, "kind", "endpoint"))
		memdev = find_memdev(topology, field_string(port, "port"));
	if (memdev)
		return describe_memdev(memdev);
	if (field_is(port, "kind", "bridge"))
		return memory_format("host bridge %s", field_string(port, "uport"));
	if (field_is(port, "kind", "switch"))
		return memory_format("switch %s", field_string(port, "uport"));
	return memory_format("%s", field_string(port, "uport"));
}

/* drawn has a place for each port: each appears once, whatever the answer says its parent is. */
static void add_ports(struct tree_node *node, struct json_object *topology, const char *parent, unsigned int depth,
		      bool *drawn)
{
	for (size_t i = 0; depth < DEPTH_MAX && i < field_count(topology, "ports"); i++) {
		struct json_object *port = field_at(topology, "ports", i);
		CLEANUP(cleanup_free) char *description = NULL;
		const char *name = field_string(port, "port");
		struct tree_node *line;

		if (drawn[i] || !*name || !field_is(port, "parent", parent))
			continue;
		drawn[i] = true;
		description = describe_port(topology, port);
		line = tree_add(node, "%s  %s%s", name, description,
				field_bool(port, "bound") ? "" : ", without a driver");
		add_decoders(line, topology, name);
		add_ports(line, topology, name, depth + 1, drawn);
	}
}

static void add_lone_memdevs(struct tree_node *node, struct json_object *topology)
{
	for (size_t i = 0; i < field_count(topology, "memdevs"); i++) {
		struct json_object *memdev = field_at(topology, "memdevs", i);
		CLEANUP(cleanup_free) char *description = NULL;

		if (*field_string(memdev, "endpoint"))
			continue;
		description = describe_memdev(memdev);
		tree_add(node, "%s, without an endpoint", description);
	}
}

struct tree_node *topology_tree_new(struct json_object *topology)
{
	CLEANUP(cleanup_free) bool *drawn = memory_need(calloc(field_count(topology, "ports") + 1, sizeof(*drawn)));
	struct tree_node *tree = tree_add(NULL, "%s", "");

	add_ports(tree, topology, "", 0, drawn);
	add_lone_memdevs(tree, topology);
	return tree;
}
