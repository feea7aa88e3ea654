/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settle.h"

#include <errno.h>
#include <string.h>

#include "scan.h"

#define ND_DEVICES "bus/nd/devices"
#define CXL_FLUSH  "bus/cxl/flush"

static int settle_bus(const char *name, uint64_t inode, void *userdata)
{
	struct sysfs *sysfs = userdata;
	char path[SYSFS_PATH_MAX], value[64];
	int r;

	if (strncmp(name, "ndbus", 5) != 0)
		return 0;
	sysfs_join(path, ND_DEVICES, name, "provider");
	r = sysfs_read_again(sysfs, path, value, sizeof(value));
	/* cxl_test calls its own "cxl_test"; what is not CXL's at all (ACPI.NFIT, e820) is left alone. */
	if (r >= 0 && (strcmp(value, SETTLE_PROVIDER) == 0 || strncmp(value, "cxl_", 4) == 0)) {
		sysfs_join(path, ND_DEVICES, name, "wait_probe");
		r = sysfs_read_again(sysfs, path, value, sizeof(value));
	}
	return r >= 0 || scan_is_gone(r) ? 0 : r; /* a bus that goes has nothing left to register */
}

int settle_nd(struct sysfs *sysfs)
{
	int r = sysfs_list(sysfs, SYSFS_ROOT, ND_DEVICES, settle_bus, sysfs);

	return r == -ENOENT ? 0 : r;
}

int settle_cxl(struct sysfs *sysfs)
{
	int r = sysfs_write(sysfs, SYSFS_ROOT, CXL_FLUSH, "1");

	return r < 0 && r != -ENOENT ? r : settle_nd(sysfs);
}
