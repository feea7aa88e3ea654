// SPDX-License-Identifier: GPL-2.0-only
/* What all games do to the kernel's attributes. */

#define _GNU_SOURCE
#include "race.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CXL_DEVICES "/sys/bus/cxl/devices"
#define PCI_DRIVER  "/sys/bus/pci/drivers/cxl_pci"
#define MODULE_DOOR "/sys/kernel/debug/cxl_region_deleter"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "race: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(2);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

bool span_lasts(const struct span *span, long round)
{
	return span->rounds > 0 ? round < span->rounds : now() < span->end;
}

int attribute_write(const char *directory, const char *attribute, const char *value)
{
	char path[PATH_SIZE + NAME_SIZE];
	ssize_t n;
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	if (n < 0)
		r = -errno;
	close(fd);
	return r;
}

int attribute_read(const char *directory, const char *attribute, char *ret, size_t size)
{
	char path[PATH_SIZE + NAME_SIZE];
	ssize_t n;
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, ret, size - 1);
	if (n < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		return r;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

bool directory_find(const char *pattern, char *ret, size_t size)
{
	glob_t found;
	bool any;

	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	any = found.gl_pathc > 0;
	if (any) {
		*strrchr(found.gl_pathv[0], '/') = '\0';
		snprintf(ret, size, "%s", found.gl_pathv[0]);
	}
	globfree(&found);
	return any;
}

bool host_find(char *ret, size_t size)
{
	char device[PATH_SIZE];

	if (!directory_find(HOST_DRIVER "/*/driver", device, sizeof(device)))
		return false;
	snprintf(ret, size, "%s", strrchr(device, '/') + 1);
	return true;
}

bool root_decoder_find(char *ret, size_t size)
{
	return directory_find(CXL_DEVICES "/decoder*/create_pmem_region", ret, size);
}

/* Others may take the name between read and write: EBUSY. */
int region_create(const char *root, char *ret_name, size_t size)
{
	int r;

	do {
		r = attribute_read(root, "create_pmem_region", ret_name, size);
		if (r < 0)
			return r;
		r = attribute_write(root, "create_pmem_region", ret_name);
	} while (r == -EBUSY);
	return r;
}

int region_furnish(const char *root, const char *name)
{
	static atomic_uint serial;
	char directory[PATH_SIZE + NAME_SIZE], uuid[NAME_SIZE + 16];
	const char *const steps[][2] = {
		{ "interleave_granularity", "256" },
		{ "interleave_ways", "1" },
		{ "uuid", uuid },
		{ "size", "0x10000000" },
	};
	int r = 0;

	snprintf(directory, sizeof(directory), "%s/%s", root, name);
	snprintf(uuid, sizeof(uuid), "c0ffee00-0000-4000-8000-%012x\n", serial++);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && r == 0; i++)
		r = attribute_write(directory, steps[i][0], steps[i][1]);
	return r;
}

static void deletion_count(int r, struct counts *counts)
{
	if (r == 0)
		counts->deleted++;
	else if (r == -ENODEV)
		counts->refused++;
	else
		counts->other++;
}

int door_open(const struct door *door)
{
	char path[PATH_SIZE + NAME_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", door->directory, door->attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m", path);
	return fd;
}

void region_delete_by(int door, const char *name, struct counts *counts)
{
	deletion_count(pwrite(door, name, strlen(name), 0) < 0 ? -errno : 0, counts);
}

void region_delete(const struct door *door, const char *name, struct counts *counts)
{
	deletion_count(attribute_write(door->directory, door->attribute, name), counts);
}

struct door door_of_root(const char *root)
{
	struct door door = { .attribute = "delete_region" };

	snprintf(door.directory, sizeof(door.directory), "%s", root);
	return door;
}

bool door_of_module(struct door *ret, bool locked)
{
	*ret = (struct door){ .directory = MODULE_DOOR, .attribute = locked ? "delete_locked" : "delete" };
	return access(MODULE_DOOR, F_OK) == 0;
}

int regions_left(void)
{
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	dir = opendir(CXL_DEVICES);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += strncmp(entry->d_name, "region", 6) == 0;
	closedir(dir);
	return n;
}

void regions_delete_all(const struct door *door, struct counts *counts)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(CXL_DEVICES);
	if (!dir)
		die("%s: %m", CXL_DEVICES);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, "region", 6) == 0)
			region_delete(door, entry->d_name, counts);
	closedir(dir);
}

void memdevs_disable(void)
{
	glob_t found;
	int r;

	if (glob(PCI_DRIVER "/*:*", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		r = attribute_write(PCI_DRIVER, "unbind", strrchr(found.gl_pathv[i], '/') + 1);
		if (r < 0)
			die("cannot unbind %s: %s", found.gl_pathv[i], strerror(-r));
	}
	globfree(&found);
}
