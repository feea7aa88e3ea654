/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int sysfs_open(struct sysfs *sysfs, int dir, const char *path)
{
	return dir < 0 ? dir : sysfs->ops->open(sysfs, dir, path);
}

void sysfs_close(struct sysfs *sysfs, int dir)
{
	int saved = errno;

	if (dir > SYSFS_ROOT)
		sysfs->ops->close(sysfs, dir);
	errno = saved;
}

/* Makes a text of what was read. */
static int end_text(char *value, size_t size, int length)
{
	if (length < 0)
		return length;
	if ((size_t)length >= size)
		return -EMSGSIZE;
	if (length > 0 && value[length - 1] == '\n')
		length--;
	value[length] = '\0';
	return length;
}

int sysfs_read(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size)
{
	return dir < 0 ? dir : end_text(value, size, sysfs->ops->read(sysfs, dir, attribute, value, size));
}

int sysfs_read_again(struct sysfs *sysfs, const char *path, char *value, size_t size)
{
	if (!sysfs->ops->read_again)
		return sysfs_read(sysfs, SYSFS_ROOT, path, value, size);
	return end_text(value, size, sysfs->ops->read_again(sysfs, path, value, size));
}

static int parse_u64(const char *value, uint64_t *ret_number)
{
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 0);
	if (errno != 0 || end == value || *end != '\0' || value[0] == '-')
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

int sysfs_read_u64(struct sysfs *sysfs, int dir, const char *attribute, uint64_t *ret_number)
{
	char value[64];
	int r = sysfs_read(sysfs, dir, attribute, value, sizeof(value));

	return r < 0 ? r : parse_u64(value, ret_number);
}

int sysfs_read_u64_again(struct sysfs *sysfs, const char *path, uint64_t *ret_number)
{
	char value[64];
	int r = sysfs_read_again(sysfs, path, value, sizeof(value));

	return r < 0 ? r : parse_u64(value, ret_number);
}

int sysfs_write(struct sysfs *sysfs, int dir, const char *attribute, const char *value)
{
	return dir < 0 ? dir : sysfs->ops->write(sysfs, dir, attribute, value, strlen(value));
}

int sysfs_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	return dir < 0 ? dir : sysfs->ops->list(sysfs, dir, path, entry, userdata);
}

int sysfs_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	int length = dir < 0 ? dir : sysfs->ops->link(sysfs, dir, path, target, size);

	if (length < 0)
		return length;
	if ((size_t)length >= size)
		return -ENAMETOOLONG;
	target[length] = '\0';
	return length;
}

int sysfs_link_base(struct sysfs *sysfs, int dir, const char *path, char *name, size_t size)
{
	char target[SYSFS_PATH_MAX];
	const char *base;
	int r;

	r = sysfs_link(sysfs, dir, path, target, sizeof(target));
	if (r < 0)
		return r;
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= size)
		return -ENAMETOOLONG;
	strcpy(name, base);
	return (int)strlen(name);
}

/* Appends what fits, and leaves room for the end. */
static char *append(char *at, const char *end, const char *text)
{
	size_t length = strnlen(text, (size_t)(end - at));

	return mempcpy(at, text, length);
}

void sysfs_join(char *path, const char *directory, const char *object, const char *attribute)
{
	const char *end = path + SYSFS_PATH_MAX - 1;
	char *at = append(path, end, directory);

	at = append(append(at, end, "/"), end, object);
	if (attribute)
		at = append(append(at, end, "/"), end, attribute);
	*at = '\0';
}

int sysfs_inode(struct sysfs *sysfs, int dir, uint64_t *ret_inode)
{
	return sysfs_inode_at(sysfs, dir, "", ret_inode);
}

int sysfs_inode_at(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode)
{
	return dir < 0 ? dir : sysfs->ops->inode(sysfs, dir, path, ret_inode);
}
