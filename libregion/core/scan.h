/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own reader: sysfs -> snapshot, of the whole CXL bus or of what one region touches. */
#ifndef CXL_REGIOND_CORE_SCAN_H
#define CXL_REGIOND_CORE_SCAN_H

#include "snapshot.h"
#include "sysfs.h"

/* Where the CXL bus and its drivers are. */
#define SCAN_DEVICES "bus/cxl/devices"
#define SCAN_DRIVERS "bus/cxl/drivers"

/*
 * scan_all() - read the whole bus. A host without CXL gives an empty snapshot.
 *
 * An object that goes while it is read starts the scan over.
 *
 * @known: an earlier snapshot, or NULL. As long as the bus has the same members, what cannot change while an
 *   object lives (serials, sizes, links, windows) is taken from there, and the rest is read.
 *
 * Returns 0, -EAGAIN when the bus did not hold still for SCAN_TRIES scans, or a negative errno.
 */
int scan_all(struct sysfs *sysfs, const struct snapshot *known, struct snapshot **ret_snapshot);

/* How often a scan starts over. */
#define SCAN_TRIES 10

/*
 * scan_use() - as scan_all(), but what no plan needs is as old as known: whether memdevs are bound, and the interleave
 * settings of decoders in use.
 *
 * @decoder: a root decoder; what does not lie below its targets is as old as known, too. NULL, or one that is not
 *   there: all is read.
 */
int scan_use(struct sysfs *sysfs, const struct snapshot *known, const char *decoder, struct snapshot **ret_snapshot);

/*
 * scan_region() - as scan_use(), but of what is known already only the subtree that one region touches is read
 * again: the ports from the root to its endpoints, with their decoders. What lies elsewhere is as old as known.
 *
 * @name: the region, of valid form
 *
 * Returns 0; -ENOENT when there is no such region; as scan_all() otherwise.
 */
int scan_region(struct sysfs *sysfs, const struct snapshot *known, const char *name, struct snapshot **ret_snapshot);

/*
 * scan_region_alone() - as scan_region(), but of what is known already only the region and the decoders that are its
 * targets are read again: what became of a region that was just made. Other regions are not there, and what is known
 * is not checked: it was a moment ago.
 */
int scan_region_alone(struct sysfs *sysfs, const struct snapshot *known, const char *name,
		      struct snapshot **ret_snapshot);

/* scan_generation() - the inode of a region. Returns 0, -ENOENT, or another negative errno. */
int scan_generation(struct sysfs *sysfs, const char *name, uint64_t *ret_inode);

/* scan_is_gone() - is this what sysfs says of an object that is not there any more? */
bool scan_is_gone(int error);

/* scan_pmem_driver() - is cxl_pmem loaded? */
bool scan_pmem_driver(struct sysfs *sysfs);

#endif
