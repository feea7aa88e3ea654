/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats are proc(5)'s: /proc/PID/mountinfo and /proc/swaps. */
#include "mount-table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "consumers.h"

static void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* The source of a mount stands behind the separator " - TYPE ". */
static bool is_source(const char *line, const char *path)
{
	const char *separator = strstr(line, " - ");
	char source[256];

	return separator && sscanf(separator, " - %*s %255s", source) == 1 && strcmp(source, path) == 0;
}

static int search_mounts(const char *proc, const char *path, const char *number, struct consumer_list *list)
{
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_file) FILE *file = NULL;
	char name[256];
	size_t size = 0;

	snprintf(name, sizeof(name), "%s/self/mountinfo", proc);
	file = fopen(name, "re");
	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		char device[32], point[256];

		if (sscanf(line, "%*s %*s %31s %*s %255s", device, point) != 2)
			continue;
		if (strcmp(device, number) == 0 || is_source(line, path))
			consumers_add(list, "mount", point, "%s is mounted on %s", path, point);
	}
	return ferror(file) ? -EIO : 0;
}

static int search_swaps(const char *proc, const char *path, struct consumer_list *list)
{
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_file) FILE *file = NULL;
	char name[256];
	size_t size = 0;

	snprintf(name, sizeof(name), "%s/swaps", proc);
	file = fopen(name, "re");
	if (!file)
		return errno == ENOENT ? 0 : -errno; /* a kernel without swap */
	while (getline(&line, &size, file) > 0) {
		char device[256];

		if (sscanf(line, "%255s", device) == 1 && strcmp(device, path) == 0)
			consumers_add(list, "swap", path, "%s is in use as swap", path);
	}
	return ferror(file) ? -EIO : 0;
}

int mount_table_search(const char *proc, const char *device, const char *number, struct consumer_list *list)
{
	char path[SNAPSHOT_DEVICE_MAX + 8];
	int r;

	snprintf(path, sizeof(path), "/dev/%s", device);
	r = search_mounts(proc, path, number, list);
	return r < 0 ? r : search_swaps(proc, path, list);
}
