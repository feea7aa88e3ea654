/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The four arrays grow, are sorted and are searched alike: each element begins with its name.
 */
static void *array_add(void **array, size_t *count, size_t size, const char *name)
{
	void *grown = reallocarray(*array, *count + 1, size);
	char *element;

	if (!grown)
		return NULL;
	*array = grown;
	element = (char *)grown + *count * size;
	memset(element, 0, size);
	strncpy(element, name, REGION_NAME_MAX - 1);
	(*count)++;
	return element;
}

static int element_compare(const void *a, const void *b)
{
	return strverscmp(a, b);
}

static void array_sort(void *array, size_t count, size_t size)
{
	if (count > 1)
		qsort(array, count, size, element_compare);
}

static int array_find(const void *array, size_t count, size_t size, const char *name)
{
	const char *found = count > 0 ? bsearch(name, array, count, size, element_compare) : NULL;

	return found ? (int)((size_t)(found - (const char *)array) / size) : SNAPSHOT_NONE;
}

#define ADD(snapshot, what, name) \
	array_add((void **)&(snapshot)->what, &(snapshot)->n_##what, sizeof(*(snapshot)->what), name)
#define SORT(snapshot, what)	   array_sort((snapshot)->what, (snapshot)->n_##what, sizeof(*(snapshot)->what))
#define FIND(snapshot, what, name) array_find((snapshot)->what, (snapshot)->n_##what, sizeof(*(snapshot)->what), name)

int snapshot_new(struct snapshot **ret_snapshot)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return -ENOMEM;
	*ret_snapshot = snapshot;
	return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->n_ports; i++)
		free(snapshot->ports[i].dports);
	free(snapshot->ports);
	free(snapshot->decoders);
	free(snapshot->memdevs);
	free(snapshot->regions);
	free(snapshot);
}

static int array_copy(void *from, size_t count, size_t size, void **ret_copy)
{
	void *copy = malloc(count > 0 ? count * size : 1);

	if (!copy)
		return -ENOMEM;
	if (count > 0)
		memcpy(copy, from, count * size);
	*ret_copy = copy;
	return 0;
}

#define COPY(copy, snapshot, what) \
	array_copy((snapshot)->what, (snapshot)->n_##what, sizeof(*(snapshot)->what), (void **)&(copy)->what)

static int copy_ports(struct snapshot *copy, const struct snapshot *snapshot)
{
	int r = COPY(copy, snapshot, ports);

	if (r < 0)
		return r;
	for (copy->n_ports = 0; copy->n_ports < snapshot->n_ports; copy->n_ports++) {
		struct port *port = &copy->ports[copy->n_ports];

		r = array_copy(port->dports, port->n_dports, sizeof(*port->dports), (void **)&port->dports);
		if (r < 0)
			return r;
	}
	return 0;
}

int snapshot_copy_topology(const struct snapshot *snapshot, struct snapshot **ret_copy)
{
	struct snapshot *copy;
	int r;

	r = snapshot_new(&copy);
	if (r < 0)
		return r;
	copy->members = snapshot->members;
	copy->pmem_driver = snapshot->pmem_driver;
	r = copy_ports(copy, snapshot);
	if (r >= 0)
		r = COPY(copy, snapshot, decoders);
	if (r >= 0)
		r = COPY(copy, snapshot, memdevs);
	if (r < 0) {
		snapshot_free(copy);
		return r;
	}
	copy->n_decoders = snapshot->n_decoders;
	copy->n_memdevs = snapshot->n_memdevs;
	for (size_t i = 0; i < copy->n_decoders; i++)
		copy->decoders[i].region = SNAPSHOT_NONE;
	*ret_copy = copy;
	return 0;
}

struct port *snapshot_add_port(struct snapshot *snapshot, const char *name)
{
	struct port *port = ADD(snapshot, ports, name);

	if (!port)
		return NULL;
	port->parent = port->parent_dport = port->memdev = SNAPSHOT_NONE;
	port->decoders_committed = SNAPSHOT_UNKNOWN;
	return port;
}

struct decoder *snapshot_add_decoder(struct snapshot *snapshot, const char *name)
{
	struct decoder *decoder = ADD(snapshot, decoders, name);

	if (!decoder)
		return NULL;
	decoder->port = decoder->region = SNAPSHOT_NONE;
	decoder->qos_class = SNAPSHOT_UNKNOWN;
	return decoder;
}

struct memdev *snapshot_add_memdev(struct snapshot *snapshot, const char *name)
{
	struct memdev *memdev = ADD(snapshot, memdevs, name);

	if (!memdev)
		return NULL;
	memdev->endpoint = memdev->numa_node = SNAPSHOT_NONE;
	memdev->pmem_qos_class = memdev->ram_qos_class = SNAPSHOT_UNKNOWN;
	return memdev;
}

struct region *snapshot_add_region(struct snapshot *snapshot, const char *name)
{
	struct region *region = ADD(snapshot, regions, name);

	if (!region)
		return NULL;
	region->root_decoder = SNAPSHOT_NONE;
	region->start = SNAPSHOT_UNKNOWN;
	for (size_t i = 0; i < REGION_WAYS_MAX; i++)
		region->targets[i] = SNAPSHOT_NONE;
	return region;
}

void snapshot_remove_region(struct snapshot *snapshot, int index)
{
	struct region *regions = snapshot->regions;

	snapshot->n_regions--;
	memmove(&regions[index], &regions[index + 1], (snapshot->n_regions - (size_t)index) * sizeof(*regions));
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		int *region = &snapshot->decoders[i].region;

		if (*region == index)
			*region = SNAPSHOT_NONE;
		else if (*region > index)
			(*region)--;
	}
}

