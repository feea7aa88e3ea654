/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device-dax devices within a region's range of addresses: online as memory, or open. */
#ifndef CXL_REGIOND_CORE_CONSUMERS_DAX_H
#define CXL_REGIOND_CORE_CONSUMERS_DAX_H

#include "consumers.h"

/* consumers_find_dax() - add those in use. Returns 0 or a negative errno. */
int consumers_find_dax(struct sysfs *sysfs, const char *proc, const struct region *region, struct consumer_list *list);

#endif
