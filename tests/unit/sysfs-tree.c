/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "sysfs-tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

#define REGION_TARGETS 16

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

void tree_put(struct tree *tree, const char *path, const char *text)
{
	char full[1024];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	make_parents(full);
	put_file(full, text);
}

void tree_put_link(struct tree *tree, const char *path, const char *target)
{
	char full[1024];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	make_parents(full);
	assert_int_equal(symlink(target, full), 0);
}

static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		*to++ = from[0] == '\\' && from[1] == 'n' ? (from++, '\n') : *from;
	*to = '\0';
}

/* "l PATH TARGET", "f PATH VALUE", "d PATH" */
static void lay_out(struct tree *tree, char *line)
{
	char *path = line + 2, *rest = strchr(path, ' ');

	line[strcspn(line, "\n")] = '\0';
	if (rest)
		*rest++ = '\0';
	switch (line[0]) {
	case 'l':
		tree_put_link(tree, path, rest);
		break;
	case 'f':
		unescape(rest);
		tree_put(tree, path, rest);
		break;
	case 'd': {
		char full[1024];

		snprintf(full, sizeof(full), "%s/%s/", tree->root, path);
		make_parents(full);
		break;
	}
	default:
		fail_msg("a line of the tree begins with '%c'", line[0]);
	}
}

/* -- the door ---------------------------------------------------------- */

static struct sysfs *below(struct sysfs *sysfs)
{
	return &((struct tree *)sysfs)->below.sysfs;
}

static int tree_open(struct sysfs *sysfs, int dir, const char *path)
{
	return sysfs_open(below(sysfs), dir, path);
}

static void tree_close(struct sysfs *sysfs, int dir)
{
	sysfs_close(below(sysfs), dir);
}

static int tree_read(struct sysfs *sysfs, int dir, const char *attribute, char *value, size_t size)
{
	return below(sysfs)->ops->read(below(sysfs), dir, attribute, value, size);
}

static int tree_list(struct sysfs *sysfs, int dir, const char *path, sysfs_entry_fn entry, void *userdata)
{
	return sysfs_list(below(sysfs), dir, path, entry, userdata);
}

static int tree_link(struct sysfs *sysfs, int dir, const char *path, char *target, size_t size)
{
	return below(sysfs)->ops->link(below(sysfs), dir, path, target, size);
}

static int tree_inode(struct sysfs *sysfs, int dir, const char *path, uint64_t *ret_inode)
{
	return sysfs_inode_at(below(sysfs), dir, path, ret_inode);
}

/* Where a device of the bus is, without the leading ../../../ of its link. */
static void device_path(struct tree *tree, const char *name, char *path, size_t size)
{
	char link[256], target[256];
	ssize_t length;

	snprintf(link, sizeof(link), "%s/bus/cxl/devices/%s", tree->root, name);
	length = readlink(link, target, sizeof(target) - 1);
	assert_true(length > 9);
	target[length] = '\0';
	snprintf(path, size, "%s", target + 9);
}

