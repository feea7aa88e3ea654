/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ordinary users see: sysfs keeps the addresses of decoders (mode 0400) from them, and so does the daemon. The
 * range of a region that is there is public in sysfs, and stays.
 */
#ifndef CXL_REGIOND_DAEMON_PUBLIC_H
#define CXL_REGIOND_DAEMON_PUBLIC_H

struct call;
struct daemon;
struct json_object;

/*
 * public_topology() - a Topology as this caller may see it.
 *
 * @topology: stays as it is
 * @ret_view: a reference to it, or to a copy without what the caller may not see
 *
 * Returns 0 or -ENOMEM.
 */
int public_topology(const struct daemon *daemon, const struct call *call, struct json_object *topology,
		    struct json_object **ret_view);

/* public_plan() - the same for the result of PlanCreate. */
int public_plan(const struct daemon *daemon, const struct call *call, struct json_object *result,
		struct json_object **ret_view);

#endif
