/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "consumers-memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BLOCKS "devices/system/memory"

/* The kernel writes it in hexadecimal, without 0x. 0 when there is no memory hotplug, and so nothing to find. */
static uint64_t block_size(struct sysfs *sysfs)
{
	char text[32];

	if (sysfs_read_again(sysfs, MEMORY_BLOCKS "/block_size_bytes", text, sizeof(text)) <= 0)
		return 0;
	return strtoull(text, NULL, 16);
}

int consumers_find_memory(struct sysfs *sysfs, const struct region *region, struct consumer_list *list)
{
	uint64_t size = block_size(sysfs), first, last, online = 0, first_online = 0;
	char path[SYSFS_PATH_MAX], state[32];

	if (size == 0)
		return 0;
	first = region->start / size;
	last = (region->start + region->size - 1) / size;
	for (uint64_t i = first; i <= last; i++) {
		int r;

		snprintf(path, sizeof(path), MEMORY_BLOCKS "/memory%" PRIu64 "/state", i);
		r = sysfs_read(sysfs, SYSFS_ROOT, path, state, sizeof(state));
		if (r < 0 && r != -ENOENT && r != -ENODEV)
			return r;
		if (r < 0 || strcmp(state, "offline") == 0)
			continue;
		if (online++ == 0)
			first_online = i;
	}
	if (online == 0)
		return 0;
	snprintf(path, sizeof(path), "memory%" PRIu64, first_online);
	consumers_add(list, "memory", path, "%" PRIu64 " memory blocks of it are online as system memory, from %s on",
		      online, path);
	return 0;
}
