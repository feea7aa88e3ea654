/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The door to the kernel's sysfs. To open costs more than to read or to write, so that attributes, and the directories
 * of objects, are kept open (sysfs-kept): under the path that they have on their bus, with the inode of their object.
 * What is reached by name is believed for as long as the kernel does not say that the object went; what is reached by a
 * handle, while it is that handle's very object.
 */
#include "sysfs-kept.h"

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

/* -- directories ------------------------------------------------------- */

/* "bus/cxl/devices/region0": behind the name of an object come links, which may turn elsewhere. */
#define DIRECTORY_DEPTH_MAX 4

static bool may_be_kept(const char *directory)
{
	unsigned int depth = 1;

	for (const char *c = directory; *c; c++)
		depth += *c == '/';
	return depth <= DIRECTORY_DEPTH_MAX && !strstr(directory, "..");
}

static int open_directory(struct sysfs_kernel *kernel, const char *path, struct sysfs_kept *ret_opened)
{
	CLEANUP(cleanup_close) int fd = openat(kernel->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	*ret_opened = (struct sysfs_kept){ .path = (char *)path, .fd = steal_fd(&fd), .object = st.st_ino };
	return 0;
}

/* Does something in a directory. Returns what use() does, or a negative errno. */
typedef int (*directory_fn)(const struct sysfs_kept *directory, const char *name, void *userdata);

/*
 * Does something in the directory in which a path ends. One that is kept open is believed where something is found in
 * it: an object that went has no entries, and while it is there, its name is its own. What is not found there is looked
 * for on the whole way.
 */
static int in_directory(struct sysfs_kernel *kernel, const char *path, directory_fn use, void *userdata)
{
	const struct sysfs_kept top = { .fd = kernel->root };
	const char *slash = strrchr(path, '/');
	struct sysfs_kept *kept, opened;
	char parent[SYSFS_PATH_MAX];
	int r;

	if (!slash || (size_t)(slash - path) >= sizeof(parent))
		return use(&top, path, userdata);
	*(char *)mempcpy(parent, path, (size_t)(slash - path)) = '\0';
	if (!may_be_kept(parent))
		return use(&top, path, userdata);
	kept = kept_find(kernel, parent);
	r = kept ? use(kept, slash + 1, userdata) : -ENOENT;
	if (r >= 0)
		return r;
	r = open_directory(kernel, parent, &opened);
	if (r < 0)
		return r;
	r = use(&opened, slash + 1, userdata);
	(void)kept_keep(kernel, &opened); /* without memory it is closed */
	return r;
}

/* -- entries ----------------------------------------------------------- */

struct reading {
	char *target;
	size_t size;
};

static int read_link(const struct sysfs_kept *directory, const char *name, void *userdata)
{
	const struct reading *reading = userdata;
	ssize_t length = readlinkat(directory->fd, name, reading->target, reading->size);

	return length < 0 ? -errno : (int)length;
}

static int kernel_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	const struct sysfs_kept held = { .fd = kernel_fd(sysfs, dir) };
	struct reading reading = { target, size };

	if (dir == SYSFS_ROOT)
		return in_directory((struct sysfs_kernel *)sysfs, path, read_link, &reading);
	return read_link(&held, path, &reading);
}

/* Tells of the entries that one getdents64(2) gave. */
static int tell_entries(const char *buffer, size_t length, sysfs_entry_fn entry, void *userdata, bool *any)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < length;) {
		const struct dirent64 *dirent = (const struct dirent64 *)(buffer + at);

		if (strcmp(dirent->d_name, ".") != 0 && strcmp(dirent->d_name, "..") != 0) {
			*any = true;
			r = entry(dirent->d_name, dirent->d_ino, userdata);
		}
		at += dirent->d_reclen;
	}
	return r;
}

/* Tells of all entries from the first on, without opendir(3), which asks twice more what it opened. */
static int list_all(int fd, sysfs_entry_fn entry, void *userdata, bool *any)
{
	_Alignas(struct dirent64) char buffer[8192];
	int r = 0;

	while (r == 0) {
		ssize_t length = getdents64(fd, buffer, sizeof(buffer));

		if (length < 0)
			r = -errno;
		if (length <= 0)
			break;
		r = tell_entries(buffer, (size_t)length, entry, userdata, any);
	}
	return r;
}

/* Is what was opened still what its path leads to? sysfs gives no inode number twice. */
static bool is_in_place(const struct sysfs_kernel *kernel, const struct sysfs_kept *kept)
{
	struct stat st;

	return fstatat(kernel->root, kept->path, &st, 0) == 0 && st.st_ino == kept->object;
}

