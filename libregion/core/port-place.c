/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port-place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* Before Linux 6.2 the device of a host bridge is its ACPI device, which no memdev lies below: its node does. */
static int find_device(struct sysfs *sysfs, const struct port *port, struct place *place)
{
	char path[SYSFS_PATH_MAX];
	int r;

	sysfs_join(path, SCAN_DEVICES, port->name, "uport/physical_node");
	r = sysfs_link_base(sysfs, SYSFS_ROOT, path, place->device, sizeof(place->device));
	if (r >= 0)
		return 0;
	strcpy(place->device, port->uport);
	return r == -ENOENT ? 0 : r;
}

static int find_port(struct sysfs *sysfs, const struct port *port, struct place *place)
{
	int r = scan_generation(sysfs, port->name, &place->inode);

	return r < 0 ? r : find_device(sysfs, port, place);
}

static int find_memdev(struct sysfs *sysfs, const struct memdev *memdev, struct place *place)
{
	char link[SYSFS_PATH_MAX];
	int r = scan_generation(sysfs, memdev->name, &place->inode);

	if (r < 0)
		return r;
	sysfs_join(link, SCAN_DEVICES, memdev->name, NULL);
	r = sysfs_link(sysfs, SYSFS_ROOT, link, place->path, sizeof(place->path));
	return r < 0 ? r : 0;
}

int places_find(struct sysfs *sysfs, const struct snapshot *snapshot, struct places *ret_places)
{
	struct places places = { calloc(snapshot->n_ports + 1, sizeof(struct place)),
				 calloc(snapshot->n_memdevs + 1, sizeof(struct place)) };
	int r = places.ports && places.memdevs ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < snapshot->n_ports; i++)
		r = find_port(sysfs, &snapshot->ports[i], &places.ports[i]);
	for (size_t i = 0; r == 0 && i < snapshot->n_memdevs; i++)
		r = find_memdev(sysfs, &snapshot->memdevs[i], &places.memdevs[i]);
	if (r < 0) {
		places_done(&places);
		return r;
	}
	*ret_places = places;
	return 0;
}

void places_done(struct places *places)
{
	free(places->ports);
	free(places->memdevs);
	*places = (struct places){ NULL, NULL };
}

static size_t count_slashes(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '/';
	return n;
}

size_t place_distance(const struct place *memdev, const char *device)
{
	size_t length = strlen(device);

	if (length == 0 || strchr(device, '/'))
		return 0;
	for (const char *at = strstr(memdev->path, device); at; at = strstr(at + 1, device))
		if (at > memdev->path && at[-1] == '/' && at[length] == '/')
			return count_slashes(at);
	return 0;
}
