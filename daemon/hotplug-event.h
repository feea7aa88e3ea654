/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel event is about, as far as it concerns CXL. Pure: properties in, an event out. */
#ifndef CXL_REGIOND_DAEMON_HOTPLUG_EVENT_H
#define CXL_REGIOND_DAEMON_HOTPLUG_EVENT_H

#include <stdbool.h>

enum hotplug_action {
	HOTPLUG_ADDED,
	HOTPLUG_REMOVED,
	HOTPLUG_BOUND,	 /* got its driver */
	HOTPLUG_UNBOUND, /* lost its driver */
};

enum hotplug_what {
	HOTPLUG_ROOT_DEVICE, /* what the CXL root stands on: "ACPI0017:00" */
	HOTPLUG_PORT,	     /* "root0", "port1", "endpoint2" */
	HOTPLUG_MEMDEV,
	HOTPLUG_DECODER,
	HOTPLUG_REGION,
	HOTPLUG_PCI, /* any PCI function: whether it has to do with CXL, the topology tells */
};

struct hotplug_event {
	enum hotplug_action action;
	enum hotplug_what what;
	const char *name; /* the kernel's, within path */
	const char *path; /* below /sys, as in the event */
};

/*
 * hotplug_event_classify() - read an event of the kernel.
 *
 * @action, @subsystem, @path: its properties ACTION, SUBSYSTEM and DEVPATH; NULL where it has none
 * @ret_event: points into path; untouched if it is no such event
 *
 * Returns whether it is one that can concern CXL.
 */
bool hotplug_event_classify(const char *action, const char *subsystem, const char *path,
			    struct hotplug_event *ret_event);

#endif
