/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plans of all kinds have to look at. */
#ifndef CXL_REGIOND_CORE_PLAN_CHECK_H
#define CXL_REGIOND_CORE_PLAN_CHECK_H

#include "interleave.h"
#include "plan.h"

/*
 * plan_check_ports() - can each port on the way to the targets decode another region?
 *
 * @order: the targets by position
 * @granularity: of the region, in bytes
 */
int plan_check_ports(const struct snapshot *snapshot, const struct target_order *order, unsigned int granularity,
		     struct failure *ret_failure);

#endif
