/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hotplug.h"

#include <errno.h>
#include <json-c/json.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "hotplug-filter.h"
#include "json-members.h"
#include "log.h"

#define PATH_PREFIX_MAX 256

/* -- what wakes us ------------------------------------------------------- */

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

/* Without a picture all of PCI may belong to CXL; in one without ports none of it does, until a root is added. */
static int filter_for_devices(int fd, struct json_object *topology)
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

/* libudev drops all that is not of CXL; what there is most of need not even come so far. */
static int filter_for_changes(int fd)
{
	struct hotplug_filter filter;

	hotplug_filter_begin(&filter, HOTPLUG_KEEP);
	filter_below_root(&filter, "ACPI0017:00", "root0", "nvdimm-bridge");
	return hotplug_filter_attach(&filter, HOTPLUG_KEEP, fd);
}

void hotplug_know(struct hotplug *hotplug, struct json_object *topology)
{
	int r;

	if (!hotplug->devices.udev)
		return;
	r = filter_for_devices(udev_monitor_get_fd(hotplug->devices.udev), topology);
	if (r < 0)
		log_write(LOG_NOTICE, "the kernel's device events are not narrowed down to CXL: %s", strerror(-r));
}

/* -- what comes ---------------------------------------------------------- */

static void hotplug_tell(struct hotplug *hotplug, struct udev_device *device)
{
	struct hotplug_event event;

	if (hotplug_event_classify(udev_device_get_property_value(device, "ACTION"),
				   udev_device_get_property_value(device, "SUBSYSTEM"),
				   udev_device_get_property_value(device, "DEVPATH"), &event))
		hotplug->ops->event(hotplug->userdata, &event);
}

/* Takes all that has come, up to a limit. tell: each is told. Returns whether there was any, or some were lost. */
static bool hotplug_drain(struct hotplug *hotplug, struct udev_monitor *monitor, bool tell, bool *ret_lost)
{
	struct udev_device *device;
	bool any = false;

	errno = 0;
	for (int i = 0; i < HOTPLUG_BURST_MAX && (device = udev_monitor_receive_device(monitor)); i++) {
		if (tell)
			hotplug_tell(hotplug, device);
		udev_device_unref(device);
		any = true;
		errno = 0;
	}
	*ret_lost = errno == ENOBUFS;
	if (*ret_lost)
		log_write(LOG_NOTICE, "events of the kernel were lost, the host is looked at anew");
	return any || *ret_lost;
}

/* A region brings a score of events, and one look answers them all. */
static int hotplug_on_changes(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct hotplug *hotplug = userdata;
	bool lost;

	if (hotplug_drain(hotplug, hotplug->changes.udev, false, &lost))
		hotplug->ops->changed(hotplug->userdata);
	return 0;
}

static int hotplug_on_devices(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct hotplug *hotplug = userdata;
	bool lost;

	hotplug_drain(hotplug, hotplug->devices.udev, true, &lost);
	if (!lost)
		return 0;
	hotplug->ops->lost(hotplug->userdata);
	hotplug->ops->changed(hotplug->userdata);
	return 0;
}

/* -- subscriptions ------------------------------------------------------- */

static int monitor_init(struct hotplug_monitor *monitor, struct udev *udev, sd_event *event,
			sd_event_io_handler_t on_io, struct hotplug *hotplug)
{
	monitor->udev = udev_monitor_new_from_netlink(udev, "kernel");
	if (!monitor->udev)
		return -ENOMEM;
	return sd_event_add_io(event, &monitor->io, udev_monitor_get_fd(monitor->udev), EPOLLIN, on_io, hotplug);
}

/* Clients and workers come first: whatever an event tells is looked up before it is believed. */
static int monitor_start_changes(struct hotplug_monitor *monitor)
{
	int r = udev_monitor_filter_add_match_subsystem_devtype(monitor->udev, "cxl", NULL);

	if (r >= 0)
		r = sd_event_source_set_priority(monitor->io, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_ratelimit(monitor->io, HOTPLUG_REST_USEC, 1);
	if (r >= 0)
		r = udev_monitor_enable_receiving(monitor->udev);
	if (r >= 0)
		r = filter_for_changes(udev_monitor_get_fd(monitor->udev));
	return r;
}

/* The filter comes first: enabling attaches none where nothing is matched. */
static int monitor_start_devices(struct hotplug_monitor *monitor)
{
	int r = filter_for_devices(udev_monitor_get_fd(monitor->udev), NULL);

	if (r >= 0)
		r = sd_event_source_set_priority(monitor->io, SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = udev_monitor_enable_receiving(monitor->udev);
	return r;
}

static void monitor_done(struct hotplug_monitor *monitor)
{
	sd_event_source_disable_unref(monitor->io);
	if (monitor->udev)
		udev_monitor_unref(monitor->udev);
}

int hotplug_init(struct hotplug *hotplug, sd_event *event, const struct hotplug_ops *ops, void *userdata)
{
	int r;

	*hotplug = (struct hotplug){ .ops = ops, .userdata = userdata };
	hotplug->udev = udev_new();
	r = hotplug->udev ? 0 : -ENOMEM;
	if (r >= 0)
		r = monitor_init(&hotplug->changes, hotplug->udev, event, hotplug_on_changes, hotplug);
	if (r >= 0)
		r = monitor_init(&hotplug->devices, hotplug->udev, event, hotplug_on_devices, hotplug);
	if (r >= 0)
		r = monitor_start_changes(&hotplug->changes);
	if (r >= 0)
		r = monitor_start_devices(&hotplug->devices);
	if (r < 0) {
		hotplug_done(hotplug);
		return r;
	}
	return 0;
}

void hotplug_done(struct hotplug *hotplug)
{
	monitor_done(&hotplug->changes);
	monitor_done(&hotplug->devices);
	if (hotplug->udev)
		udev_unref(hotplug->udev);
	*hotplug = (struct hotplug){};
}
