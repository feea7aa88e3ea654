/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of its devices. It listens to the kernel's own events: those of udev come later,
 * and do not reach a private network namespace.
 */
#ifndef CXL_REGIOND_DAEMON_HOTPLUG_H
#define CXL_REGIOND_DAEMON_HOTPLUG_H

#include <systemd/sd-event.h>

struct udev;
struct udev_monitor;

struct hotplug {
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *io;
	void (*changed)(void *userdata);
	void *userdata;
};

/*
 * hotplug_init() - subscribe. Do it before the first scan: what happens in between would be missed.
 *
 * @changed: called for each event, and when events were lost
 *
 * Returns 0 or a negative errno.
 */
int hotplug_init(struct hotplug *hotplug, sd_event *event, void (*changed)(void *userdata), void *userdata);
void hotplug_done(struct hotplug *hotplug);

#endif
