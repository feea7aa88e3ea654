/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hotplug.h"

#include <errno.h>
#include <libudev.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hotplug-places.h"
#include "log.h"

/* -- what comes ---------------------------------------------------------- */

static void hotplug_tell(struct hotplug *hotplug, struct udev_device *device)
{
	struct hotplug_event event;

	if (hotplug_event_classify(udev_device_get_property_value(device, "ACTION"),
				   udev_device_get_property_value(device, "SUBSYSTEM"),
				   udev_device_get_property_value(device, "DEVPATH"), &event))
		hotplug->ops->event(hotplug->userdata, &event);
}

/* Were events lost before what was last received? */
static bool hotplug_has_lost(int error)
{
	if (error != ENOBUFS)
		return false;
	log_write(LOG_NOTICE, "events of the kernel were lost, the host is looked at anew");
	return true;
}

/* Tells of all that has come, up to a limit. Returns whether some were lost. */
static bool hotplug_tell_all(struct hotplug *hotplug)
{
	struct udev_device *device;

	errno = 0;
	for (int i = 0; i < HOTPLUG_BURST_MAX && (device = udev_monitor_receive_device(hotplug->devices.udev)); i++) {
		hotplug_tell(hotplug, device);
		udev_device_unref(device);
		errno = 0;
	}
	return hotplug_has_lost(errno);
}

/*
 * Takes all that has come, up to a limit, without looking what it says: a system call for many, and no udev_device of
 * each. Only the kernel's own count. Returns whether there was any, or some were lost.
 */
static bool hotplug_drop_all(int fd)
{
	struct sockaddr_nl senders[HOTPLUG_BURST_MAX];
	struct mmsghdr messages[HOTPLUG_BURST_MAX];
	bool any = false;
	int n;

	for (int i = 0; i < HOTPLUG_BURST_MAX; i++)
		messages[i] =
			(struct mmsghdr){ .msg_hdr = { .msg_name = &senders[i], .msg_namelen = sizeof(senders[i]) } };
	n = recvmmsg(fd, messages, HOTPLUG_BURST_MAX, MSG_DONTWAIT, NULL);
	if (n < 0)
		return hotplug_has_lost(errno);
	for (int i = 0; i < n; i++)
		any |= senders[i].nl_pid == 0;
	return any;
}

/* A region brings a score of events, and one look answers them all. */
static int hotplug_on_changes(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct hotplug *hotplug = userdata;

	if (hotplug_drop_all(fd))
		hotplug->ops->changed(hotplug->userdata);
	return 0;
}

static int hotplug_on_devices(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct hotplug *hotplug = userdata;

	if (!hotplug_tell_all(hotplug))
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
		r = hotplug_changes_attach(udev_monitor_get_fd(monitor->udev));
	return r;
}

/* The filter comes first: enabling attaches none where nothing is matched. */
static int monitor_start_devices(struct hotplug_monitor *monitor)
{
	int r = hotplug_places_attach(udev_monitor_get_fd(monitor->udev), NULL);

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

void hotplug_know(struct hotplug *hotplug, struct json_object *topology)
{
	int r;

	if (!hotplug->devices.udev)
		return;
	r = hotplug_places_attach(udev_monitor_get_fd(hotplug->devices.udev), topology);
	if (r < 0)
		log_write(LOG_NOTICE, "the kernel's device events are not narrowed down to CXL: %s", strerror(-r));
}

void hotplug_done(struct hotplug *hotplug)
{
	monitor_done(&hotplug->changes);
	monitor_done(&hotplug->devices);
	if (hotplug->udev)
		udev_unref(hotplug->udev);
	*hotplug = (struct hotplug){};
}
