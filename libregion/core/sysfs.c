/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

/* Handles are dirfds plus one, so that 0 can mean the root. */
static int kernel_fd(struct sysfs *sysfs, int dir)
{
	return dir == SYSFS_ROOT ? ((struct sysfs_kernel *)sysfs)->root : dir - 1;
}

static int kernel_open(struct sysfs *sysfs, int dir, const char *path)
{
	int fd = openat(kernel_fd(sysfs, dir), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd + 1;
}

static void kernel_close(struct sysfs *sysfs, int dir)
{
	close(dir - 1);
}

static int kernel_read(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size)
{
	CLEANUP(cleanup_close) int fd = openat(kernel_fd(sysfs, dir), attribute, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, value, size);
	return length < 0 ? -errno : (int)length;
}

static int kernel_write(struct sysfs *sysfs, int dir, const char *attribute, const char *value, size_t length)
{
	CLEANUP(cleanup_close) int fd = openat(kernel_fd(sysfs, dir), attribute, O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -errno;
	written = write(fd, value, length);
	if (written < 0)
		return -errno;
	return (size_t)written == length ? 0 : -EIO;
}

/* Tells of the entries that one getdents64(2) gave. */
static int tell_entries(const char *buffer, size_t length, sysfs_entry_fn entry, void *userdata)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < length;) {
		const struct dirent64 *dirent = (const struct dirent64 *)(buffer + at);

		if (strcmp(dirent->d_name, ".") != 0 && strcmp(dirent->d_name, "..") != 0)
			r = entry(dirent->d_name, dirent->d_ino, userdata);
		at += dirent->d_reclen;
	}
	return r;
}

/* Without opendir(3), which asks twice more what it opened. */
static int kernel_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	CLEANUP(cleanup_close)
	int fd = openat(kernel_fd(sysfs, dir), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct dirent64) char buffer[8192];

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t length = getdents64(fd, buffer, sizeof(buffer));
		int r;

		if (length <= 0)
			return length < 0 ? -errno : 0;
		r = tell_entries(buffer, (size_t)length, entry, userdata);
		if (r != 0)
			return r;
	}
}

static int kernel_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	ssize_t length = readlinkat(kernel_fd(sysfs, dir), path, target, size);

	return length < 0 ? -errno : (int)length;
}

static int kernel_inode(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode)
{
	struct stat st;

	if (fstatat(kernel_fd(sysfs, dir), path, &st, AT_EMPTY_PATH) < 0)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}

static void forget(struct sysfs_kept *kept)
{
	if (!kept->path)
		return;
	close(kept->fd);
	free(kept->path);
	kept->path = NULL;
}

/* The places for a path, the youngest first. */
static struct sysfs_kept *kept_places(struct sysfs_kernel *kernel, const char *path)
{
	uint32_t hash = 2166136261u;

	for (const char *c = path; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return kernel->kept[(hash ^ hash >> 16) % SYSFS_KEPT_SETS];
}

static struct sysfs_kept *kept_find(struct sysfs_kept *places, const char *path)
{
	for (size_t i = 0; i < SYSFS_KEPT_PLACES; i++)
		if (places[i].path && strcmp(places[i].path, path) == 0)
			return &places[i];
	return NULL;
}

/* Makes room for the youngest: what was there of the same path has to go, or else the oldest. */
static void kept_make_room(struct sysfs_kept *places, const char *path)
{
	struct sysfs_kept *last = kept_find(places, path);

	if (!last)
		last = &places[SYSFS_KEPT_PLACES - 1];
	forget(last);
	memmove(places + 1, places, (size_t)(last - places) * sizeof(*places));
	places[0].path = NULL;
}

/*
 * Opens an attribute of the object of which one was opened last: all of the path but its last step is saved. An object
 * that went has no attributes any more.
 */
static int open_beside_last(struct sysfs_kernel *kernel, const char *path, size_t length)
{
	const char *last = kernel->last.path;
	int fd;

	if (!last || strncmp(last, path, length) != 0 || last[length] != '\0')
		return -ENOENT;
	fd = openat(kernel->last.fd, path + length + 1, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Makes the object that a path begins with the last one. */
static int turn_to(struct sysfs_kernel *kernel, const char *path, size_t length)
{
	CLEANUP(cleanup_free) char *object = strndup(path, length);
	int fd = object ? openat(kernel->root, object, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return object ? -errno : -ENOMEM;
	forget(&kernel->last);
	kernel->last = (struct sysfs_kept){ steal_pointer(object), fd };
	return 0;
}

/* The path has a directory: no attribute stands at the top. */
static int open_attribute(struct sysfs_kernel *kernel, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	int r = open_beside_last(kernel, path, length);

	if (r != -ENOENT)
		return r;
	r = turn_to(kernel, path, length);
	return r < 0 ? r : open_beside_last(kernel, path, length);
}

static int keep(struct sysfs_kernel *kernel, const char *path, struct sysfs_kept *places)
{
	int fd = open_attribute(kernel, path);

	if (fd < 0)
		return fd;
	kept_make_room(places, path);
	places->path = strdup(path);
	if (!places->path) {
		close(fd);
		return -ENOMEM;
	}
	places->fd = fd;
	return 0;
}

/* A read from the start makes the kernel show the attribute anew; that of an object that went is ENODEV for ever. */
static int kernel_read_again(struct sysfs *sysfs, const char *path, char *value, size_t size)
{
	struct sysfs_kernel *kernel = (struct sysfs_kernel *)sysfs;
	struct sysfs_kept *places = kept_places(kernel, path);
	struct sysfs_kept *kept = kept_find(places, path);
	ssize_t length;
	int r;

	if (kept) {
		length = pread(kept->fd, value, size, 0);
		if (length >= 0 || errno != ENODEV)
			return length < 0 ? -errno : (int)length;
	}
	r = keep(kernel, path, places);
	if (r < 0)
		return r;
	length = pread(places->fd, value, size, 0);
	return length < 0 ? -errno : (int)length;
}

static const struct sysfs_ops kernel_ops = {
	.open = kernel_open,
	.close = kernel_close,
	.read = kernel_read,
	.write = kernel_write,
	.list = kernel_list,
	.link = kernel_link,
	.inode = kernel_inode,
	.read_again = kernel_read_again,
};

int sysfs_kernel_init(struct sysfs_kernel *kernel, const char *root)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*kernel = (struct sysfs_kernel){ .sysfs.ops = &kernel_ops, .root = fd };
	return 0;
}

void sysfs_kernel_done(struct sysfs_kernel *kernel)
{
	for (size_t i = 0; i < SYSFS_KEPT_SETS; i++)
		for (size_t k = 0; k < SYSFS_KEPT_PLACES; k++)
			forget(&kernel->kept[i][k]);
	forget(&kernel->last);
	close(kernel->root);
}

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
