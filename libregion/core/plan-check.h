/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plans of all kinds have to look at. */
#ifndef CXL_REGIOND_CORE_PLAN_CHECK_H
#define CXL_REGIOND_CORE_PLAN_CHECK_H

#include "interleave.h"
#include "plan.h"

/* plan_describe_region() - a plan without steps, with the region and its targets as they are. */
void plan_describe_region(const struct snapshot *snapshot, const struct region *region, struct plan *plan);

/*
 * plan_find_memdev() - a memdev by name, by PCI address (or whatever its host is called), or by "serial=N".
 *
 * Returns its index, or SNAPSHOT_NONE; a serial that two have names neither.
 */
int plan_find_memdev(const struct snapshot *snapshot, const char *text);

/* plan_refuse_pmem() - no pmem region without cxl_pmem: the kernel would leave an orphan. Returns the code. */
int plan_refuse_pmem(const char *object, struct failure *ret_failure);

/* plan_refuse_guest() - no commit or reset where the kernel would answer with a WARN. Returns the code. */
int plan_refuse_guest(const char *object, struct failure *ret_failure);

/*
 * plan_check_ports() - can each port on the way to the targets decode another region?
 *
 * @order: the targets by position
 * @granularity: of the region, in bytes
 */
int plan_check_ports(const struct snapshot *snapshot, const struct target_order *order, unsigned int granularity,
		     struct failure *ret_failure);

#endif
