/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of planning a create: what is known while one root decoder is tried, and the checks of each stage. */
#ifndef CXL_REGIOND_CORE_PLAN_ATTEMPT_H
#define CXL_REGIOND_CORE_PLAN_ATTEMPT_H

#include "interleave.h"
#include "plan.h"

/* What is known while one root decoder is tried. */
struct attempt {
	const struct snapshot *snapshot;
	const struct create_request *request;
	const struct decoder *root;
	const struct target_order *named; /* the memdevs that were named, n = 0 for none */
	enum region_type type;
	unsigned int ways, granularity;
	struct target_order order;
	int stage; /* how far it came */
	struct failure *failure;
};

#define FAIL(attempt, code, object, ...) failure_set((attempt)->failure, code, object, __VA_ARGS__)

/* Each check returns 0, or the code of the attempt's failure. */

/* plan_name_memdevs() - find the memdevs that a request names: by name, by host (PCI address), by "serial=N". */
int plan_name_memdevs(const struct snapshot *snapshot, const struct create_request *request, struct target_order *named,
		      struct failure *failure);

/* plan_choose_targets() - choose memdevs: those with the most free capacity first, so that the region can be large. */
int plan_choose_targets(struct attempt *attempt);

/* plan_order_targets() - put the named memdevs into an order that can be decoded. */
int plan_order_targets(struct attempt *attempt);

/* plan_check_dpa() - each target's decoder and DPA. The least free DPA of them limits all. */
int plan_check_dpa(struct attempt *attempt, struct plan *plan, uint64_t *ret_least);

/* plan_check_size() - the size that was asked for, or the largest there is. */
int plan_check_size(struct attempt *attempt, struct plan *plan, uint64_t least);

/* plan_check_hpa() - where the kernel will put it, and whether its ports take it there. */
int plan_check_hpa(struct attempt *attempt, struct plan *plan);

#endif
