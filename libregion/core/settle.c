/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

static int settle_bus(const char *name, uint64_t inode, void *userdata)
{
	struct sysfs *sysfs = userdata;
	char path[SYSFS_PATH_MAX], value[64];
	int dir, r;

	if (strncmp(name, "ndbus", 5) != 0)
		return 0;
	snprintf(path, sizeof(path), "bus/nd/devices/%s", name);
	dir = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (dir < 0)
		return scan_is_gone(dir) ? 0 : dir;
	r = sysfs_read(sysfs, dir, "provider", value, sizeof(value));
	/* cxl_test calls its own "cxl_test"; what is not CXL's at all (ACPI.NFIT, e820) is left alone. */
	if (r >= 0 && (strcmp(value, SETTLE_PROVIDER) == 0 || strncmp(value, "cxl_", 4) == 0))
		r = sysfs_read(sysfs, dir, "wait_probe", value, sizeof(value));
	sysfs_close(sysfs, dir);
	return r >= 0 || scan_is_gone(r) ? 0 : r; /* a bus that goes has nothing left to register */
}

int settle_nd(struct sysfs *sysfs)
{
	int r = sysfs_list(sysfs, SYSFS_ROOT, "bus/nd/devices", settle_bus, sysfs);

	return r == -ENOENT ? 0 : r;
}
