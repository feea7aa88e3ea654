/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysfs-kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The places for a path, the youngest first. */
static struct sysfs_kept *kept_places(struct sysfs_kernel *kernel, const char *path)
{
	uint32_t hash = 2166136261u;

	for (const char *c = path; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return kernel->kept[(hash ^ hash >> 16) % SYSFS_KEPT_SETS];
}

static struct sysfs_kept *find_among(struct sysfs_kept *places, const char *path)
{
	for (size_t i = 0; i < SYSFS_KEPT_PLACES; i++)
		if (places[i].path && strcmp(places[i].path, path) == 0)
			return &places[i];
	return NULL;
}

struct sysfs_kept *kept_find(struct sysfs_kernel *kernel, const char *path)
{
	return find_among(kept_places(kernel, path), path);
}

/* Makes room for the youngest: what was there of the same path has to go, or else the oldest. */
static void make_room(struct sysfs_kept *places, const char *path)
{
	struct sysfs_kept *last = find_among(places, path);

	if (!last)
		last = &places[SYSFS_KEPT_PLACES - 1];
	kept_forget(last);
	memmove(places + 1, places, (size_t)(last - places) * sizeof(*places));
	places[0].path = NULL;
}

void kept_put(struct sysfs_kernel *kernel, const struct sysfs_kept *taken)
{
	struct sysfs_kept *places = kept_places(kernel, taken->path);

	make_room(places, taken->path);
	places[0] = *taken;
}

int kept_keep(struct sysfs_kernel *kernel, const struct sysfs_kept *opened)
{
	struct sysfs_kept kept = *opened;

	kept.path = strdup(opened->path);
	if (!kept.path) {
		close(opened->fd);
		return -ENOMEM;
	}
	kept_put(kernel, &kept);
	return 0;
}

bool kept_take(struct sysfs_kernel *kernel, const char *path, struct sysfs_kept *ret_taken)
{
	struct sysfs_kept *kept = kept_find(kernel, path);

	if (!kept)
		return false;
	*ret_taken = *kept;
	kept->path = NULL;
	return true;
}

void kept_forget(struct sysfs_kept *kept)
{
	if (!kept->path)
		return;
	close(kept->fd);
	free(kept->path);
	kept->path = NULL;
}

void kept_forget_all(struct sysfs_kernel *kernel)
{
	for (size_t i = 0; i < SYSFS_KEPT_SETS; i++)
		for (size_t k = 0; k < SYSFS_KEPT_PLACES; k++)
			kept_forget(&kernel->kept[i][k]);
}
