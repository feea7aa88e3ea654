/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a block device is mounted or swapped to. */
#ifndef CXL_REGIOND_CORE_MOUNT_TABLE_H
#define CXL_REGIOND_CORE_MOUNT_TABLE_H

struct consumer_list;

/*
 * mount_table_search() - add the mounts of a block device, and its use as swap.
 *
 * @proc: path of a procfs
 * @device: "pmem0"
 * @number: its major:minor, as in its sysfs attribute dev; a file system that shows another number
 *   (btrfs) is found by the name of its source
 *
 * Returns 0 or a negative errno.
 */
int mount_table_search(const char *proc, const char *device, const char *number, struct consumer_list *list);

#endif
