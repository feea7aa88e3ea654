/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan-details.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads a number; an attribute that this kernel does not have, or that is empty, leaves it as it is. */
static int read_optional(struct sysfs *sysfs, int dir, const char *attribute, uint64_t *number)
{
	int r = sysfs_read_u64(sysfs, dir, attribute, number);

	return r == -ENOENT || r == -EBADMSG || r == -EOPNOTSUPP ? 0 : r;
}

static int read_unsigned(struct sysfs *sysfs, int dir, const char *attribute, unsigned int *number)
{
	uint64_t wide = *number;
	int r = read_optional(sysfs, dir, attribute, &wide);

	if (r >= 0)
		*number = (unsigned int)wide;
	return r;
}

static int read_flag(struct sysfs *sysfs, int dir, const char *attribute, bool *flag)
{
	uint64_t number = 0;
	int r = read_optional(sysfs, dir, attribute, &number);

	if (r >= 0)
		*flag = number == 1;
	return r;
}

static bool has_entry(struct sysfs *sysfs, int dir, const char *link)
{
	char target[SYSFS_PATH_MAX];

	return sysfs_link(sysfs, dir, link, target, sizeof(target)) > 0;
}

/* What can change is read by name, over and over: what is missing may be so because the object went. */
static int check_object(struct sysfs *sysfs, const char *object)
{
	char path[SYSFS_PATH_MAX];
	uint64_t inode;

	sysfs_join(path, SCAN_DEVICES, object, NULL);
	return sysfs_inode_at(sysfs, SYSFS_ROOT, path, &inode) < 0 ? -ENODEV : 0;
}

int scan_state_text(struct sysfs *sysfs, const char *object, const char *attribute, char *value, size_t size)
{
	char path[SYSFS_PATH_MAX];
	int r;

	sysfs_join(path, SCAN_DEVICES, object, attribute);
	r = sysfs_read_again(sysfs, path, value, size);
	return r == -ENOENT && check_object(sysfs, object) < 0 ? -ENODEV : r;
}

int scan_state_u64(struct sysfs *sysfs, const char *object, const char *attribute, uint64_t *number)
{
	char path[SYSFS_PATH_MAX];

	sysfs_join(path, SCAN_DEVICES, object, attribute);
	return sysfs_read_u64_again(sysfs, path, number);
}

int scan_state_bound(struct sysfs *sysfs, const char *object, bool *bound)
{
	char path[SYSFS_PATH_MAX];

	sysfs_join(path, SCAN_DEVICES, object, "driver");
	*bound = has_entry(sysfs, SYSFS_ROOT, path);
	return *bound ? 0 : check_object(sysfs, object);
}

int scan_open(struct sysfs *sysfs, const char *name)
{
	char path[SYSFS_PATH_MAX];

	sysfs_join(path, SCAN_DEVICES, name, NULL);
	return sysfs_open(sysfs, SYSFS_ROOT, path);
}

int scan_parent(struct sysfs *sysfs, const char *name, char *parent, size_t size)
{
	char path[SYSFS_PATH_MAX], link[SYSFS_PATH_MAX], *end, *start;
	int r;

	sysfs_join(path, SCAN_DEVICES, name, NULL);
	r = sysfs_link(sysfs, SYSFS_ROOT, path, link, sizeof(link));
	if (r < 0)
		return r;
	end = strrchr(link, '/');
	if (!end)
		return -EBADMSG;
	*end = '\0';
	start = strrchr(link, '/');
	start = start ? start + 1 : link;
	if (strlen(start) >= size)
		return -ENAMETOOLONG;
	strcpy(parent, start);
	return 0;
}

struct dport_list {
	struct sysfs *sysfs;
	int dir;
	struct port *port;
};

static int add_dport(const char *name, uint64_t inode, void *userdata)
{
	struct dport_list *list = userdata;
	char device[SNAPSHOT_DEVICE_MAX], *end;
	unsigned long id;
	int r;

	if (strncmp(name, "dport", 5) != 0)
		return 0;
	errno = 0;
	id = strtoul(name + 5, &end, 10);
	if (errno != 0 || end == name + 5 || *end != '\0' || id > INT32_MAX)
		return 0;
	r = sysfs_link_base(list->sysfs, list->dir, name, device, sizeof(device));
	return r < 0 ? r : port_add_dport(list->port, (int)id, device);
}

