/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock-scope.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json-members.h"
#include "member.h"

#define SERIAL_PREFIX "serial="

/* The element of a topology's array whose member has that text, or NULL. */
static struct json_object *find(struct json_object *topology, const char *array, const char *member, const char *text)
{
	struct json_object *elements = topology ? json_get_array(topology, array) : NULL;

	for (size_t i = 0; *text && elements && i < json_object_array_length(elements); i++) {
		struct json_object *element = json_object_array_get_idx(elements, i);

		if (strcmp(json_get_string(element, member), text) == 0)
			return element;
	}
	return NULL;
}

static struct json_object *find_port(struct json_object *topology, const char *name)
{
	return find(topology, "ports", "port", name);
}

static bool is_kind(struct json_object *port, const char *kind)
{
	return strcmp(json_get_string(port, "kind"), kind) == 0;
}

static struct json_object *parent_of(struct json_object *topology, struct json_object *port)
{
	return find_port(topology, json_get_string(port, "parent"));
}

/* -- sets of ports ------------------------------------------------------- */

/* A port and those above it, up to the host bridge. */
static int add_path(struct json_object *topology, struct json_object *port, struct lock_set *set)
{
	int r = 0;

	for (; r == 0 && port && !is_kind(port, "root"); port = parent_of(topology, port))
		r = lock_set_add(set, json_get_string(port, "uport"), false);
	return r;
}

static bool is_at_or_below(struct json_object *topology, struct json_object *port, struct json_object *top)
{
	while (port && port != top)
		port = parent_of(topology, port);
	return port;
}

/* A port and all below it. */
static int add_subtree(struct json_object *topology, struct json_object *top, struct lock_set *set)
{
	struct json_object *ports = json_get_array(topology, "ports");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(ports); i++) {
		struct json_object *port = json_object_array_get_idx(ports, i);

		if (is_at_or_below(topology, port, top))
			r = lock_set_add(set, json_get_string(port, "uport"), false);
	}
	return r;
}

static bool has_text(struct json_object *array, const char *text)
{
	for (size_t i = 0; array && i < json_object_array_length(array); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(array, i)), text) == 0)
			return true;
	return false;
}

/* All bridges that a root decoder targets, with all below them. */
static int add_bridges(struct json_object *topology, struct json_object *decoder, struct lock_set *set)
{
	struct json_object *ports = json_get_array(topology, "ports"), *targets = json_get_array(decoder, "targets");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(ports); i++) {
		struct json_object *port = json_object_array_get_idx(ports, i);

		if (is_kind(port, "bridge") && has_text(targets, json_get_string(port, "parent_dport")))
			r = add_subtree(topology, port, set);
	}
	return r;
}

/* -- memdevs --------------------------------------------------------------- */

/* A memdev as a request names it: by name, PCI address or serial number. */
static struct json_object *find_memdev(struct json_object *topology, const char *name)
{
	struct json_object *memdevs = json_get_array(topology, "memdevs"), *memdev;
	uint64_t serial;

	memdev = find(topology, "memdevs", "memdev", name);
	if (!memdev)
		memdev = find(topology, "memdevs", "host", name);
	if (memdev || strncmp(name, SERIAL_PREFIX, strlen(SERIAL_PREFIX)) != 0)
		return memdev;
	serial = strtoull(name + strlen(SERIAL_PREFIX), NULL, 0);
	for (size_t i = 0; i < json_object_array_length(memdevs); i++)
		if (json_get_uint(json_object_array_get_idx(memdevs, i), "serial") == serial)
			return json_object_array_get_idx(memdevs, i);
	return NULL;
}

/* Returns -ENOENT for one that has no endpoint now. */
static int add_memdev(struct json_object *topology, const char *name, struct lock_set *set)
{
	struct json_object *memdev = find_memdev(topology, name);
	struct json_object *endpoint = memdev ? find_port(topology, json_get_string(memdev, "endpoint")) : NULL;

	return endpoint ? add_path(topology, endpoint, set) : -ENOENT;
}

/* -- requests ---------------------------------------------------------------- */

int lock_scope_host(struct lock_set *set)
{
	return lock_set_add(set, LOCK_NAME_HOST, false);
}

bool lock_scope_has_host(const struct lock_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->locks[i].name, LOCK_NAME_HOST) == 0)
			return !set->locks[i].shared;
	return false;
}

static int share_host(struct lock_set *set)
{
	return lock_set_add(set, LOCK_NAME_HOST, true);
}

/* A position whose memdev is gone may be behind any bridge of the window. */
static int add_region(struct json_object *topology, struct json_object *region, struct lock_set *set)
{
	const char *name = json_get_string(region, "root_decoder");
	struct json_object *decoder = find(topology, "decoders", "decoder", name);
	struct json_object *mappings = json_get_array(region, "mappings");
	int r = decoder ? lock_set_add(set, name, false) : lock_scope_host(set);

	for (size_t i = 0; r == 0 && decoder && mappings && i < json_object_array_length(mappings); i++) {
		struct json_object *mapping = json_object_array_get_idx(mappings, i);

		r = add_memdev(topology, json_get_string(mapping, "memdev"), set);
		if (r == -ENOENT)
			r = add_bridges(topology, decoder, set);
	}
	return r;
}

int lock_scope_region(struct json_object *topology, const char *region, struct lock_set *set)
{
	struct json_object *seen = find(topology, "regions", "region", region);
	int r;

	if (!seen)
		return lock_scope_host(set);
	r = share_host(set);
	return r < 0 ? r : add_region(topology, seen, set);
}

