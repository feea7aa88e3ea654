/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where on a host the devices are whose events matter, as filters of the sockets that receive them. */
#ifndef CXL_REGIOND_DAEMON_HOTPLUG_PLACES_H
#define CXL_REGIOND_DAEMON_HOTPLUG_PLACES_H

struct json_object;

/*
 * hotplug_places_attach() - let in only what comes and goes beside regions: ports, and what is on PCI buses below
 * CXL host bridges, when it is added, removed, bound or unbound.
 *
 * @topology: of the interface's type Topology. Before there is one (NULL) all of PCI may belong to CXL; in one without
 *   ports none of it does, until a root is added.
 *
 * Returns 0 or a negative errno; the socket then keeps the filter that it had.
 */
int hotplug_places_attach(int fd, struct json_object *topology);

/*
 * hotplug_changes_attach() - let in all but what the drivers of regions add: libudev would drop it, but it would wake
 * us first. Returns as hotplug_places_attach().
 */
int hotplug_changes_attach(int fd);

#endif