static int dport_compare(const void *a, const void *b)
{
	return ((const struct dport *)a)->id - ((const struct dport *)b)->id;
}

static enum port_kind port_kind(const struct snapshot *snapshot, const struct port *port)
{
	if (strncmp(port->name, "root", 4) == 0)
		return PORT_ROOT;
	if (strncmp(port->name, "endpoint", 8) == 0)
		return PORT_ENDPOINT;
	if (port->parent != SNAPSHOT_NONE && strncmp(snapshot->ports[port->parent].name, "root", 4) == 0)
		return PORT_BRIDGE;
	return PORT_SWITCH;
}

int scan_port_rest(struct sysfs *sysfs, int dir, struct port *port)
{
	return read_optional(sysfs, dir, "decoders_committed", &port->decoders_committed);
}

int scan_port_state(struct sysfs *sysfs, struct port *port)
{
	int r = 0;

	if (port->kind == PORT_ROOT)
		return 0;
	if (port->decoders_committed != SNAPSHOT_UNKNOWN)
		r = scan_state_u64(sysfs, port->name, "decoders_committed", &port->decoders_committed);
	return r < 0 ? r : scan_state_bound(sysfs, port->name, &port->bound);
}

static int read_port(struct sysfs *sysfs, int dir, struct port *port)
{
	struct dport_list list = { sysfs, dir, port };
	int r;

	r = sysfs_link_base(sysfs, dir, "uport", port->uport, sizeof(port->uport));
	if (r < 0)
		return r;
	r = scan_port_rest(sysfs, dir, port);
	if (r < 0)
		return r;
	port->bound = port->kind == PORT_ROOT || has_entry(sysfs, dir, "driver");
	if (port->kind == PORT_ENDPOINT)
		return 0;
	r = sysfs_list(sysfs, dir, ".", add_dport, &list);
	if (r >= 0 && port->n_dports > 1)
		qsort(port->dports, port->n_dports, sizeof(*port->dports), dport_compare);
	return r;
}

int scan_port(struct sysfs *sysfs, struct snapshot *snapshot, struct port *port)
{
	char parent[SNAPSHOT_DEVICE_MAX];
	int dir, r;

	r = scan_parent(sysfs, port->name, parent, sizeof(parent));
	if (r < 0)
		return r;
	port->parent = snapshot_find_port(snapshot, parent);
	port->kind = port_kind(snapshot, port);
	dir = scan_open(sysfs, port->name);
	if (dir < 0)
		return dir;
	r = read_port(sysfs, dir, port);
	sysfs_close(sysfs, dir);
	return r;
}

/* Does a device name stand among the components of a path? */
static bool path_has(const char *path, const char *device)
{
	size_t length = strlen(device);

	for (const char *at = strstr(path, device); at; at = strstr(at + 1, device))
		if ((at == path || at[-1] == '/') && (at[length] == '/' || at[length] == '\0'))
			return true;
	return false;
}

int scan_port_links(struct sysfs *sysfs, struct snapshot *snapshot, int index)
{
	char path[SYSFS_PATH_MAX], link[SYSFS_PATH_MAX];
	struct port *port = &snapshot->ports[index];
	const struct port *parent;
	int chain[SNAPSHOT_DEPTH_MAX], r;

	port->depth = (int)snapshot_path(snapshot, index, chain) - 1;
	if (port->parent == SNAPSHOT_NONE)
		return 0;
	sysfs_join(path, SCAN_DEVICES, port->name, "uport");
	r = sysfs_link(sysfs, SYSFS_ROOT, path, link, sizeof(link));
	if (r < 0)
		return r;
	parent = &snapshot->ports[port->parent];
	for (size_t i = 0; i < parent->n_dports; i++)
		if (path_has(link, parent->dports[i].device))
			port->parent_dport = (int)i;
	if (port->kind != PORT_ENDPOINT)
		return 0;
	port->memdev = snapshot_find_memdev(snapshot, port->uport);
	if (port->memdev != SNAPSHOT_NONE)
		snapshot->memdevs[port->memdev].endpoint = index;
	return 0;
}

