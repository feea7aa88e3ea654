/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The attributes of one object each, read into a snapshot that has all names already. A missing optional
 * attribute leaves its field as it is (kernels differ); an object that is gone is a negative errno.
 */
#ifndef CXL_REGIOND_CORE_SCAN_DETAILS_H
#define CXL_REGIOND_CORE_SCAN_DETAILS_H

#include "cleanup.h"
#include "scan.h"

/* scan_port() - kind, parent, uport, driver, dports. */
int scan_port(struct sysfs *sysfs, struct snapshot *snapshot, struct port *port);

/* scan_port_links() - what needs all ports and memdevs: parent_dport, depth, an endpoint's memdev. */
int scan_port_links(struct sysfs *sysfs, struct snapshot *snapshot, int index);

/*
 * scan_*_rest() - the part of an object that libcxl 76 does not tell: inodes, QoS classes, which regions
 * the kernel can create, what is new in later kernels. The full readers below include it.
 */
int scan_port_rest(struct sysfs *sysfs, int dir, struct port *port);
int scan_memdev_rest(struct sysfs *sysfs, int dir, struct memdev *memdev);
int scan_decoder_rest(struct sysfs *sysfs, int dir, struct decoder *decoder);
int scan_region_rest(struct sysfs *sysfs, int dir, struct region *region);

/*
 * scan_*_state() - what can change while the object lives: its driver, its allocations, its region; and the
 * settings of a decoder in use, where they are asked for. The rest stays as it is.
 */
int scan_port_state(struct sysfs *sysfs, struct port *port);
int scan_memdev_state(struct sysfs *sysfs, struct memdev *memdev);
int scan_decoder_state(struct sysfs *sysfs, struct snapshot *snapshot, struct decoder *decoder, bool settings);

/*
 * scan_state_text(), scan_state_u64() - an attribute that is read over and over, by the name of its object: as
 * sysfs_read_again(). The first returns -ENODEV when the object is gone, -ENOENT when it has no such attribute.
 */
int scan_state_text(struct sysfs *sysfs, const char *object, const char *attribute, char *value, size_t size);
int scan_state_u64(struct sysfs *sysfs, const char *object, const char *attribute, uint64_t *number);

/* scan_state_bound() - has it a driver? Returns 0, or -ENODEV when the object is gone. */
int scan_state_bound(struct sysfs *sysfs, const char *object, bool *bound);

/* scan_parent() - the name of the device that an object is a child of. Returns 0 or a negative errno. */
int scan_parent(struct sysfs *sysfs, const char *name, char *parent, size_t size);

/* scan_open() - a handle on an object of the CXL bus. */
int scan_open(struct sysfs *sysfs, const char *name);

int scan_memdev(struct sysfs *sysfs, struct memdev *memdev);
int scan_decoder(struct sysfs *sysfs, struct snapshot *snapshot, struct decoder *decoder);
int scan_region_details(struct sysfs *sysfs, struct snapshot *snapshot, struct region *region);

#endif
