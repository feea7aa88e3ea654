/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which locks a request needs, by what was last seen of the host. Pure: a Topology and names in, a set out. What was
 * seen can be old: the worker that plans under the locks says so, and the set is exchanged.
 *
 * The kernel couples all that is below one host bridge (decoders, the order of commits, DPA), and the addresses and region
 * ids of one root decoder. So a region's set is its root decoder and each port from the host bridge to the endpoints;
 * "root0" is shared by all, but for who needs the whole host.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef CXL_REGIOND_DAEMON_LOCK_SCOPE_H
#define CXL_REGIOND_DAEMON_LOCK_SCOPE_H

#include "lock-table.h"

struct json_object;

/* The lock that all share: whoever has it alone has the host. */
#define LOCK_NAME_HOST "root0"

/* lock_scope_host() - the whole host. */
int lock_scope_host(struct lock_set *set);

/* lock_scope_region() - for a change of that region; the whole host for one that was not seen. */
int lock_scope_region(struct json_object *topology, const char *region, struct lock_set *set);

/*
 * lock_scope_create() - for a CreateRequest: the bridges of the memdevs that it names, or else all of its root decoder;
 * the whole host where neither was seen.
 */
int lock_scope_create(struct json_object *topology, struct json_object *request, struct lock_set *set);

/*
 * lock_scope_object() - for a port, a memdev or a root decoder as a whole: what is above and below it, and all regions that
 * use it. -ENOENT for one that was not seen.
 */
int lock_scope_object(struct json_object *topology, const char *name, struct lock_set *set);

/* lock_scope_port() - for unbinding or binding one; the whole host for one that was not seen. */
int lock_scope_port(struct json_object *topology, const char *name, struct lock_set *set);

/* lock_scope_names() - those that a worker asked for, an array of names: each alone, and the host shared. */
int lock_scope_names(struct json_object *names, struct lock_set *set);

/* lock_scope_of_decoder() - the name of the lock of a decoder: its own, or its port's. Empty for one that was not seen. */
const char *lock_scope_of_decoder(struct json_object *topology, const char *decoder);

/* lock_scope_has_host() - is it the whole host? */
bool lock_scope_has_host(const struct lock_set *set);

/* lock_scope_to_json() - the names, "root0 (shared)" among them. Returns 0 or -ENOMEM. */
int lock_scope_to_json(const struct lock_set *set, struct json_object **ret_names);

#endif
