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

static int kernel_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	int fd = openat(kernel_fd(sysfs, dir), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *dirent;
	int r = 0;
	DIR *stream;

	if (fd < 0)
		return -errno;
	stream = fdopendir(fd);
	if (!stream) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, dirent = readdir(stream)))
		if (strcmp(dirent->d_name, ".") != 0 && strcmp(dirent->d_name, "..") != 0)
			r = entry(dirent->d_name, dirent->d_ino, userdata);
	if (r == 0)
		r = -errno;
	closedir(stream);
	return r;
}

static int kernel_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	ssize_t length = readlinkat(kernel_fd(sysfs, dir), path, target, size);

	return length < 0 ? -errno : (int)length;
}

static int kernel_inode(struct sysfs *sysfs, int dir, uint64_t *ret_inode)
{
	struct stat st;

	if (fstat(kernel_fd(sysfs, dir), &st) < 0)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}

static const struct sysfs_ops kernel_ops = {
	.open = kernel_open,
	.close = kernel_close,
	.read = kernel_read,
	.write = kernel_write,
	.list = kernel_list,
	.link = kernel_link,
	.inode = kernel_inode,
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
	close(kernel->root);
}

int sysfs_open(struct sysfs *sysfs, int dir, const char *path)
{
	return sysfs->ops->open(sysfs, dir, path);
}

void sysfs_close(struct sysfs *sysfs, int dir)
{
	int saved = errno;

	if (dir > SYSFS_ROOT)
		sysfs->ops->close(sysfs, dir);
	errno = saved;
}

int sysfs_read(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size)
{
	int length = sysfs->ops->read(sysfs, dir, attribute, value, size);

	if (length < 0)
		return length;
	if ((size_t)length >= size)
		return -EMSGSIZE;
	if (length > 0 && value[length - 1] == '\n')
		length--;
	value[length] = '\0';
	return length;
}

int sysfs_read_u64(struct sysfs *sysfs, int dir, const char *attribute, uint64_t *ret_number)
{
	char value[64], *end;
	uint64_t number;
	int r;

	r = sysfs_read(sysfs, dir, attribute, value, sizeof(value));
	if (r < 0)
		return r;
	errno = 0;
	number = strtoull(value, &end, 0);
	if (errno != 0 || end == value || *end != '\0' || value[0] == '-')
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

int sysfs_write(struct sysfs *sysfs, int dir, const char *attribute, const char *value)
{
	return sysfs->ops->write(sysfs, dir, attribute, value, strlen(value));
}

int sysfs_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	return sysfs->ops->list(sysfs, dir, path, entry, userdata);
}

int sysfs_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	int length = sysfs->ops->link(sysfs, dir, path, target, size);

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

int sysfs_inode(struct sysfs *sysfs, int dir, uint64_t *ret_inode)
{
	return sysfs->ops->inode(sysfs, dir, ret_inode);
}
