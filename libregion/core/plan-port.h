/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking a port from its driver in order, and giving it back. Regions that live there go first, each by a plan of its
 * own; then the memdevs below, each from cxl_mem, which takes its endpoint along at once (an endpoint that is taken
 * from cxl_port takes its memdev along later, by a work item, and cannot be bound again); then a bridge's port from
 * cxl_port. A switch's port goes with the last endpoint below it. Binding is the same from the top.
 */
#ifndef CXL_REGIOND_CORE_PLAN_PORT_H
#define CXL_REGIOND_CORE_PLAN_PORT_H

#include "plan.h"
#include "port-place.h"

struct consumer_list;

/* What a caller named. */
struct port_object {
	enum port_kind kind;
	int port;			 /* SNAPSHOT_NONE: there is none now, an unbound endpoint or switch */
	int memdev;			 /* of an endpoint */
	char name[SNAPSHOT_DEVICE_MAX];	 /* the kernel's for the port; without one, the memdev's or device's */
	char uport[SNAPSHOT_DEVICE_MAX]; /* its device: what names it also when it comes back */
};

/* A bind or unbind of a memdev or port. */
struct port_write {
	bool bind;
	bool memdev; /* cxl_mem is its driver; else cxl_port */
	char object[REGION_NAME_MAX];
	char host[SNAPSHOT_DEVICE_MAX]; /* of a memdev: its PCI function */
	uint64_t inode;
};

struct port_plan {
	struct port_object object;
	struct plan *deletes; /* regions that go first, in that order */
	size_t n_deletes;
	struct port_write *writes;
	size_t n_writes; /* 0: it is so already */
};

/* How a port is to be unbound. */
struct port_request {
	bool force;			       /* delete the regions that live there */
	const struct consumer_list *consumers; /* who uses each of the snapshot's regions, in their order */
	bool commit_is_refused;		       /* as for a region_request */
};

/*
 * plan_port_find() - which port is meant.
 *
 * @name: a port ("port1", "endpoint3"); a memdev ("mem2", "serial=5", its PCI address), which stands for its endpoint;
 *   or a port's device, also that of a switch whose port is gone
 *
 * Returns 0, or ERROR_NOT_FOUND.
 */
int plan_port_find(const struct snapshot *snapshot, const struct places *places, const char *name,
		   struct port_object *ret_object, struct failure *ret_failure);

/* plan_port_serves() - does a region live at the port or below it? */
bool plan_port_serves(const struct snapshot *snapshot, const struct port_object *object, const struct region *region);

/*
 * plan_port_unbind() - plan what takes a port from its driver.
 *
 * @ret_plan: ended with port_plan_done(), after success
 *
 * Returns 0; or the code of *ret_failure, whose outcome is unchanged: ERROR_REGION_IN_USE (regions live there and it is
 * not forced, or somebody uses one of them), ERROR_REGION_LOCKED (firmware made one), ERROR_CONFLICT (a region elsewhere
 * has to go first; DPA is held outside any region), ERROR_INVALID_REQUEST (a root), ERROR_INTERNAL.
 */
int plan_port_unbind(const struct snapshot *snapshot, const struct places *places, const struct port_object *object,
		     const struct port_request *request, struct port_plan *ret_plan, struct failure *ret_failure);

/*
 * plan_port_bind() - plan what gives a port, and all below it, back to their drivers.
 *
 * Returns 0; or the code of *ret_failure: ERROR_CONFLICT when the bridge above is unbound, ERROR_INTERNAL.
 */
int plan_port_bind(const struct snapshot *snapshot, const struct places *places, const struct port_object *object,
		   struct port_plan *ret_plan, struct failure *ret_failure);

/* port_plan_moves_bridge() - does it take a host bridge from its driver, or give it back? */
bool port_plan_moves_bridge(const struct port_plan *plan);

/* plan_port_refuse_bridge() - because the kernel keeps_memdevs. Returns ERROR_CONFLICT, the code of *ret_failure. */
int plan_port_refuse_bridge(const struct port_plan *plan, struct failure *ret_failure);

void port_plan_done(struct port_plan *plan);

#endif