/* Without a named root decoder any may be chosen. */
static int add_root_decoders(struct json_object *topology, struct json_object *named, struct lock_set *set)
{
	struct json_object *decoders = json_get_array(topology, "decoders");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(decoders); i++) {
		struct json_object *decoder = json_object_array_get_idx(decoders, i);

		if (is_kind(decoder, "root") && (!named || decoder == named))
			r = lock_set_add(set, json_get_string(decoder, "decoder"), false);
	}
	return r;
}

static int add_request_memdevs(struct json_object *topology, struct json_object *memdevs, struct lock_set *set)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(memdevs); i++)
		r = add_memdev(topology, json_object_get_string(json_object_array_get_idx(memdevs, i)), set);
	return r;
}

int lock_scope_create(struct json_object *topology, struct json_object *request, struct lock_set *set)
{
	struct json_object *decoder = find(topology, "decoders", "decoder", json_get_string(request, "root_decoder"));
	struct json_object *memdevs = json_get_array(request, "memdevs");
	int r = -ENOENT;

	if (!topology || !(decoder || (memdevs && json_object_array_length(memdevs) > 0)))
		return lock_scope_host(set);
	if (memdevs && json_object_array_length(memdevs) > 0)
		r = add_request_memdevs(topology, memdevs, set);
	if (r == -ENOENT)
		r = decoder ? add_bridges(topology, decoder, set) : lock_scope_host(set);
	if (r == 0)
		r = share_host(set);
	return r < 0 ? r : add_root_decoders(topology, decoder, set);
}

/* -- objects ----------------------------------------------------------------- */

/* Does one of its memdevs have its endpoint's lock in the set? What has lost its memdev may be anywhere. */
static bool region_uses(struct json_object *topology, struct json_object *region, const struct lock_set *set)
{
	struct json_object *mappings = json_get_array(region, "mappings");

	for (size_t i = 0; mappings && i < json_object_array_length(mappings); i++) {
		struct json_object *mapping = json_object_array_get_idx(mappings, i);
		struct json_object *memdev = find_memdev(topology, json_get_string(mapping, "memdev"));
		struct json_object *port = memdev ? find_port(topology, json_get_string(memdev, "endpoint")) : NULL;

		if (!port || lock_set_has(set, json_get_string(port, "uport")))
			return true;
	}
	return false;
}

static int add_regions_of(struct json_object *topology, struct lock_set *set)
{
	struct json_object *regions = json_get_array(topology, "regions");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(regions); i++) {
		struct json_object *region = json_object_array_get_idx(regions, i);

		if (lock_set_has(set, json_get_string(region, "root_decoder")) || region_uses(topology, region, set))
			r = add_region(topology, region, set);
	}
	return r;
}

/* What concerns the device beside its decoders. */
static int add_devices(struct json_object *topology, struct lock_set *set)
{
	struct json_object *memdevs = json_get_array(topology, "memdevs");
	char name[LOCK_NAME_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(memdevs); i++) {
		const char *memdev = json_get_string(json_object_array_get_idx(memdevs, i), "memdev");

		snprintf(name, sizeof(name), "%.32s:device", memdev);
		if (lock_set_has(set, memdev))
			r = lock_set_add(set, name, false);
	}
	return r;
}

/* A memdev without an endpoint stands for itself, and for whatever it will be below. */
static int add_port(struct json_object *topology, const char *name, struct lock_set *set)
{
	struct json_object *port = find_port(topology, name), *memdev = find_memdev(topology, name);
	int r;

	if (!port && !memdev)
		port = find(topology, "ports", "uport", name);
	if (!port && memdev)
		port = find_port(topology, json_get_string(memdev, "endpoint"));
	if (!port)
		return memdev ? lock_scope_host(set) : -ENOENT;
	if (is_kind(port, "root"))
		return lock_scope_host(set);
	r = add_path(topology, port, set);
	return r < 0 ? r : add_subtree(topology, port, set);
}

int lock_scope_object(struct json_object *topology, const char *name, struct lock_set *set)
{
	struct json_object *decoder = find(topology, "decoders", "decoder", name);
	int r;

	if (!topology || (decoder && !is_kind(decoder, "root")))
		return -ENOENT;
	if (decoder) {
		r = lock_set_add(set, name, false);
		if (r == 0)
			r = add_bridges(topology, decoder, set);
	} else {
		r = add_port(topology, name, set);
	}
	if (r == 0)
		r = add_regions_of(topology, set);
	if (r == 0)
		r = add_devices(topology, set);
	return r < 0 ? r : share_host(set);
}

int lock_scope_port(struct json_object *topology, const char *name, struct lock_set *set)
{
	int r = lock_scope_object(topology, name, set);

	return r == -ENOENT ? lock_scope_host(set) : r;
}

/* -- names ------------------------------------------------------------------- */

int lock_scope_names(struct json_object *names, struct lock_set *set)
{
	int r = share_host(set);

	for (size_t i = 0; r == 0 && i < json_object_array_length(names); i++)
		r = lock_set_add(set, json_object_get_string(json_object_array_get_idx(names, i)), false);
	return r;
}

const char *lock_scope_of_decoder(struct json_object *topology, const char *decoder)
{
	struct json_object *seen = find(topology, "decoders", "decoder", decoder), *port;

	if (!seen || is_kind(seen, "root"))
		return seen ? decoder : "";
	port = find_port(topology, json_get_string(seen, "port"));
	return port ? json_get_string(port, "uport") : "";
}

int lock_scope_to_json(const struct lock_set *set, struct json_object **ret_names)
{
	CLEANUP(cleanup_json) struct json_object *names = json_object_new_array();
	char text[LOCK_NAME_MAX + 16];
	int r = names ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < set->n; i++) {
		snprintf(text, sizeof(text), "%s%s", set->locks[i].name, set->locks[i].shared ? " (shared)" : "");
		r = member_append(names, json_object_new_string(text));
	}
	if (r == 0)
		*ret_names = steal_pointer(names);
	return r;
}