int scan_memdev_rest(struct sysfs *sysfs, int dir, struct memdev *memdev)
{
	int r = read_optional(sysfs, dir, "pmem/qos_class", &memdev->pmem_qos_class);

	return r < 0 ? r : read_optional(sysfs, dir, "ram/qos_class", &memdev->ram_qos_class);
}

int scan_memdev_state(struct sysfs *sysfs, struct memdev *memdev)
{
	return scan_state_bound(sysfs, memdev->name, &memdev->bound);
}

int scan_memdev(struct sysfs *sysfs, struct memdev *memdev)
{
	char text[32];
	int dir, r;

	r = scan_parent(sysfs, memdev->name, memdev->host, sizeof(memdev->host));
	if (r < 0)
		return r;
	dir = scan_open(sysfs, memdev->name);
	if (dir < 0)
		return dir;
	r = read_optional(sysfs, dir, "serial", &memdev->serial);
	if (r >= 0)
		r = read_optional(sysfs, dir, "pmem/size", &memdev->pmem_size);
	if (r >= 0)
		r = read_optional(sysfs, dir, "ram/size", &memdev->ram_size);
	if (r >= 0)
		r = scan_memdev_rest(sysfs, dir, memdev);
	if (r >= 0 && sysfs_read(sysfs, dir, "numa_node", text, sizeof(text)) > 0)
		memdev->numa_node = atoi(text); /* -1 without NUMA, which the number reader refuses */
	memdev->bound = has_entry(sysfs, dir, "driver");
	sysfs_close(sysfs, dir);
	return r < 0 ? r : 0;
}

/* "32,48": the ids of dports. */
static void parse_targets(char *text, struct decoder *decoder)
{
	char *state = NULL;

	decoder->n_targets = 0;
	for (char *part = strtok_r(text, ",", &state); part && decoder->n_targets < SNAPSHOT_TARGETS_MAX;
	     part = strtok_r(NULL, ",", &state))
		decoder->targets[decoder->n_targets++] = atoi(part);
}

static enum decoder_mode parse_mode(const char *text)
{
	if (strcmp(text, "pmem") == 0)
		return DECODER_MODE_PMEM;
	if (strcmp(text, "ram") == 0)
		return DECODER_MODE_RAM;
	return strcmp(text, "mixed") == 0 ? DECODER_MODE_MIXED : DECODER_MODE_NONE;
}

int scan_decoder_rest(struct sysfs *sysfs, int dir, struct decoder *decoder)
{
	char text[REGION_NAME_MAX];
	int r;

	r = sysfs_inode(sysfs, dir, &decoder->inode);
	if (r < 0 || decoder->kind != DECODER_ROOT)
		return r;
	decoder->create_pmem = sysfs_read(sysfs, dir, "create_pmem_region", text, sizeof(text)) > 0;
	decoder->create_ram = sysfs_read(sysfs, dir, "create_ram_region", text, sizeof(text)) > 0;
	return read_optional(sysfs, dir, "qos_class", &decoder->qos_class);
}

static int read_root_decoder(struct sysfs *sysfs, int dir, struct decoder *decoder)
{
	int r = read_flag(sysfs, dir, "cap_pmem", &decoder->can_pmem);

	return r < 0 ? r : read_flag(sysfs, dir, "cap_ram", &decoder->can_ram);
}

static int read_endpoint_decoder(struct sysfs *sysfs, struct decoder *decoder)
{
	char mode[16];
	int r;

	r = scan_state_text(sysfs, decoder->name, "mode", mode, sizeof(mode));
	if (r < 0)
		return r;
	decoder->mode = parse_mode(mode);
	r = scan_state_u64(sysfs, decoder->name, "dpa_size", &decoder->dpa_size);
	if (r < 0)
		return r;
	return scan_state_u64(sysfs, decoder->name, "dpa_resource", &decoder->dpa_start);
}

