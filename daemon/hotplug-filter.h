/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the kernel's events wake us: a socket filter, run by the kernel for each. libudev's own filters look at
 * messages of udev and let all of the kernel's pass; this one reads the device path that a kernel event begins with
 * ("unbind@/devices/..."), and holds it against prefixes in the order in which they were given.
 */
#ifndef CXL_REGIOND_DAEMON_HOTPLUG_FILTER_H
#define CXL_REGIOND_DAEMON_HOTPLUG_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

enum hotplug_verdict {
	HOTPLUG_DROP,
	HOTPLUG_KEEP,
};

struct hotplug_filter {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned short n;
	bool full; /* more rules than a filter can have */
};

/* hotplug_filter_begin() - others: what becomes of events that neither add, remove, bind nor unbind. */
void hotplug_filter_begin(struct hotplug_filter *filter, enum hotplug_verdict others);

/* hotplug_filter_rule() - what becomes of devices whose path begins so; the first rule that fits decides. */
void hotplug_filter_rule(struct hotplug_filter *filter, const char *prefix, enum hotplug_verdict verdict);

/*
 * hotplug_filter_attach() - end the filter and give it to a socket, in place of the one that it had.
 *
 * @rest: what becomes of devices that no rule fits
 *
 * Errors: -E2BIG for too many rules, those of setsockopt(2); the socket keeps the filter that it had.
 */
int hotplug_filter_attach(struct hotplug_filter *filter, enum hotplug_verdict rest, int fd);

#endif
