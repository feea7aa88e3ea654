/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hotplug-places.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "hotplug-filter.h"
#include "json-members.h"

#define PATH_PREFIX_MAX 256

static void filter_below_root(struct hotplug_filter *filter, const char *uport, const char *root, const char *child)
{
	char prefix[PATH_PREFIX_MAX];

	snprintf(prefix, sizeof(prefix), "/devices/platform/%s/%s/%s", uport, root, child);
	hotplug_filter_rule(filter, prefix, HOTPLUG_DROP);
}

/* Regions are below root decoders, what their drivers add is below the nvdimm bridge. */
static void filter_regions(struct hotplug_filter *filter, const char *uport, const char *root)
{
	filter_below_root(filter, uport, root, "decoder");
	filter_below_root(filter, uport, root, "nvdimm-bridge");
}

/* The PCI bus below a host bridge: "pci0000:20". Up to Linux 6.1 the bridge is known by its ACPI device only. */
static void bridge_bus(struct json_object *bridge, char *bus, size_t size)
{
	struct json_object *dports = json_get_array(bridge, "dports");
	const char *uport = json_get_string(bridge, "uport"), *dport = "", *colon;

	if (dports && json_object_array_length(dports) > 0)
		dport = json_get_string(json_object_array_get_idx(dports, 0), "device");
	colon = strrchr(dport, ':');
	if (strncmp(uport, "pci", 3) == 0)
		snprintf(bus, size, "%s/", uport);
	else if (colon)
		snprintf(bus, size, "pci%.*s/", (int)(colon - dport), dport);
	else
		snprintf(bus, size, "pci");
}

static void filter_keep_bus(struct hotplug_filter *filter, const char *bus)
{
	char prefix[PATH_PREFIX_MAX];

	snprintf(prefix, sizeof(prefix), "/devices/%s", bus);
	hotplug_filter_rule(filter, prefix, HOTPLUG_KEEP);
}

/* A memory device can be a root's own, below a bus that has no port (a restricted CXL host). */
static void filter_add_root(struct hotplug_filter *filter, struct json_object *root)
{
	struct json_object *dports = json_get_array(root, "dports");
	char bus[PATH_PREFIX_MAX];

	filter_regions(filter, json_get_string(root, "uport"), json_get_string(root, "port"));
	for (size_t i = 0; dports && i < json_object_array_length(dports); i++) {
		const char *device = json_get_string(json_object_array_get_idx(dports, i), "device");

		if (strncmp(device, "pci", 3) != 0)
			continue;
		snprintf(bus, sizeof(bus), "%s/", device);
		filter_keep_bus(filter, bus);
	}
}

static void filter_add_port(struct hotplug_filter *filter, struct json_object *port)
{
	const char *kind = json_get_string(port, "kind");
	char bus[PATH_PREFIX_MAX];

	if (strcmp(kind, "root") == 0) {
		filter_add_root(filter, port);
	} else if (strcmp(kind, "bridge") == 0) {
		bridge_bus(port, bus, sizeof(bus));
		filter_keep_bus(filter, bus);
	}
}

int hotplug_places_attach(int fd, struct json_object *topology)
{
	struct json_object *ports = topology ? json_get_array(topology, "ports") : NULL;
	size_t n = ports ? json_object_array_length(ports) : 0;
	struct hotplug_filter filter;

	hotplug_filter_begin(&filter, HOTPLUG_DROP);
	for (size_t i = 0; i < n; i++)
		filter_add_port(&filter, json_object_array_get_idx(ports, i));
	if (!topology) {
		filter_regions(&filter, "ACPI0017:00", "root0");
		hotplug_filter_rule(&filter, "/devices/pci", HOTPLUG_KEEP);
	}
	hotplug_filter_rule(&filter, "/devices/platform/", HOTPLUG_KEEP);
	return hotplug_filter_attach(&filter, HOTPLUG_DROP, fd);
}

int hotplug_changes_attach(int fd)
{
	struct hotplug_filter filter;

	hotplug_filter_begin(&filter, HOTPLUG_KEEP);
	filter_below_root(&filter, "ACPI0017:00", "root0", "nvdimm-bridge");
	return hotplug_filter_attach(&filter, HOTPLUG_KEEP, fd);
}