/* The range and interleave that a decoder is set to. */
static int read_settings(struct sysfs *sysfs, int dir, struct decoder *decoder)
{
	char text[256];
	int r;

	r = sysfs_read_u64(sysfs, dir, "start", &decoder->start);
	if (r >= 0)
		r = sysfs_read_u64(sysfs, dir, "size", &decoder->size);
	if (r >= 0)
		r = read_unsigned(sysfs, dir, "interleave_ways", &decoder->ways);
	if (r >= 0)
		r = read_unsigned(sysfs, dir, "interleave_granularity", &decoder->granularity);
	if (r < 0)
		return r;
	if (decoder->kind != DECODER_ENDPOINT && sysfs_read(sysfs, dir, "target_list", text, sizeof(text)) > 0)
		parse_targets(text, decoder);
	return 0;
}

/* What it is in use for. */
static int read_use(struct sysfs *sysfs, struct snapshot *snapshot, struct decoder *decoder)
{
	char text[REGION_NAME_MAX];
	int r;

	if (decoder->kind == DECODER_ROOT)
		return 0;
	decoder->region = SNAPSHOT_NONE;
	r = scan_state_text(sysfs, decoder->name, "region", text, sizeof(text));
	if (r < 0 && r != -ENOENT && r != -EOPNOTSUPP)
		return r;
	if (r > 0)
		decoder->region = snapshot_find_region(snapshot, text);
	return decoder->kind == DECODER_ENDPOINT ? read_endpoint_decoder(sysfs, decoder) : 0;
}

static int read_locked(struct sysfs *sysfs, struct decoder *decoder)
{
	char text[16];
	int r = scan_state_text(sysfs, decoder->name, "locked", text, sizeof(text));

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	decoder->locked = strcmp(text, "1") == 0;
	return 0;
}

static int read_decoder(struct sysfs *sysfs, int dir, struct snapshot *snapshot, struct decoder *decoder)
{
	int r;

	r = scan_decoder_rest(sysfs, dir, decoder);
	if (r >= 0)
		r = read_settings(sysfs, dir, decoder);
	if (r >= 0)
		r = read_locked(sysfs, decoder);
	if (r >= 0 && decoder->kind == DECODER_ROOT)
		r = read_root_decoder(sysfs, dir, decoder);
	return r < 0 ? r : read_use(sysfs, snapshot, decoder);
}

static int read_settings_again(struct sysfs *sysfs, struct decoder *decoder)
{
	int dir = scan_open(sysfs, decoder->name), r;

	if (dir < 0)
		return dir;
	r = read_settings(sysfs, dir, decoder);
	sysfs_close(sysfs, dir);
	return r;
}

int scan_decoder_state(struct sysfs *sysfs, struct snapshot *snapshot, struct decoder *decoder, bool settings)
{
	int r = read_use(sysfs, snapshot, decoder);

	if (r < 0 || decoder->kind == DECODER_ROOT)
		return r;
	/* DPA without a region can be what firmware committed: then it matters which addresses it decodes. */
	if (settings ? decoder->region != SNAPSHOT_NONE || decoder->dpa_size > 0
		     : decoder->region == SNAPSHOT_NONE && decoder->dpa_size > 0)
		r = read_settings_again(sysfs, decoder);
	return r >= 0 && decoder->region != SNAPSHOT_NONE ? read_locked(sysfs, decoder) : r;
}

static enum decoder_kind decoder_kind(const struct port *port)
{
	switch (port->kind) {
	case PORT_ROOT:
		return DECODER_ROOT;
	case PORT_ENDPOINT:
		return DECODER_ENDPOINT;
	case PORT_BRIDGE:
	case PORT_SWITCH:
		return DECODER_SWITCH;
	}
	return DECODER_SWITCH;
}

int scan_decoder(struct sysfs *sysfs, struct snapshot *snapshot, struct decoder *decoder)
{
	char parent[SNAPSHOT_DEVICE_MAX];
	int dir, r;

	r = scan_parent(sysfs, decoder->name, parent, sizeof(parent));
	if (r < 0)
		return r;
	decoder->port = snapshot_find_port(snapshot, parent);
	if (decoder->port == SNAPSHOT_NONE)
		return -ENOENT;
	decoder->kind = decoder_kind(&snapshot->ports[decoder->port]);
	decoder->id = atoi(strchr(decoder->name, '.') + 1);
	dir = scan_open(sysfs, decoder->name);
	if (dir < 0)
		return dir;
	r = read_decoder(sysfs, dir, snapshot, decoder);
	sysfs_close(sysfs, dir);
	return r;
}
