/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The door: handles, and the place where writes are counted, told of, and made to fail. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

static struct fake *fake_of(struct sysfs *sysfs)
{
	return (struct fake *)sysfs;
}

/* The object that a handle holds; -ENOENT when it is gone. */
static int held(struct fake *fake, int dir)
{
	int object;

	if (dir == SYSFS_ROOT)
		return 0;
	object = object_by_inode(fake, fake->handles[dir - 1]);
	return object == NONE ? -ENOENT : object;
}

static int door_open(struct sysfs *sysfs, int dir, const char *path)
{
	struct fake *fake = fake_of(sysfs);
	int object = held(fake, dir);

	if (object >= 0)
		object = tree_resolve(fake, object, path);
	if (object < 0)
		return object;
	for (int i = 0; i < HANDLES_MAX; i++)
		if (fake->handles[i] == 0) {
			fake->handles[i] = object_at(fake, object)->inode;
			return i + 1;
		}
	return -EMFILE;
}

static void door_close(struct sysfs *sysfs, int dir)
{
	fake_of(sysfs)->handles[dir - 1] = 0;
}

/* The row of an attribute, and the object that has it. */
static const struct attribute *find(struct fake *fake, int dir, const char *path, int *ret_object, unsigned int *ret_n)
{
	int object = held(fake, dir);
	const char *leaf;

	if (object >= 0)
		object = tree_resolve_parent(fake, object, path, &leaf);
	if (object < 0)
		return NULL;
	*ret_object = object;
	return attribute_find(fake, object, leaf, ret_n);
}

static int door_read(struct sysfs *sysfs, int dir, const char *path, char *value, size_t size)
{
	char text[SYSFS_VALUE_MAX];
	const struct attribute *row;
	unsigned int n;
	int object, length;

	row = find(fake_of(sysfs), dir, path, &object, &n);
	if (!row)
		return -ENOENT;
	if (!row->show)
		return -EACCES;
	length = row->show(fake_of(sysfs), object, n, text);
	if (length < 0)
		return length;
	if ((size_t)length > size)
		length = (int)size;
	memcpy(value, text, (size_t)length);
	return length;
}

/* -- writes ------------------------------------------------------------------- */

static bool is_meant(const struct fake_fault *fault, const char *attribute)
{
	size_t length;

	if (!fault->attribute)
		return true;
	length = strlen(fault->attribute);
	return strncmp(attribute, fault->attribute, length) == 0 &&
	       strspn(attribute + length, "0123456789") == strlen(attribute + length);
}

/* The fault that this write meets, or NULL. */
static const struct fake_fault *meet_fault(struct fake *fake, const char *attribute)
{
	const struct fake_fault *met = NULL;

	for (int i = 0; i < fake->n_faults; i++) {
		const struct fake_fault *fault = &fake->faults[i];
		unsigned int times = fault->times > 0 ? fault->times : 1, seen;

		if (!is_meant(fault, attribute))
			continue;
		seen = ++fake->faults_seen[i];
		if (seen >= fault->at && seen - fault->at < times && !met)
			met = fault;
	}
	return met;
}

static void tell(struct fake *fake, int dir, const char *path, const char *value)
{
	struct fake_write write = { .number = fake->writes, .object = "", .value = value };
	int object = held(fake, dir);

	if (!fake->hook)
		return;
	if (object >= 0)
		object = tree_resolve_parent(fake, object, path, &write.attribute);
	if (object < 0)
		return;
	write.object = object_at(fake, object)->name;
	fake->in_hook = true;
	fake->hook(fake, &write, fake->userdata);
	fake->in_hook = false;
}

static int store(struct fake *fake, int dir, const char *path, const char *value, size_t length)
{
	const struct attribute *row;
	unsigned int n;
	int object;

	row = find(fake, dir, path, &object, &n);
	if (!row)
		return -ENOENT;
	if (!row->store)
		return -EACCES;
	return length > 0 ? row->store(fake, object, n, value, length) : 0; /* sysfs_kf_write() */
}

static int door_write(struct sysfs *sysfs, int dir, const char *path, const char *value, size_t length)
{
	struct fake *fake = fake_of(sysfs);
	const char *slash = strrchr(path, '/');
	const struct fake_fault *fault;
	int r;

	if (fake->in_hook)
		return store(fake, dir, path, value, length);
	fake->writes++;
	tell(fake, dir, path, value);
	fault = meet_fault(fake, slash ? slash + 1 : path);
	if (fault && !fault->after)
		return fault->error;
	r = store(fake, dir, path, value, length);
	return r == 0 && fault ? fault->error : r;
}

/* -- lists and links ------------------------------------------------------------ */

