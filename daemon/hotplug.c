/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hotplug.h"

#include <errno.h>
#include <libudev.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>

#include "libregion.h"
#include "log.h"

/* A region that goes is a job of somebody's; a port, an endpoint or a memory device that goes is trouble. */
static void hotplug_log(struct udev_device *device)
{
	const char *action = udev_device_get_action(device);
	const char *name = udev_device_get_sysname(device);

	if (!action || !name || strcmp(action, "unbind") != 0)
		return;
	if (region_name_is_valid(REGION_NAME_PORT, name) || region_name_is_valid(REGION_NAME_MEMDEV, name))
		log_write(LOG_INFO, "%s lost its driver", name);
}

/* Takes all that has come: a region brings a score of events, and one look answers them all. */
static int hotplug_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct hotplug *hotplug = userdata;
	struct udev_device *device;
	bool changed = false;

	errno = 0;
	for (int i = 0; i < HOTPLUG_BURST_MAX && (device = udev_monitor_receive_device(hotplug->monitor)); i++) {
		hotplug_log(device);
		udev_device_unref(device);
		changed = true;
		errno = 0;
	}
	if (errno == ENOBUFS) {
		log_write(LOG_NOTICE, "events of the kernel were lost, the host is looked at anew");
		changed = true;
	}
	if (changed)
		hotplug->changed(hotplug->userdata);
	return 0;
}

/* Region drivers add a score of nd and dax devices to each region: what they do is not part of the topology. */
static int hotplug_subscribe(struct hotplug *hotplug)
{
	int r = udev_monitor_filter_add_match_subsystem_devtype(hotplug->monitor, "cxl", NULL);

	return r < 0 ? r : udev_monitor_enable_receiving(hotplug->monitor);
}

int hotplug_init(struct hotplug *hotplug, sd_event *event, void (*changed)(void *userdata), void *userdata)
{
	int r;

	*hotplug = (struct hotplug){ .changed = changed, .userdata = userdata };
	hotplug->udev = udev_new();
	hotplug->monitor = hotplug->udev ? udev_monitor_new_from_netlink(hotplug->udev, "kernel") : NULL;
	r = hotplug->monitor ? hotplug_subscribe(hotplug) : -ENOMEM;
	if (r >= 0)
		r = sd_event_add_io(event, &hotplug->io, udev_monitor_get_fd(hotplug->monitor), EPOLLIN, hotplug_on_io,
				    hotplug);
	/* Clients and workers come first: whatever an event tells is looked up before it is believed. */
	if (r >= 0)
		r = sd_event_source_set_priority(hotplug->io, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_ratelimit(hotplug->io, HOTPLUG_REST_USEC, 1);
	if (r < 0) {
		hotplug_done(hotplug);
		return r;
	}
	return 0;
}

void hotplug_done(struct hotplug *hotplug)
{
	sd_event_source_disable_unref(hotplug->io);
	if (hotplug->monitor)
		udev_monitor_unref(hotplug->monitor);
	if (hotplug->udev)
		udev_unref(hotplug->udev);
	*hotplug = (struct hotplug){};
}
