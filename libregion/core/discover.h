/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cold discovery: the whole topology through libcxl, which waits for the kernel's probing and for udev to
 * be through, and knows the quirks of kernels. It takes up to seconds; scan_all() serves ever after.
 */
#ifndef CXL_REGIOND_CORE_DISCOVER_H
#define CXL_REGIOND_CORE_DISCOVER_H

#include "snapshot.h"
#include "sysfs.h"

/*
 * discover_all() - the same snapshot that scan_all() makes, by libcxl.
 *
 * @sysfs: for what libcxl does not tell; must lead to the kernel's own sysfs, where libcxl looks
 *
 * Returns 0 or a negative errno.
 */
int discover_all(struct sysfs *sysfs, struct snapshot **ret_snapshot);

#endif