static int list_children(struct fake *fake, int directory, sysfs_entry_fn entry, void *userdata)
{
	int r = 0;

	for (int i = 1; r == 0 && i < fake->n_objects; i++)
		if (fake->objects[i].inode != 0 && fake->objects[i].parent == directory)
			r = entry(fake->objects[i].name, fake->objects[i].inode, userdata);
	return r;
}

static int list_bus(struct fake *fake, enum bus bus, sysfs_entry_fn entry, void *userdata)
{
	int r = 0;

	for (int i = 1; r == 0 && i < fake->n_objects; i++)
		if (fake->objects[i].inode != 0 && fake->objects[i].bus == bus)
			r = entry(fake->objects[i].name, fake->objects[i].inode + 1, userdata);
	return r;
}

static int list_dports(const struct port *port, sysfs_entry_fn entry, void *userdata)
{
	int r = 0;

	for (int i = 0; r == 0 && i < port->n_dports; i++) {
		char name[16];

		snprintf(name, sizeof(name), "dport%d", port->dports[i].id);
		r = entry(name, 1, userdata);
	}
	return r;
}

static int list_attributes(struct fake *fake, int object, sysfs_entry_fn entry, void *userdata)
{
	const struct attribute *row = NULL;
	int r = 0;

	while (r == 0 && (row = attribute_next(fake, object, row)))
		if (!row->visible)
			r = entry(row->name, 1, userdata);
	return r;
}

static int door_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	struct fake *fake = fake_of(sysfs);
	int object = held(fake, dir), r;

	if (object >= 0)
		object = tree_resolve(fake, object, path);
	if (object < 0)
		return object;
	if (object_at(fake, object)->kind == KIND_BUS)
		return list_bus(fake, bus_of_directory(fake, object), entry, userdata);
	r = list_children(fake, object, entry, userdata);
	if (r == 0 && (object_at(fake, object)->kind == KIND_PORT || object_at(fake, object)->kind == KIND_ROOT_PORT))
		r = list_dports(port_at(fake, object), entry, userdata);
	return r != 0 ? r : list_attributes(fake, object, entry, userdata);
}

/* kernfs_get_target_path(): up as far as need be, then down. */
static int link_text(struct fake *fake, int from, int to, char *text, size_t size)
{
	char here[SYSFS_PATH_MAX], there[SYSFS_PATH_MAX], full[2 * SYSFS_PATH_MAX] = "";
	size_t common = 0, length;

	object_path(fake, from, here, sizeof(here));
	object_path(fake, to, there, sizeof(there));
	for (size_t i = 0; here[i] && there[i] && here[i] == there[i]; i++)
		if (here[i] == '/')
			common = i + 1;
	strcat(full, "../");
	for (const char *slash = strchr(here + common, '/'); slash; slash = strchr(slash + 1, '/'))
		strcat(full, "../");
	strcat(full, there + common);
	length = strlen(full) < size ? strlen(full) : size;
	memcpy(text, full, length);
	return (int)length;
}

static int door_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	struct fake *fake = fake_of(sysfs);
	int object = held(fake, dir), to;
	const char *leaf;

	if (object >= 0)
		object = tree_resolve_parent(fake, object, path, &leaf);
	if (object < 0)
		return object;
	to = object_link(fake, object, leaf);
	return to == NONE ? -ENOENT : link_text(fake, object, to, target, size);
}

static int door_inode(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode)
{
	struct fake *fake = fake_of(sysfs);
	int handle = path[0] ? door_open(sysfs, dir, path) : dir;

	if (handle < 0)
		return handle;
	*ret_inode = handle == SYSFS_ROOT ? fake->objects[0].inode : fake->handles[handle - 1];
	if (path[0])
		door_close(sysfs, handle);
	return 0;
}

static const struct sysfs_ops door_ops = {
	.open = door_open,
	.close = door_close,
	.read = door_read,
	.write = door_write,
	.list = door_list,
	.link = door_link,
	.inode = door_inode,
};

struct sysfs *fake_sysfs(struct fake *fake)
{
	fake->sysfs.ops = &door_ops;
	return &fake->sysfs;
}

void fake_fail(struct fake *fake, const struct fake_fault *fault)
{
	assert(fake->n_faults < FAKE_FAULTS_MAX);
	fake->faults_seen[fake->n_faults] = 0;
	fake->faults[fake->n_faults++] = *fault;
}

void fake_fail_none(struct fake *fake)
{
	fake->n_faults = 0;
}

void fake_hook(struct fake *fake, fake_hook_fn hook, void *userdata)
{
	fake->hook = hook;
	fake->userdata = userdata;
	fake->in_hook = false; /* the one before may have left by longjmp() */
}

unsigned int fake_writes(const struct fake *fake)
{
	return fake->writes;
}

const char *fake_splat(const struct fake *fake)
{
	return fake->splat;
}