static void make_region(struct tree *tree, const char *decoder, const char *name)
{
	static const char *const attributes[][2] = {
		{ "commit", "0\n" },
		{ "interleave_granularity", "0\n" },
		{ "interleave_ways", "0\n" },
		{ "mode", "pmem\n" },
		{ "resource", "0xffffffffffffffff\n" },
		{ "size", "0\n" },
		{ "uuid", "00000000-0000-0000-0000-000000000000\n" },
	};
	char parent[512], path[1024], target[1024];

	device_path(tree, decoder, parent, sizeof(parent));
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", parent, name, attributes[i][0]);
		tree_put(tree, path, attributes[i][1]);
	}
	for (int i = 0; i < REGION_TARGETS; i++) {
		snprintf(path, sizeof(path), "%s/%s/target%d", parent, name, i);
		tree_put(tree, path, "\n");
	}
	snprintf(path, sizeof(path), "bus/cxl/devices/%s", name);
	snprintf(target, sizeof(target), "../../../%s/%s", parent, name);
	tree_put_link(tree, path, target);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void remove_all(const char *path)
{
	assert_int_equal(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void delete_region(struct tree *tree, const char *name)
{
	char path[512], full[1024];

	device_path(tree, name, path, sizeof(path));
	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	remove_all(full);
	snprintf(full, sizeof(full), "%s/bus/cxl/devices/%s", tree->root, name);
	assert_int_equal(unlink(full), 0);
}

static void set_driver(struct tree *tree, const char *region, bool bound)
{
	char path[512], full[1024];

	device_path(tree, region, path, sizeof(path));
	snprintf(full, sizeof(full), "%s/%s/driver", tree->root, path);
	assert_int_equal(bound ? symlink("../drivers/cxl_region", full) : unlink(full), 0);
}

/* The name of the directory that a handle leads to. */
static void handle_name(int dir, char *name, size_t size)
{
	char link[64], path[512];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir - 1);
	length = readlink(link, path, sizeof(path) - 1);
	assert_true(length > 0);
	path[length] = '\0';
	snprintf(name, size, "%s", strrchr(path, '/') + 1);
}

static int store(struct tree *tree, int dir, const char *attribute, const char *value)
{
	int fd = openat(dir - 1, attribute, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	assert_int_equal(write(fd, value, strlen(value)), (ssize_t)strlen(value));
	close(fd);
	return 0;
}

static int take_effect(struct tree *tree, int dir, const char *attribute, const char *value)
{
	char object[128];

	handle_name(dir, object, sizeof(object));
	if (strncmp(attribute, "create_", 7) == 0)
		make_region(tree, object, value);
	else if (strcmp(attribute, "delete_region") == 0)
		delete_region(tree, value);
	else if (strcmp(object, "cxl_region") == 0)
		set_driver(tree, value, strcmp(attribute, "bind") == 0);
	else
		return store(tree, dir, attribute, value);
	return 0;
}

static int tree_write(struct sysfs *sysfs, int dir, const char *attribute, const char *value, size_t length)
{
	struct tree *tree = (struct tree *)sysfs;
	unsigned int last = tree->fail_at + (tree->fail_for > 0 ? tree->fail_for - 1 : 0);
	bool fails = ++tree->writes >= tree->fail_at && tree->fail_at > 0 && tree->writes <= last;
	int r;

	assert_int_equal(strlen(value), length);
	if (fails && !tree->fail_late)
		return tree->fail_with;
	r = take_effect(tree, dir, attribute, value);
	return fails ? tree->fail_with : r;
}

static const struct sysfs_ops tree_ops = {
	.open = tree_open,
	.close = tree_close,
	.read = tree_read,
	.write = tree_write,
	.list = tree_list,
	.link = tree_link,
	.inode = tree_inode,
};

/* One pass over the captured tree: regions, or all but regions. */
static void lay_out_pass(struct tree *tree, FILE *file, bool regions)
{
	CLEANUP(cleanup_free) char *line = NULL;
	size_t size = 0;

	rewind(file);
	while (getline(&line, &size, file) > 0)
		if ((strstr(line, "/region") != NULL) == regions)
			lay_out(tree, line);
}

void tree_load(struct tree *tree, const char *name)
{
	char path[512];
	FILE *file;

	*tree = (struct tree){ .sysfs.ops = &tree_ops };
	strcpy(tree->root, access("/dev/shm", W_OK) == 0 ? "/dev/shm/cxl-tree-XXXXXX" : "/tmp/cxl-tree-XXXXXX");
	assert_non_null(mkdtemp(tree->root));
	snprintf(path, sizeof(path), TREES "/%s.tree", name);
	file = fopen(path, "re");
	assert_non_null(file);
	/* A region that somebody made is younger than all else on the host: inodes tell. */
	lay_out_pass(tree, file, false);
	lay_out_pass(tree, file, true);
	fclose(file);
	assert_int_equal(sysfs_kernel_init(&tree->below, tree->root), 0);
}

void tree_free(struct tree *tree)
{
	sysfs_kernel_done(&tree->below);
	remove_all(tree->root);
}
