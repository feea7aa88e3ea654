/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, paths and links: the parts of sysfs that are no attribute. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define DEPTH_MAX 16

static int free_slot(struct fake *fake)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].inode == 0)
			return i;
	assert(fake->n_objects < OBJECTS_MAX);
	return fake->n_objects++;
}

int object_new(struct fake *fake, enum kind kind, int parent, const char *format, ...)
{
	int slot = free_slot(fake);
	struct object *object = object_at(fake, slot);
	va_list arguments;

	memset(object, 0, sizeof(*object));
	object->kind = kind;
	object->parent = parent;
	object->driver = NONE;
	object->inode = fake->next_inode;
	fake->next_inode += 2;
	va_start(arguments, format);
	vsnprintf(object->name, sizeof(object->name), format, arguments);
	va_end(arguments);
	return slot;
}

void object_remove(struct fake *fake, int object)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].inode != 0 && fake->objects[i].parent == object)
			object_remove(fake, i);
	object_at(fake, object)->inode = 0;
}

int object_child(const struct fake *fake, int parent, const char *name)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].parent == parent && fake->objects[i].inode != 0 &&
		    strcmp(fake->objects[i].name, name) == 0)
			return i;
	return NONE;
}

int object_on_bus(const struct fake *fake, enum bus bus, const char *name)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].bus == bus && fake->objects[i].inode != 0 &&
		    same_name(fake->objects[i].name, name))
			return i;
	return NONE;
}

int object_by_inode(const struct fake *fake, uint64_t inode)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].inode == inode)
			return i;
	return NONE;
}

static int port_link(const struct fake *fake, const struct port *port, const char *name)
{
	if (strcmp(name, "uport") == 0)
		return port->uport;
	if (strcmp(name, "parent_dport") == 0 && fake->kernel >= FAKE_KERNEL_6_12)
		return port->parent_dport;
	for (int i = 0; i < port->n_dports; i++) {
		char dport[16];

		snprintf(dport, sizeof(dport), "dport%d", port->dports[i].id);
		if (strcmp(name, dport) == 0)
			return port->dports[i].device;
	}
	return NONE;
}

enum bus bus_of_directory(const struct fake *fake, int directory)
{
	return directory == fake->devices_cxl ? BUS_CXL : BUS_ND;
}

/* Of a bridge's ACPI device: the PCI root that stands for it. */
static int physical_node(const struct fake *fake, const struct object *object)
{
	const char *number = strchr(object->name, ':');
	char name[NAME_MAX_FAKE];

	if (object->kind != KIND_DIRECTORY || strncmp(object->name, "ACPI0016:", strlen("ACPI0016:")) != 0)
		return NONE;
	snprintf(name, sizeof(name), "pci0000:%02x", BRIDGE_BUS(atoi(number + 1)));
	return object_child(fake, object_child(fake, 0, "devices"), name);
}

int object_link(const struct fake *fake, int index, const char *name)
{
	const struct object *object = &fake->objects[index];

	if (strcmp(name, "driver") == 0)
		return object->driver;
	if (object->kind == KIND_BUS) {
		int device = object_on_bus(fake, bus_of_directory(fake, index), name);

		return device != NONE && strcmp(fake->objects[device].name, name) == 0 ? device : NONE;
	}
	if (strcmp(name, "physical_node") == 0)
		return physical_node(fake, object);
	if (object->kind == KIND_ROOT_PORT || object->kind == KIND_PORT || object->kind == KIND_ENDPOINT)
		return port_link(fake, &object->port, name);
	return NONE;
}

/* The objects from the top to one, the top left out. */
static int object_chain(const struct fake *fake, int object, int *chain)
{
	int n = 0, depth = 0;

	for (int i = object; i != SYSFS_ROOT; i = fake->objects[i].parent)
		n++;
	for (int i = object; i != SYSFS_ROOT; i = fake->objects[i].parent)
		chain[n - ++depth] = i;
	return n;
}

void object_path(const struct fake *fake, int object, char *path, size_t size)
{
	int chain[DEPTH_MAX], n = object_chain(fake, object, chain);
	size_t length = 0;

	for (int i = 0; i < n && length < size; i++)
		length += (size_t)snprintf(path + length, size - length, "%s%s", i > 0 ? "/" : "",
					   fake->objects[chain[i]].name);
}

static int tree_step(const struct fake *fake, int from, const char *name)
{
	int to;

	if (strcmp(name, ".") == 0 || name[0] == '\0')
		return from;
	if (strcmp(name, "..") == 0)
		return fake->objects[from].parent;
	to = object_child(fake, from, name);
	return to != NONE ? to : object_link(fake, from, name);
}

int tree_resolve(const struct fake *fake, int from, const char *path)
{
	while (*path && from != NONE) {
		size_t length = strcspn(path, "/");
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		from = tree_step(fake, from, name);
		path += length + (path[length] == '/');
	}
	return from == NONE ? -ENOENT : from;
}

int tree_resolve_parent(const struct fake *fake, int from, const char *path, const char **ret_leaf)
{
	const char *slash = strrchr(path, '/');
	char directory[SYSFS_PATH_MAX];

	*ret_leaf = slash ? slash + 1 : path;
	if (!slash)
		return from;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	return tree_resolve(fake, from, directory);
}

void splat(struct fake *fake, const char *format, ...)
{
	va_list arguments;

	if (fake->splat[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(fake->splat, sizeof(fake->splat), format, arguments);
	va_end(arguments);
}
