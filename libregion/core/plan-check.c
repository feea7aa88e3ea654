/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-check.h"

#include "capacity.h"

#define GRANULARITY_MAX 16384u

void plan_add(struct plan *plan, enum step_kind kind, int target)
{
	plan->steps[plan->n_steps++] = (struct plan_step){ kind, target };
}

int plan_refuse_pmem(const char *object, struct failure *ret_failure)
{
	failure_set(ret_failure, ERROR_CONFLICT, object,
		    "the kernel module cxl_pmem is not loaded: a pmem region could not be bound to its driver");
	failure_set_remedy(ret_failure, "Load it: modprobe cxl_pmem");
	return ret_failure->code;
}

int plan_refuse_guest(const char *object, struct failure *ret_failure)
{
	failure_set(
		ret_failure, ERROR_CONFLICT, object,
		"this is a virtual machine that shows the hypervisor bit: the kernel would answer the commit or reset "
		"of a region with a warning, since it cannot invalidate CPU caches here");
	failure_set_remedy(ret_failure, "Hide the bit from the guest (QEMU: -cpu host,hypervisor=off), or set "
					"GuestCommit=try in cxl-regiond.conf(5) and take the warning.");
	ret_failure->retryable = false;
	return ret_failure->code;
}

/* How many positions pass through a port. */
static unsigned int count_through(const struct snapshot *snapshot, const struct target_order *order, int port)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < order->n; i++) {
		int path[SNAPSHOT_DEPTH_MAX];
		size_t depth = snapshot_path(snapshot, snapshot->memdevs[order->memdevs[i]].endpoint, path);

		for (size_t k = 1; k < depth; k++)
			n += path[k] == port;
	}
	return n;
}

/*
 * The kernel computes for each port the region's granularity times the ways above it, and refuses what is too
 * large (cxl_port_setup_targets(); 6.1 multiplies by less, 6.12 by all). The 3 in the ways of a root decoder of
 * 3, 6 or 12 is no address bits, and does not count.
 */
static int check_port_granularity(const struct snapshot *snapshot, const struct target_order *order, int port,
				  unsigned int granularity, struct failure *ret_failure)
{
	unsigned int above = order->n / count_through(snapshot, order, port);
	unsigned int here = granularity * (above % 3 == 0 ? above / 3 : above);

	if (here <= GRANULARITY_MAX)
		return 0;
	return failure_set(
		ret_failure, ERROR_INVALID_REQUEST, snapshot->ports[port].name,
		"a granularity of %u bytes would make %u bytes at %s, more than the %u that a decoder can do",
		granularity, here, snapshot->ports[port].name, GRANULARITY_MAX);
}

static int check_port(const struct snapshot *snapshot, int port, struct failure *ret_failure)
{
	const char *name = snapshot->ports[port].name;

	if (!snapshot->ports[port].bound)
		return failure_set(ret_failure, ERROR_CONFLICT, name, "%s has no driver", name);
	switch (capacity_port(snapshot, port)) {
	case PORT_CAPACITY_FREE:
		return 0;
	case PORT_CAPACITY_FULL:
		return failure_set(ret_failure, ERROR_NO_CAPACITY, name, "each decoder of %s serves a region already",
				   name);
	case PORT_CAPACITY_FIRMWARE:
		return failure_set(ret_failure, ERROR_REGION_LOCKED, name,
				   "%s decodes memory that firmware set up, which this kernel would not tell apart "
				   "from a free decoder",
				   name);
	case PORT_CAPACITY_UNCOMMITTED:
		return failure_set(ret_failure, ERROR_CONFLICT, name,
				   "another region is attached to %s and not committed yet", name);
	case PORT_CAPACITY_OUT_OF_ORDER:
		return failure_set(
			ret_failure, ERROR_NO_CAPACITY, name,
			"regions on %s were taken down out of order: its next decoder can be used when those "
			"above are gone",
			name);
	}
	return 0;
}

int plan_check_ports(const struct snapshot *snapshot, const struct target_order *order, unsigned int granularity,
		     struct failure *ret_failure)
{
	for (unsigned int i = 0; i < order->n; i++) {
		int path[SNAPSHOT_DEPTH_MAX];
		size_t depth = snapshot_path(snapshot, snapshot->memdevs[order->memdevs[i]].endpoint, path);

		for (size_t k = 1; k + 1 < depth; k++) { /* neither the endpoint nor the root */
			int r = check_port(snapshot, path[k], ret_failure);

			if (r == 0)
				r = check_port_granularity(snapshot, order, path[k], granularity, ret_failure);
			if (r != 0)
				return r;
		}
	}
	return 0;
}
