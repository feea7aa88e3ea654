/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses the memory of a region: active namespaces and what stands on them (mounts, swap, device
 * mapper and md), dax devices that are online as memory or open, and online memory blocks. Whoever
 * would take such a region down takes it away from them.
 */
#ifndef CXL_REGIOND_CORE_CONSUMERS_H
#define CXL_REGIOND_CORE_CONSUMERS_H

#include "snapshot.h"
#include "sysfs.h"

/* More users than this are not told one by one. */
#define CONSUMERS_MAX 32

struct consumer {
	const char *kind; /* "namespace", "mount", "swap", "holder", "dax", "memory": a literal */
	char name[SNAPSHOT_DEVICE_MAX];
	char detail[160]; /* a sentence */
};

struct consumer_list {
	struct consumer consumers[CONSUMERS_MAX];
	size_t n;
};

/* consumers_add() - append; what is beyond CONSUMERS_MAX is left out. kind is a literal. */
void consumers_add(struct consumer_list *list, const char *kind, const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * consumers_find() - who uses a region now.
 *
 * @sysfs: where to look
 * @proc: path of a procfs: "/proc"
 * @region: which
 * @ret_list: filled in
 *
 * Returns 0 or a negative errno; then it is not known who uses the region.
 */
int consumers_find(struct sysfs *sysfs, const char *proc, const struct region *region, struct consumer_list *ret_list);

#endif
