/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where ports and memdevs hang in the machine. An endpoint goes with its driver, and a switch's port with the last
 * endpoint below it; the PCI devices stay. So a port is known by its device, and what lies below a port that is not
 * there now is found by the paths of the memdevs.
 */
#ifndef CXL_REGIOND_CORE_PORT_PLACE_H
#define CXL_REGIOND_CORE_PORT_PLACE_H

#include "snapshot.h"
#include "sysfs.h"

/* Of a port or a memdev. */
struct place {
	uint64_t inode;			  /* tells it from a later one of its name */
	char device[SNAPSHOT_DEVICE_MAX]; /* of a port: the device whose name is in the paths of memdevs below it */
	char path[SYSFS_PATH_MAX]; /* of a memdev: "../../../devices/pci0000:20/0000:20:00.0/0000:21:00.0/mem0" */
};

/* In the order of the snapshot's arrays. */
struct places {
	struct place *ports;
	struct place *memdevs;
};

/*
 * places_find() - look where everything in a snapshot hangs.
 *
 * Returns 0, or a negative errno: as sysfs says it of an object that went meanwhile (scan_is_gone()), or -ENOMEM.
 */
int places_find(struct sysfs *sysfs, const struct snapshot *snapshot, struct places *ret_places);
void places_done(struct places *places);

/* place_distance() - how many devices lie below this one on the way to a memdev, the memdev included; 0: it does not hang there. */
size_t place_distance(const struct place *memdev, const char *device);

#endif