/* Returns false when it has to be opened: one without entries may have gone, and there may be another. */
static bool list_kept(struct sysfs_kernel *kernel, const char *path, sysfs_entry_fn entry, void *userdata,
		      int *ret_result)
{
	struct sysfs_kept taken;
	bool any = false;

	/* Nobody else may move along it, or close it, while it is listed. */
	if (!kept_take(kernel, path, &taken))
		return false;
	*ret_result = lseek(taken.fd, 0, SEEK_SET) < 0 ? -errno : list_all(taken.fd, entry, userdata, &any);
	if (any || (*ret_result == 0 && is_in_place(kernel, &taken))) {
		kept_put(kernel, &taken);
		return true;
	}
	kept_forget(&taken);
	return false;
}

static int list_and_keep(struct sysfs_kernel *kernel, const char *path, sysfs_entry_fn entry, void *userdata)
{
	struct sysfs_kept opened;
	bool any;
	int r;

	if (list_kept(kernel, path, entry, userdata, &r))
		return r;
	r = open_directory(kernel, path, &opened);
	if (r < 0)
		return r;
	r = list_all(opened.fd, entry, userdata, &any);
	(void)kept_keep(kernel, &opened); /* without memory it is closed */
	return r;
}

static int kernel_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	CLEANUP(cleanup_close) int fd = -1;
	bool any;

	if (dir == SYSFS_ROOT && may_be_kept(path))
		return list_and_keep((struct sysfs_kernel *)sysfs, path, entry, userdata);
	fd = openat(kernel_fd(sysfs, dir), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : list_all(fd, entry, userdata, &any);
}

/* -- attributes -------------------------------------------------------- */

/* userdata: takes the inode of the object. */
static int open_attribute(const struct sysfs_kept *directory, const char *name, void *userdata)
{
	uint64_t *object = userdata;
	int fd = openat(directory->fd, name, O_RDONLY | O_CLOEXEC);

	*object = directory->object;
	return fd < 0 ? -errno : fd;
}

/* A read from the start makes the kernel show the attribute anew; that of an object that went is ENODEV for ever. */
static int read_kept(const struct sysfs_kept *kept, char *value, size_t size)
{
	ssize_t length = pread(kept->fd, value, size, 0);

	return length < 0 ? -errno : (int)length;
}

static int kernel_read_again(struct sysfs *sysfs, const char *path, char *value, size_t size)
{
	struct sysfs_kernel *kernel = (struct sysfs_kernel *)sysfs;
	struct sysfs_kept *kept = kept_find(kernel, path);
	struct sysfs_kept opened = { .path = (char *)path, .readable = true };
	int r;

	if (kept && kept->readable) {
		r = read_kept(kept, value, size);
		if (r != -ENODEV)
			return r;
	}
	opened.fd = in_directory(kernel, path, open_attribute, &opened.object);
	if (opened.fd < 0)
		return opened.fd;
	r = kept_keep(kernel, &opened);
	return r < 0 ? r : read_kept(kept_find(kernel, path), value, size);
}

/* -- handles ----------------------------------------------------------- */

static struct sysfs_held *held_find(struct sysfs_kernel *kernel, int fd)
{
	for (size_t i = 0; i < SYSFS_HELD_MAX; i++)
		if (kernel->held[i].fd == fd)
			return &kernel->held[i];
	return NULL;
}

static struct sysfs_held *held_of(struct sysfs_kernel *kernel, int dir)
{
	return dir == SYSFS_ROOT ? NULL : held_find(kernel, dir - 1);
}

/* What is opened below another object of its bus has its place beside it there: a region below its root decoder. */
static bool path_on_bus(struct sysfs_kernel *kernel, int dir, const char *path, char *ret_path)
{
	const struct sysfs_held *above = held_of(kernel, dir);
	const char *slash = above ? strrchr(above->path, '/') : NULL;
	int length;

	if (dir == SYSFS_ROOT)
		length = snprintf(ret_path, SYSFS_HELD_PATH_MAX, "%s", path);
	else if (slash && !strchr(path, '/'))
		length = snprintf(ret_path, SYSFS_HELD_PATH_MAX, "%.*s/%s", (int)(slash - above->path), above->path,
				  path);
	else
		return false;
	return length < SYSFS_HELD_PATH_MAX;
}

/* Remembers what a handle leads to; without room, or a path, its attributes are not kept open. */
static void hold(struct sysfs_kernel *kernel, int dir, const char *path, int fd)
{
	struct sysfs_held *place = held_find(kernel, 0);
	struct sysfs_held held = { .fd = fd };
	struct stat st;

	if (!place || !path_on_bus(kernel, dir, path, held.path) || fstat(fd, &st) < 0)
		return;
	held.object = st.st_ino;
	*place = held;
}

