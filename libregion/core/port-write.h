/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carrying out the binds and unbinds of a port_plan, one by one. */
#ifndef CXL_REGIOND_CORE_PORT_WRITE_H
#define CXL_REGIOND_CORE_PORT_WRITE_H

#include "plan-json.h"
#include "plan-port.h"

/* port_progress_at() - about the n-th write, counted from 1. */
void port_progress_at(const struct port_plan *plan, unsigned int n, struct plan_progress *ret_progress);

/*
 * port_write_carry_out() - settle, and make the write. What somebody else did meanwhile is done.
 *
 * Returns 0; or the code of *ret_failure, whose outcome is that of this write alone: ERROR_KERNEL_REFUSED,
 * ERROR_PORT_GONE, ERROR_CONFLICT without the driver, ERROR_INTERNAL.
 */
int port_write_carry_out(struct sysfs *sysfs, const struct port_write *write, struct failure *ret_failure);

#endif
