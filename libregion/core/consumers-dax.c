/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libdaxctl tells which dax devices lie in the range and whether one serves as memory. Who has one open
 * stands in /proc/PID/fd, as far as the caller may look there; the use count of the module device_dax
 * counts the rest, without saying whose they are: then an enabled device must be taken for open.
 */
#include "consumers-dax.h"

#include <daxctl/libdaxctl.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define DAX_DEVICES    "bus/dax/devices"
#define DAX_MODULE_USE "module/device_dax/refcnt"

static int found_one(const char *name, uint64_t inode, void *userdata)
{
	return 1;
}

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static bool is_number(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* Does a process have the device open? What may not be looked at counts as no. */
static bool process_has_open(const char *proc, const char *pid, const char *path)
{
	char name[512], target[256];
	CLEANUP(cleanup_dir) DIR *dir = NULL;
	struct dirent *entry;

	snprintf(name, sizeof(name), "%s/%s/fd", proc, pid);
	dir = opendir(name);
	while (dir && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (length < 0)
			continue;
		target[length] = '\0';
		if (strcmp(target, path) == 0)
			return true;
	}
	return false;
}

/* Adds the processes that have a device open, as far as they can be seen. Returns how many. */
static int add_openers(const char *proc, const char *device, struct consumer_list *list)
{
	CLEANUP(cleanup_dir) DIR *dir = opendir(proc);
	char path[SNAPSHOT_DEVICE_MAX + 8];
	struct dirent *entry;
	int n = 0;

	snprintf(path, sizeof(path), "/dev/%s", device);
	while (dir && (entry = readdir(dir))) {
		if (!is_number(entry->d_name) || !process_has_open(proc, entry->d_name, path))
			continue;
		consumers_add(list, "dax", device, "process %s has %s open", entry->d_name, path);
		n++;
	}
	return n;
}

static void check_devdax(struct sysfs *sysfs, const char *proc, const char *device, struct consumer_list *list)
{
	uint64_t use;

	if (sysfs_read_u64(sysfs, SYSFS_ROOT, DAX_MODULE_USE, &use) == 0 && use == 0)
		return; /* no dax device is open anywhere */
	/* Without a count (device_dax is built in) it must be taken for open, too. */
	if (add_openers(proc, device, list) == 0)
		consumers_add(list, "dax", device,
			      "/dev/%s may be open, by a process that cannot be looked into; disable it first "
			      "(daxctl disable-device)",
			      device);
}

static void check_device(struct sysfs *sysfs, const char *proc, struct daxctl_dev *device, struct consumer_list *list)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(device);
	const char *name = daxctl_dev_get_devname(device);
	int online;

	if (!daxctl_dev_is_enabled(device))
		return;
	if (!memory) {
		check_devdax(sysfs, proc, name, list);
		return;
	}
	online = daxctl_memory_is_online(memory);
	if (online > 0)
		consumers_add(list, "dax", name, "%s is system memory, with %d memory blocks online", name, online);
}

int consumers_find_dax(struct sysfs *sysfs, const char *proc, const struct region *region, struct consumer_list *list)
{
	struct daxctl_region *dax_region;
	struct daxctl_dev *device;
	struct daxctl_ctx *ctx;
	int r;

	if (sysfs_list(sysfs, SYSFS_ROOT, DAX_DEVICES, found_one, NULL) != 1)
		return 0; /* none on this host: no need to enumerate */
	r = daxctl_new(&ctx);
	if (r < 0)
		return r;
	daxctl_region_foreach (ctx, dax_region) {
		daxctl_dev_foreach (dax_region, device) {
			uint64_t start = daxctl_dev_get_resource(device);

			if (start >= region->start && start < region->start + region->size)
				check_device(sysfs, proc, device, list);
		}
	}
	daxctl_unref(ctx);
	return 0;
}
