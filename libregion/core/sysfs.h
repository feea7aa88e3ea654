/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only door to sysfs. An object is held by a handle on its directory (a dirfd), so that what is read
 * and written is that object and no later one of the same name. Behind the door stands a table of
 * operations: the kernel's sysfs, or what a test puts there.
 */
#ifndef CXL_REGIOND_CORE_SYSFS_H
#define CXL_REGIOND_CORE_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A sysfs attribute is at most one page. */
#define SYSFS_VALUE_MAX 4096
#define SYSFS_PATH_MAX	512

/* How many attributes and directories the kernel's door keeps open at the most. */
#define SYSFS_KEPT_MAX	  256
#define SYSFS_KEPT_PLACES 4 /* for a path */
#define SYSFS_KEPT_SETS	  (SYSFS_KEPT_MAX / SYSFS_KEPT_PLACES)

/* The handle from which all paths start. A negative one stands for what could not be opened: it is what any use of it returns. */
#define SYSFS_ROOT 0

struct sysfs;

/*
 * Called for each entry of a directory, with the inode of the entry itself (of a link, not of where it leads);
 * non-zero ends the listing and is its result.
 */
typedef int (*sysfs_entry_fn)(const char *name, uint64_t inode, void *userdata);

struct sysfs_ops {
	int (*open)(struct sysfs *sysfs, int dir, const char *path);
	void (*close)(struct sysfs *sysfs, int dir);
	int (*read)(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size);
	int (*write)(struct sysfs *sysfs, int dir, const char *attribute, const char *value, size_t length);
	int (*list)(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata);
	int (*link)(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size);
	int (*inode)(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode);
	int (*read_again)(struct sysfs *sysfs, const char *path, char *value, size_t size); /* NULL: as read */
};

/* Embedded at the start of what implements it. */
struct sysfs {
	const struct sysfs_ops *ops;
};

/* An attribute, or a directory, that is kept open. */
struct sysfs_kept {
	char *path; /* NULL: none */
	int fd;
	uint64_t object; /* the inode of the object */
	bool readable, writable;
};

/* So many handles have their attributes kept open; those of more are opened for each use. */
#define SYSFS_HELD_MAX	    64
#define SYSFS_HELD_PATH_MAX 96

/* What a handle leads to. */
struct sysfs_held {
	int fd; /* 0: none */
	uint64_t object;
	char path[SYSFS_HELD_PATH_MAX]; /* on its bus */
};

/* The kernel's. */
struct sysfs_kernel {
	struct sysfs sysfs;
	int root;
	struct sysfs_kept kept[SYSFS_KEPT_SETS][SYSFS_KEPT_PLACES];
	struct sysfs_held held[SYSFS_HELD_MAX];
};

/*
 * sysfs_kernel_init() - open the door.
 *
 * @kernel: embedded by the caller, ended with sysfs_kernel_done()
 * @root: where sysfs is mounted: "/sys", or a tree that a test captured
 *
 * Returns 0 or the negative errno of open(2).
 */
int sysfs_kernel_init(struct sysfs_kernel *kernel, const char *root);
void sysfs_kernel_done(struct sysfs_kernel *kernel);

/*
 * sysfs_open() - a handle on a directory. Positive, or a negative errno: -ENOENT and -ENODEV when the
 * object is not there (any more).
 *
 * @dir: handle from which path starts, SYSFS_ROOT for the top
 * @path: relative, made of literals and of names that were checked
 */
int sysfs_open(struct sysfs *sysfs, int dir, const char *path);

/* sysfs_close() - give a handle back; SYSFS_ROOT and negative ones are ignored. */
void sysfs_close(struct sysfs *sysfs, int dir);

/*
 * sysfs_read() - the text of an attribute, without its last newline.
 *
 * Returns its length or a negative errno; -EMSGSIZE when it does not fit.
 */
int sysfs_read(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size);

/* sysfs_read_u64() - a decimal or 0x number. Returns 0, or a negative errno; -EBADMSG when it is none. */
int sysfs_read_u64(struct sysfs *sysfs, int dir, const char *attribute, uint64_t *ret_number);

/*
 * sysfs_read_again() - as sysfs_read(), for what is read over and over: one system call instead of three.
 *
 * The kernel's door keeps such an attribute open, and each read makes the kernel say anew what is so. What it keeps of
 * an object that went is dropped, and the path is looked up again.
 *
 * @path: from the top
 */
int sysfs_read_again(struct sysfs *sysfs, const char *path, char *value, size_t size);

/* sysfs_read_u64_again() - as sysfs_read_u64(), for what is read over and over. */
int sysfs_read_u64_again(struct sysfs *sysfs, const char *path, uint64_t *ret_number);

/* sysfs_write() - write a text as one write(2). Returns 0 or its negative errno. */
int sysfs_write(struct sysfs *sysfs, int dir, const char *attribute, const char *value);

/* sysfs_list() - the entries below a directory, without "." and "..". Returns 0, the callback's result, or a negative errno. */
int sysfs_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata);

/* sysfs_link() - the text of a symbolic link. Returns its length or a negative errno. */
int sysfs_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size);

/* sysfs_link_base() - the last component of a link's text: the name of the object that it leads to. */
int sysfs_link_base(struct sysfs *sysfs, int dir, const char *path, char *name, size_t size);

/*
 * sysfs_join() - "directory/object/attribute".
 *
 * @path: has room for SYSFS_PATH_MAX; what does not fit is left out
 * @attribute: NULL for the path of the object
 */
void sysfs_join(char *path, const char *directory, const char *object, const char *attribute);

/* sysfs_inode() - what tells this object from a later one of the same name. */
int sysfs_inode(struct sysfs *sysfs, int dir, uint64_t *ret_inode);

/* sysfs_inode_at() - the same of what a path leads to; links are followed. */
int sysfs_inode_at(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode);

#endif
