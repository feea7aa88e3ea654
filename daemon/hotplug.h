/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of its devices. It listens to the kernel's own events: those of udev come later,
 * and do not reach a private network namespace.
 */
#ifndef CXL_REGIOND_DAEMON_HOTPLUG_H
#define CXL_REGIOND_DAEMON_HOTPLUG_H

#include <systemd/sd-event.h>

/*
 * After it took what had come it rests for so long: the events of a job's own doing would wake the daemon some twenty
 * times while its worker needs the processor. Whatever an event tells is looked up before it is believed.
 */
#define HOTPLUG_REST_USEC (100 * 1000ull)

/* So many at once, at the most. */
#define HOTPLUG_BURST_MAX 256

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
 * @changed: called when events came, and when some were lost
 *
 * Returns 0 or a negative errno.
 */
int hotplug_init(struct hotplug *hotplug, sd_event *event, void (*changed)(void *userdata), void *userdata);
void hotplug_done(struct hotplug *hotplug);

#endif
