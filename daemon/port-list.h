/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which regions live at which port, out of a Topology. */
#ifndef CXL_REGIOND_DAEMON_PORT_LIST_H
#define CXL_REGIOND_DAEMON_PORT_LIST_H

struct json_object;

/*
 * port_list_new() - an array of the interface's type PortUse: the ports of a topology in its order, then the memdevs
 * that have none.
 *
 * Returns 0 or -ENOMEM.
 */
int port_list_new(struct json_object *topology, struct json_object **ret_ports);

#endif
