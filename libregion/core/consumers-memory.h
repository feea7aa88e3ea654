/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory blocks that the kernel uses as system memory within a region's range of addresses. */
#ifndef CXL_REGIOND_CORE_CONSUMERS_MEMORY_H
#define CXL_REGIOND_CORE_CONSUMERS_MEMORY_H

#include "consumers.h"

/* consumers_find_memory() - add one consumer that counts them, if there are any. Returns 0 or a negative errno. */
int consumers_find_memory(struct sysfs *sysfs, const struct region *region, struct consumer_list *list);

#endif