int port_add_dport(struct port *port, int id, const char *device)
{
	struct dport *grown = reallocarray(port->dports, port->n_dports + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	port->dports = grown;
	grown[port->n_dports] = (struct dport){ .id = id };
	strncpy(grown[port->n_dports].device, device, SNAPSHOT_DEVICE_MAX - 1);
	port->n_dports++;
	return 0;
}

static int dport_compare(const void *a, const void *b)
{
	return ((const struct dport *)a)->id - ((const struct dport *)b)->id;
}

void snapshot_sort(struct snapshot *snapshot)
{
	SORT(snapshot, ports);
	SORT(snapshot, decoders);
	SORT(snapshot, memdevs);
	SORT(snapshot, regions);
	for (size_t i = 0; i < snapshot->n_ports; i++)
		if (snapshot->ports[i].n_dports > 1)
			qsort(snapshot->ports[i].dports, snapshot->ports[i].n_dports, sizeof(struct dport),
			      dport_compare);
}

int snapshot_find_port(const struct snapshot *snapshot, const char *name)
{
	return FIND(snapshot, ports, name);
}

int snapshot_find_decoder(const struct snapshot *snapshot, const char *name)
{
	return FIND(snapshot, decoders, name);
}

int snapshot_find_memdev(const struct snapshot *snapshot, const char *name)
{
	return FIND(snapshot, memdevs, name);
}

int snapshot_find_region(const struct snapshot *snapshot, const char *name)
{
	return FIND(snapshot, regions, name);
}

int snapshot_find_dport(const struct port *port, int id)
{
	for (size_t i = 0; i < port->n_dports; i++)
		if (port->dports[i].id == id)
			return (int)i;
	return SNAPSHOT_NONE;
}

size_t snapshot_path(const struct snapshot *snapshot, int port, int *path)
{
	size_t n = 0;

	for (; port != SNAPSHOT_NONE && n < SNAPSHOT_DEPTH_MAX; port = snapshot->ports[port].parent)
		path[n++] = port;
	return n;
}

int snapshot_target_memdev(const struct snapshot *snapshot, const struct region *region, unsigned int position)
{
	int decoder = region->targets[position];
	int port = decoder == SNAPSHOT_NONE ? SNAPSHOT_NONE : snapshot->decoders[decoder].port;

	return port == SNAPSHOT_NONE ? SNAPSHOT_NONE : snapshot->ports[port].memdev;
}

enum region_state snapshot_region_state(const struct region *region)
{
	if (!region->committed)
		return REGION_STATE_DAMAGED;
	return region->bound ? REGION_STATE_ACTIVE : REGION_STATE_DISABLED;
}

bool snapshot_region_is_locked(const struct snapshot *snapshot, const struct region *region)
{
	int index = snapshot_find_region(snapshot, region->name);

	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		const struct decoder *decoder = &snapshot->decoders[i];

		if (decoder->kind != DECODER_ROOT && decoder->region == index && decoder->locked)
			return true;
	}
	return false;
}

/* sysfs counts its inodes up: one target at least came after the region. */
static bool is_older_than_a_target(const struct snapshot *snapshot, const struct region *region)
{
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++)
		if (region->targets[i] != SNAPSHOT_NONE && snapshot->decoders[region->targets[i]].inode > region->inode)
			return true;
	return false;
}

enum region_origin snapshot_region_origin(const struct snapshot *snapshot, const struct region *region)
{
	if (snapshot_region_is_locked(snapshot, region))
		return REGION_ORIGIN_FIRMWARE;
	if (!region->committed)
		return REGION_ORIGIN_UNKNOWN;
	if (region->type == REGION_TYPE_PMEM && region->uuid[0] == '\0')
		return REGION_ORIGIN_FIRMWARE;
	return is_older_than_a_target(snapshot, region) ? REGION_ORIGIN_FIRMWARE : REGION_ORIGIN_UNKNOWN;
}

bool snapshot_region_uses_port(const struct snapshot *snapshot, const struct region *region, int port)
{
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++) {
		int path[SNAPSHOT_DEPTH_MAX];
		size_t n;

		if (region->targets[i] == SNAPSHOT_NONE)
			continue;
		n = snapshot_path(snapshot, snapshot->decoders[region->targets[i]].port, path);
		for (size_t k = 0; k < n; k++)
			if (path[k] == port)
				return true;
	}
	return false;
}

bool snapshot_decoder_reaches_port(const struct snapshot *snapshot, const struct decoder *root, int port)
{
	int path[SNAPSHOT_DEPTH_MAX], dport;
	size_t n = snapshot_path(snapshot, port, path);

	if (n == 0 || path[n - 1] != root->port)
		return false;
	if (n == 1)
		return true;
	dport = snapshot->ports[path[n - 2]].parent_dport;
	for (size_t i = 0; i < root->n_targets && dport != SNAPSHOT_NONE; i++)
		if (root->targets[i] == snapshot->ports[root->port].dports[dport].id)
			return true;
	return false;
}
