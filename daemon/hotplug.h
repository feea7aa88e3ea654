/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of its devices. It listens to the kernel's own events: those of udev come later,
 * and do not reach a private network namespace.
 *
 * It listens twice. What jobs do makes a score of events for each region: they wait until nothing else is to be done,
 * are taken together, and only say that something changed. What comes and goes beside regions (ports, memory
 * devices, PCI functions below CXL host bridges, the CXL root) is rare, and told at once and one by one; the kernel
 * keeps the rest of the host's events from that second socket.
 */
#ifndef CXL_REGIOND_DAEMON_HOTPLUG_H
#define CXL_REGIOND_DAEMON_HOTPLUG_H

#include <systemd/sd-event.h>

#include "hotplug-event.h"

/*
 * After it took what had come it rests for so long: the events of a job's own doing would wake the daemon some twenty
 * times while its worker needs the processor. Whatever an event tells is looked up before it is believed.
 */
#define HOTPLUG_REST_USEC (100 * 1000ull)

/* So many at once, at the most. */
#define HOTPLUG_BURST_MAX 256

struct json_object;
struct udev;
struct udev_monitor;

struct hotplug_ops {
	/* Something changed on the CXL bus, or may have. */
	void (*changed)(void *userdata);
	/* Such a device came, went, got or lost its driver; never about a region or a root decoder. */
	void (*event)(void *userdata, const struct hotplug_event *event);
	/* Events were lost: what event() told may be out of date. changed() follows. */
	void (*lost)(void *userdata);
};

struct hotplug_monitor {
	struct udev_monitor *udev;
	sd_event_source *io;
};

struct hotplug {
	struct udev *udev;
	struct hotplug_monitor changes; /* all of CXL, when there is time */
	struct hotplug_monitor devices; /* all but regions, at once */
	const struct hotplug_ops *ops;
	void *userdata;
};

/*
 * hotplug_init() - subscribe. Do it before the first scan: what happens in between would be missed.
 *
 * @ops: stays the caller's
 *
 * Returns 0 or a negative errno.
 */
int hotplug_init(struct hotplug *hotplug, sd_event *event, const struct hotplug_ops *ops, void *userdata);
void hotplug_done(struct hotplug *hotplug);

/*
 * hotplug_know() - where CXL is on this host: before it, event() wakes for every PCI function, and for regions
 * below any root but that of common hosts.
 *
 * @topology: of the interface's type Topology
 */
void hotplug_know(struct hotplug *hotplug, struct json_object *topology);

#endif