static int open_object(const struct sysfs_kept *directory, const char *name, void *userdata)
{
	int fd = openat(directory->fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int kernel_open(struct sysfs *sysfs, int dir, const char *path)
{
	const struct sysfs_kept held = { .fd = kernel_fd(sysfs, dir) };
	int fd = dir == SYSFS_ROOT ? in_directory((struct sysfs_kernel *)sysfs, path, open_object, NULL)
				   : open_object(&held, path, NULL);

	if (fd < 0)
		return fd;
	hold((struct sysfs_kernel *)sysfs, dir, path, fd);
	return fd + 1;
}

static void kernel_close(struct sysfs *sysfs, int dir)
{
	struct sysfs_held *held = held_of((struct sysfs_kernel *)sysfs, dir);

	if (held)
		held->fd = 0;
	close(dir - 1);
}

/* userdata: takes the inode of what a name leads to. */
static int look_at(const struct sysfs_kept *directory, const char *name, void *userdata)
{
	uint64_t *inode = userdata;
	struct stat st;

	if (fstatat(directory->fd, name, &st, AT_EMPTY_PATH) < 0)
		return -errno;
	*inode = st.st_ino;
	return 0;
}

static int kernel_inode(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode)
{
	const struct sysfs_held *held = *path ? NULL : held_of((struct sysfs_kernel *)sysfs, dir);
	const struct sysfs_kept directory = { .fd = kernel_fd(sysfs, dir) };
	uint64_t inode;
	int r;

	if (held) {
		*ret_inode = held->object;
		return 0;
	}
	r = dir == SYSFS_ROOT ? in_directory((struct sysfs_kernel *)sysfs, path, look_at, &inode)
			      : look_at(&directory, path, &inode);
	if (r >= 0)
		*ret_inode = inode;
	return r;
}

/* The attribute of the very object that a handle leads to, if it is kept open. path is filled in; empty: it cannot be kept. */
static struct sysfs_kept *kept_of_handle(struct sysfs_kernel *kernel, const struct sysfs_held *held,
					 const char *attribute, char *path)
{
	struct sysfs_kept *kept;

	path[0] = '\0';
	if (!held || strchr(attribute, '/'))
		return NULL;
	sysfs_join(path, held->path, attribute, NULL);
	kept = kept_find(kernel, path);
	return kept && kept->object == held->object ? kept : NULL;
}

static int read_once(int dir, const char *attribute, char *value, size_t size)
{
	CLEANUP(cleanup_close) int fd = openat(dir, attribute, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, value, size);
	return length < 0 ? -errno : (int)length;
}

static int kernel_read(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size)
{
	struct sysfs_kernel *kernel = (struct sysfs_kernel *)sysfs;
	char path[SYSFS_PATH_MAX];
	const struct sysfs_kept *kept = kept_of_handle(kernel, held_of(kernel, dir), attribute, path);
	int r = kept && kept->readable ? read_kept(kept, value, size) : -ENODEV;

	if (r != -ENODEV)
		return r;
	return read_once(kernel_fd(sysfs, dir), attribute, value, size);
}

/* What is written is often read afterwards; some attributes cannot be. */
static int open_to_write(int dir, const char *attribute, bool *ret_readable)
{
	int fd = openat(dir, attribute, O_RDWR | O_CLOEXEC);

	*ret_readable = fd >= 0;
	if (fd < 0 && errno == EACCES)
		fd = openat(dir, attribute, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_whole(int fd, const char *value, size_t length)
{
	ssize_t written = write(fd, value, length);

	if (written < 0)
		return -errno;
	return (size_t)written == length ? 0 : -EIO;
}

/*
 * Was an attribute taken away and made anew, while its object lives? The kernel does so with a region's targets when
 * its ways are written. Then what was written to the one that was kept has reached nobody.
 */
static bool is_made_anew(const struct sysfs_kept *kept, int dir, const char *attribute)
{
	struct stat then, now;

	return fstat(kept->fd, &then) == 0 && fstatat(dir, attribute, &now, 0) == 0 && then.st_ino != now.st_ino;
}

static int kernel_write(struct sysfs *sysfs, int dir, const char *attribute, const char *value, size_t length)
{
	struct sysfs_kernel *kernel = (struct sysfs_kernel *)sysfs;
	const struct sysfs_held *held = held_of(kernel, dir);
	char path[SYSFS_PATH_MAX];
	const struct sysfs_kept *kept = kept_of_handle(kernel, held, attribute, path);
	struct sysfs_kept opened = { .path = path, .writable = true };
	int r = kept && kept->writable ? write_whole(kept->fd, value, length) : -EBADF;

	if (r != -EBADF && (r != -ENODEV || !is_made_anew(kept, kernel_fd(sysfs, dir), attribute)))
		return r;
	opened.fd = open_to_write(kernel_fd(sysfs, dir), attribute, &opened.readable);
	if (opened.fd < 0)
		return opened.fd;
	r = write_whole(opened.fd, value, length);
	if (!path[0]) {
		close(opened.fd);
		return r;
	}
	opened.object = held->object;
	(void)kept_keep(kernel, &opened); /* without memory it is closed */
	return r;
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
	kept_forget_all(kernel);
	close(kernel->root);
}
