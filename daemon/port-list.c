/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port-list.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "json-members.h"
#include "member.h"

/* More levels than a topology can have: a loop in it must not be one of ours. */
#define LEVELS_MAX 16

static struct json_object *find(struct json_object *array, const char *member, const char *name)
{
	for (size_t i = 0; array && *name && i < json_object_array_length(array); i++) {
		struct json_object *object = json_object_array_get_idx(array, i);

		if (strcmp(json_get_string(object, member), name) == 0)
			return object;
	}
	return NULL;
}

static bool has_text(struct json_object *array, const char *text)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(array, i)), text) == 0)
			return true;
	return false;
}

static int note_region(struct json_object *use, const char *region)
{
	struct json_object *regions = json_get_array(use, "regions");

	return has_text(regions, region) ? 0 : member_append(regions, json_object_new_string(region));
}

/* A region uses the port of each of its decoders, and all ports above. */
static int note_regions(struct json_object *topology, struct json_object *ports)
{
	struct json_object *decoders = json_get_array(topology, "decoders"), *known = json_get_array(topology, "ports");

	for (size_t i = 0; decoders && i < json_object_array_length(decoders); i++) {
		struct json_object *decoder = json_object_array_get_idx(decoders, i);
		const char *region = json_get_string(decoder, "region"), *port = json_get_string(decoder, "port");

		for (int level = 0; *region && level < LEVELS_MAX; level++) {
			struct json_object *use = find(ports, "port", port);

			if (!use)
				break;
			if (note_region(use, region) < 0)
				return -ENOMEM;
			port = json_get_string(find(known, "port", port), "parent");
		}
	}
	return 0;
}

static struct json_object *use_new(const char *port, const char *kind, const char *uport, const char *memdev,
				   bool bound)
{
	CLEANUP(cleanup_json) struct json_object *use = json_object_new_object();
	struct json_object *regions;

	if (!use || member_add_string(use, "port", port) < 0 || member_add_string(use, "kind", kind) < 0 ||
	    member_add_string(use, "uport", uport) < 0 || json_add_text(use, "memdev", memdev) < 0 ||
	    member_add_bool(use, "bound", bound) < 0 || member_add_array(use, "regions", &regions) < 0)
		return NULL;
	return steal_pointer(use);
}

static int add_port(struct json_object *ports, struct json_object *port, struct json_object *memdevs)
{
	const char *name = json_get_string(port, "port");
	struct json_object *memdev = find(memdevs, "endpoint", name);
	bool bound = json_object_get_boolean(member_get(port, "bound", json_type_boolean));

	return member_append(ports, use_new(name, json_get_string(port, "kind"), json_get_string(port, "uport"),
					    memdev ? json_get_string(memdev, "memdev") : "", bound));
}

/* One without an endpoint is an endpoint that is not bound. */
static int add_memdevs(struct json_object *ports, struct json_object *memdevs)
{
	for (size_t i = 0; memdevs && i < json_object_array_length(memdevs); i++) {
		struct json_object *memdev = json_object_array_get_idx(memdevs, i);
		const char *name = json_get_string(memdev, "memdev");

		if (!*json_get_string(memdev, "endpoint") &&
		    member_append(ports, use_new(name, "endpoint", name, name, false)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int port_list_new(struct json_object *topology, struct json_object **ret_ports)
{
	CLEANUP(cleanup_json) struct json_object *ports = json_object_new_array();
	struct json_object *known = json_get_array(topology, "ports"), *memdevs = json_get_array(topology, "memdevs");

	if (!ports)
		return -ENOMEM;
	for (size_t i = 0; known && i < json_object_array_length(known); i++)
		if (add_port(ports, json_object_array_get_idx(known, i), memdevs) < 0)
			return -ENOMEM;
	if (add_memdevs(ports, memdevs) < 0 || note_regions(topology, ports) < 0)
		return -ENOMEM;
	*ret_ports = steal_pointer(ports);
	return 0;
}
