/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pmem region and its nd region have the same number (both take it from the kernel's memregion ids). On
 * the nd region stand namespaces; a namespace, or the btt or pfn device that claims it, carries a block
 * device, which may be mounted, swapped to, or held by another block device.
 */
#include "consumers.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumers-dax.h"
#include "consumers-memory.h"
#include "mount-table.h"
#include "scan.h"
#include "utf8.h"

#define ND_DEVICES "bus/nd/devices"

struct search {
	struct sysfs *sysfs;
	const char *proc;
	int nd_region;	    /* a handle on its directory */
	bool *any_space;    /* set when a namespace of it has a size */
	const char *device; /* the nd or block device at hand */
	struct consumer_list *list;
};

void consumers_add(struct consumer_list *list, const char *kind, const char *name, const char *format, ...)
{
	struct consumer *consumer = &list->consumers[list->n];
	va_list arguments;

	if (list->n == CONSUMERS_MAX)
		return;
	list->n++;
	*consumer = (struct consumer){ .kind = kind };
	snprintf(consumer->name, sizeof(consumer->name), "%s", name);
	va_start(arguments, format);
	vsnprintf(consumer->detail, sizeof(consumer->detail), format, arguments);
	va_end(arguments);
	/* A mount point can have any name. */
	utf8_clean(consumer->name);
	utf8_clean(consumer->detail);
}

static int add_holder(const char *name, uint64_t inode, void *userdata)
{
	struct search *search = userdata;

	consumers_add(search->list, "holder", name, "/dev/%s is part of /dev/%s", search->device, name);
	return 0;
}

/* A block device or one of its partitions, at a path below the nd region. */
static int search_block(struct search *search, const char *path, const char *name)
{
	struct search below = *search;
	char attribute[SYSFS_PATH_MAX], number[32];
	int r;

	snprintf(attribute, sizeof(attribute), "%s/dev", path);
	r = sysfs_read(search->sysfs, search->nd_region, attribute, number, sizeof(number));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = mount_table_search(search->proc, name, number, search->list);
	if (r < 0)
		return r;
	below.device = name;
	snprintf(attribute, sizeof(attribute), "%s/holders", path);
	r = sysfs_list(search->sysfs, search->nd_region, attribute, add_holder, &below);
	return r == -ENOENT ? 0 : r;
}

struct disk_search {
	struct search *search;
	const char *disk, *path;
};

static int search_partition(const char *name, uint64_t inode, void *userdata)
{
	struct disk_search *disk = userdata;
	char path[SYSFS_PATH_MAX];

	if (strncmp(name, disk->disk, strlen(disk->disk)) != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", disk->path, name);
	return search_block(disk->search, path, name);
}

static int search_disk(const char *name, uint64_t inode, void *userdata)
{
	struct search *search = userdata;
	char path[SYSFS_PATH_MAX];
	struct disk_search disk = { search, name, path };
	int r;

	snprintf(path, sizeof(path), "%s/block/%s", search->device, name);
	r = search_block(search, path, name);
	return r < 0 ? r : sysfs_list(search->sysfs, search->nd_region, path, search_partition, &disk);
}

/* The kernel's words for the modes, and those that ndctl gives them. */
static const char *mode_name(const char *mode)
{
	if (strcmp(mode, "memory") == 0)
		return "fsdax";
	if (strcmp(mode, "dax") == 0)
		return "devdax";
	return strcmp(mode, "safe") == 0 ? "sector" : mode;
}

/* Is a driver bound to an nd device of the region? 1, 0, or a negative errno. */
static int is_bound(struct search *search, const char *name)
{
	char path[SYSFS_PATH_MAX], driver[SNAPSHOT_DEVICE_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/driver", name);
	r = sysfs_link_base(search->sysfs, search->nd_region, path, driver, sizeof(driver));
	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

/* The text of an attribute of a namespace. */
static int read_namespace(struct search *search, const char *name, const char *attribute, char *text, size_t size)
{
	char path[SYSFS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", name, attribute);
	return sysfs_read(search->sysfs, search->nd_region, path, text, size);
}

/* A namespace is active when it is bound itself, or when the btt, pfn or dax device that claims it is. */
static int is_active(struct search *search, const char *name)
{
	char holder[SNAPSHOT_DEVICE_MAX];
	int r;

	r = is_bound(search, name);
	if (r != 0)
		return r;
	r = read_namespace(search, name, "holder", holder, sizeof(holder));
	if (r <= 0)
		return r == -ENOENT ? 0 : r;
	return is_bound(search, holder);
}

/* A namespace without size is a seed: a place where one can be made. */
static int search_namespace(struct search *search, const char *name, bool *ret_has_space)
{
	char path[SYSFS_PATH_MAX], mode[32] = "", text[REGION_SIZE_TEXT_MAX];
	uint64_t size;
	int r;

	sysfs_join(path, name, "size", NULL);
	r = sysfs_read_u64(search->sysfs, search->nd_region, path, &size);
	if (r < 0 || size == 0)
		return r;
	*ret_has_space = true;
	r = is_active(search, name);
	if (r <= 0)
		return r;
	r = read_namespace(search, name, "mode", mode, sizeof(mode));
	if (r < 0 && r != -ENOENT)
		return r;
	consumers_add(search->list, "namespace", name, "%s is active: %s in mode %s", name,
		      region_size_format(size, text), mode_name(mode));
	return 0;
}

/* "btt0.0" is a device, "btt_seed" an attribute. */
static bool is_nd_device(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 && name[length] >= '0' && name[length] <= '9';
}

/* The disk of an nd device. One that went, or has no disk, is passed over: the others have still to be looked at. */
static int search_disks(struct search *search)
{
	char path[SYSFS_PATH_MAX];
	int r;

	sysfs_join(path, search->device, "block", NULL);
	r = sysfs_list(search->sysfs, search->nd_region, path, search_disk, search);
	return scan_is_gone(r) ? 0 : r;
}

static int search_one_namespace(const char *name, uint64_t inode, void *userdata)
{
	struct search search = *(struct search *)userdata;
	bool has_space = false;
	int r;

	if (!is_nd_device(name, "namespace"))
		return 0;
	search.device = name;
	r = search_namespace(&search, name, &has_space);
	*search.any_space |= has_space;
	if (r >= 0 && has_space)
		r = search_disks(&search);
	return scan_is_gone(r) ? 0 : r;
}

static int search_one_claim(const char *name, uint64_t inode, void *userdata)
{
	struct search search = *(struct search *)userdata;

	if (!is_nd_device(name, "btt") && !is_nd_device(name, "pfn"))
		return 0;
	search.device = name;
	return search_disks(&search);
}

static int search_nd_region(struct sysfs *sysfs, const char *proc, const struct region *region,
			    struct consumer_list *list)
{
	bool any_space = false;
	struct search search = { .sysfs = sysfs, .proc = proc, .any_space = &any_space, .list = list };
	char path[SYSFS_PATH_MAX];
	int r;

	sysfs_join(path, ND_DEVICES, region->name, NULL);
	search.nd_region = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (search.nd_region < 0) /* a ram region, or one that is not bound */
		return search.nd_region == -ENOENT ? 0 : search.nd_region;
	r = sysfs_list(sysfs, search.nd_region, ".", search_one_namespace, &search);
	/* What claims a namespace claims its space: without any there are no disks. */
	if (r >= 0 && any_space)
		r = sysfs_list(sysfs, search.nd_region, ".", search_one_claim, &search);
	sysfs_close(sysfs, search.nd_region);
	return r == -ENOENT ? 0 : r;
}

int consumers_find(struct sysfs *sysfs, const char *proc, const struct region *region, struct consumer_list *ret_list)
{
	struct consumer_list list;
	int r;

	list.n = 0;
	if (region->committed && region->size > 0 && region->start != SNAPSHOT_UNKNOWN) {
		r = search_nd_region(sysfs, proc, region, &list);
		if (r >= 0)
			r = consumers_find_memory(sysfs, region, &list);
		if (r >= 0)
			r = consumers_find_dax(sysfs, proc, region, &list);
		if (r < 0)
			return r;
	}
	memcpy(ret_list->consumers, list.consumers, list.n * sizeof(list.consumers[0]));
	ret_list->n = list.n;
	return 0;
}
