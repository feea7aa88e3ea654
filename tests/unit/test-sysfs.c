/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's door, on a directory of files. That what it keeps of a dead object is dropped shows on a real sysfs. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sysfs-tree.h"

#define MANY (2 * SYSFS_KEPT_MAX)

static struct sysfs *door(struct tree *tree)
{
	return &tree->below.sysfs;
}

static void test_read_again_is_fresh(void **state)
{
	char value[16];
	uint64_t number = 7;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	tree_put(&tree, "object/attribute", "first\n");
	assert_int_equal(sysfs_read_again(door(&tree), "object/attribute", value, sizeof(value)), 5);
	assert_string_equal(value, "first");
	tree_put(&tree, "object/attribute", "0x10\n");
	assert_int_equal(sysfs_read_again(door(&tree), "object/attribute", value, sizeof(value)), 4);
	assert_string_equal(value, "0x10");
	assert_int_equal(sysfs_read_u64_again(door(&tree), "object/attribute", &number), 0);
	assert_int_equal(number, 16);
	assert_int_equal(sysfs_read_again(door(&tree), "object/attribute", value, 4), -EMSGSIZE);
	assert_int_equal(sysfs_read_again(door(&tree), "object/other", value, sizeof(value)), -ENOENT);
	assert_int_equal(sysfs_read_u64_again(door(&tree), "object/other", &number), -ENOENT);
	assert_int_equal(number, 16);
	tree_free(&tree);
}

/* More than are kept: each is still itself. */
static void test_read_many_again(void **state)
{
	char path[32], value[16], expected[16];
	struct tree tree;

	tree_load(&tree, "two-6.12");
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "object/a%d", i);
		snprintf(value, sizeof(value), "%d\n", i);
		tree_put(&tree, path, value);
	}
	for (int i = 0; i < 3 * MANY; i++) {
		snprintf(path, sizeof(path), "object/a%d", i % MANY);
		snprintf(expected, sizeof(expected), "%d", i % MANY);
		assert_true(sysfs_read_again(door(&tree), path, value, sizeof(value)) > 0);
		assert_string_equal(value, expected);
	}
	tree_free(&tree);
}

/* What a handle leads to is written to, whatever has its name by now; and it is read back as it is. */
static void test_write_through_handles(void **state)
{
	char value[16], path[256], moved[256];
	struct tree tree;
	int old, new;

	tree_load(&tree, "two-6.12");
	tree_put(&tree, "bus/object/attribute", "first\n");
	old = sysfs_open(door(&tree), SYSFS_ROOT, "bus/object");
	assert_true(old > 0);
	assert_int_equal(sysfs_write(door(&tree), old, "attribute", "other"), 0);
	assert_int_equal(sysfs_read_again(door(&tree), "bus/object/attribute", value, sizeof(value)), 5);
	assert_string_equal(value, "other");
	assert_int_equal(sysfs_read(door(&tree), old, "attribute", value, sizeof(value)), 5);
	assert_string_equal(value, "other");
	snprintf(path, sizeof(path), "%s/bus/object", tree.root);
	snprintf(moved, sizeof(moved), "%s/bus/moved", tree.root);
	assert_int_equal(rename(path, moved), 0);
	tree_put(&tree, "bus/object/attribute", "young\n");
	new = sysfs_open(door(&tree), SYSFS_ROOT, "bus/object");
	assert_int_equal(sysfs_read(door(&tree), new, "attribute", value, sizeof(value)), 5);
	assert_string_equal(value, "young");
	assert_int_equal(sysfs_write(door(&tree), new, "attribute", "third"), 0);
	assert_int_equal(sysfs_read(door(&tree), SYSFS_ROOT, "bus/moved/attribute", value, sizeof(value)), 5);
	assert_string_equal(value, "other");
	assert_int_equal(sysfs_read(door(&tree), SYSFS_ROOT, "bus/object/attribute", value, sizeof(value)), 5);
	assert_string_equal(value, "third");
	assert_int_equal(sysfs_write(door(&tree), new, "missing", "x"), -ENOENT);
	sysfs_close(door(&tree), old);
	sysfs_close(door(&tree), new);
	tree_free(&tree);
}

/* More than are kept track of: each is still itself. */
static void test_many_handles(void **state)
{
	int handles[2 * SYSFS_HELD_MAX];
	uint64_t inode, expected;
	char path[32], value[16];
	struct tree tree;

	tree_load(&tree, "two-6.12");
	for (int i = 0; i < 2 * SYSFS_HELD_MAX; i++) {
		snprintf(path, sizeof(path), "bus/object%d/attribute", i);
		tree_put(&tree, path, "?\n");
		snprintf(path, sizeof(path), "bus/object%d", i);
		handles[i] = sysfs_open(door(&tree), SYSFS_ROOT, path);
		assert_true(handles[i] > 0);
	}
	for (int i = 0; i < 2 * SYSFS_HELD_MAX; i++) {
		snprintf(path, sizeof(path), "bus/object%d", i);
		assert_int_equal(sysfs_inode_at(door(&tree), SYSFS_ROOT, path, &expected), 0);
		assert_int_equal(sysfs_inode(door(&tree), handles[i], &inode), 0);
		assert_int_equal(inode, expected);
		assert_int_equal(sysfs_write(door(&tree), handles[i], "attribute", "!"), 0);
		sysfs_close(door(&tree), handles[i]);
		strcat(path, "/attribute");
		assert_int_equal(sysfs_read(door(&tree), SYSFS_ROOT, path, value, sizeof(value)), 1);
		assert_string_equal(value, "!");
	}
	tree_free(&tree);
}

static int count_entry(const char *name, uint64_t inode, void *userdata)
{
	assert_true(name[0] != '.');
	assert_int_not_equal(inode, 0);
	return ++*(int *)userdata == -1;
}

static int stop_at_once(const char *name, uint64_t inode, void *userdata)
{
	return 42;
}

/* A listing takes more than one system call. */
static void test_list_long(void **state)
{
	struct tree tree;
	char path[256];
	int n = 0;

	tree_load(&tree, "two-6.12");
	for (int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "object/a-name-of-some-length-so-that-one-buffer-does-not-hold-them-%d",
			 i);
		tree_put(&tree, path, "\n");
	}
	assert_int_equal(sysfs_list(door(&tree), SYSFS_ROOT, "object", count_entry, &n), 0);
	assert_int_equal(n, 300);
	assert_int_equal(sysfs_list(door(&tree), SYSFS_ROOT, "object", stop_at_once, NULL), 42);
	assert_int_equal(sysfs_list(door(&tree), SYSFS_ROOT, "other", count_entry, &n), -ENOENT);
	tree_free(&tree);
}

struct nested {
	struct sysfs *sysfs;
	int n;
};

static int list_within(const char *name, uint64_t inode, void *userdata)
{
	struct nested *nested = userdata;

	return sysfs_list(nested->sysfs, SYSFS_ROOT, "bus/kind", count_entry, &nested->n);
}

static int count(struct tree *tree, const char *path)
{
	int n = 0;

	assert_int_equal(sysfs_list(door(tree), SYSFS_ROOT, path, count_entry, &n), 0);
	return n;
}

static void tree_remove(struct tree *tree, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", tree->root, path);
	assert_int_equal(remove(full), 0);
}

static void tree_rename(struct tree *tree, const char *from, const char *to)
{
	char old[256], new[256];

	snprintf(old, sizeof(old), "%s/%s", tree->root, from);
	snprintf(new, sizeof(new), "%s/%s", tree->root, to);
	assert_int_equal(rename(old, new), 0);
}

/* A directory is kept open: each listing begins anew, also within another one. */
static void test_list_again(void **state)
{
	struct nested nested = { 0 };
	struct tree tree;

	tree_load(&tree, "two-6.12");
	nested.sysfs = door(&tree);
	tree_put(&tree, "bus/kind/first", "\n");
	tree_put(&tree, "bus/kind/second", "\n");
	assert_int_equal(count(&tree, "bus/kind"), 2);
	tree_put(&tree, "bus/kind/third", "\n");
	assert_int_equal(count(&tree, "bus/kind"), 3);
	tree_remove(&tree, "bus/kind/first");
	assert_int_equal(count(&tree, "bus/kind"), 2);
	assert_int_equal(sysfs_list(door(&tree), SYSFS_ROOT, "bus/kind", list_within, &nested), 0);
	assert_int_equal(nested.n, 4);
	tree_remove(&tree, "bus/kind/second");
	tree_remove(&tree, "bus/kind/third");
	assert_int_equal(count(&tree, "bus/kind"), 0);
	assert_int_equal(count(&tree, "bus/kind"), 0);
	tree_put(&tree, "bus/kind/fourth", "\n");
	assert_int_equal(count(&tree, "bus/kind"), 1);
	tree_free(&tree);
}

/* An empty directory that is kept open goes, and another of its name comes. */
static void test_empty_directory_made_anew(void **state)
{
	struct tree tree;

	tree_load(&tree, "two-6.12");
	tree_put(&tree, "bus/kind/attribute", "\n");
	tree_remove(&tree, "bus/kind/attribute");
	assert_int_equal(count(&tree, "bus/kind"), 0);
	/* Both are there at a time: a file system of a test may give a number twice. */
	tree_put(&tree, "bus/new/attribute", "\n");
	tree_rename(&tree, "bus/kind", "bus/old");
	tree_rename(&tree, "bus/new", "bus/kind");
	assert_int_equal(count(&tree, "bus/kind"), 1);
	tree_free(&tree);
}

/* A directory that is kept open goes, and another of its name comes. */
static void test_directory_made_anew(void **state)
{
	char text[16];
	uint64_t inode = 0;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	tree_put(&tree, "bus/kind/attribute", "first\n");
	tree_put_link(&tree, "bus/kind/driver", "drivers/first");
	tree_put(&tree, "bus/kind/below/attribute", "\n");
	assert_true(sysfs_link_base(door(&tree), SYSFS_ROOT, "bus/kind/driver", text, sizeof(text)) > 0);
	assert_string_equal(text, "first");
	assert_int_equal(count(&tree, "bus/kind"), 3);
	tree_remove(&tree, "bus/kind/below/attribute");
	tree_remove(&tree, "bus/kind/below");
	tree_remove(&tree, "bus/kind/attribute");
	tree_remove(&tree, "bus/kind/driver");
	tree_remove(&tree, "bus/kind");
	assert_int_equal(sysfs_link_base(door(&tree), SYSFS_ROOT, "bus/kind/driver", text, sizeof(text)), -ENOENT);
	assert_int_equal(sysfs_inode_at(door(&tree), SYSFS_ROOT, "bus/kind/below", &inode), -ENOENT);
	assert_int_equal(sysfs_open(door(&tree), SYSFS_ROOT, "bus/kind/below"), -ENOENT);
	assert_int_equal(sysfs_list(door(&tree), SYSFS_ROOT, "bus/kind", stop_at_once, NULL), -ENOENT);
	tree_put(&tree, "bus/kind/attribute", "second\n");
	tree_put_link(&tree, "bus/kind/driver", "drivers/second");
	assert_true(sysfs_link_base(door(&tree), SYSFS_ROOT, "bus/kind/driver", text, sizeof(text)) > 0);
	assert_string_equal(text, "second");
	assert_int_equal(sysfs_inode_at(door(&tree), SYSFS_ROOT, "bus/kind/attribute", &inode), 0);
	assert_int_equal(count(&tree, "bus/kind"), 2);
	tree_free(&tree);
}

static void test_inode(void **state)
{
	uint64_t held = 1, by_path = 2;
	struct tree tree;
	int dir;

	tree_load(&tree, "two-6.12");
	dir = sysfs_open(door(&tree), SYSFS_ROOT, "bus/cxl/devices/port1");
	assert_true(dir > 0);
	assert_int_equal(sysfs_inode(door(&tree), dir, &held), 0);
	assert_int_equal(sysfs_inode_at(door(&tree), SYSFS_ROOT, "bus/cxl/devices/port1", &by_path), 0);
	assert_int_equal(held, by_path);
	assert_int_equal(sysfs_inode_at(door(&tree), SYSFS_ROOT, "bus/cxl/devices/port99", &by_path), -ENOENT);
	sysfs_close(door(&tree), dir);
	tree_free(&tree);
}

static void test_joined_paths(void **state)
{
	char path[SYSFS_PATH_MAX], lengthy[SYSFS_PATH_MAX + 1];

	sysfs_join(path, "bus/cxl/devices", "region0", NULL);
	assert_string_equal(path, "bus/cxl/devices/region0");
	sysfs_join(path, "bus/cxl/devices", "region0", "size");
	assert_string_equal(path, "bus/cxl/devices/region0/size");
	/* What does not fit is left out. */
	memset(lengthy, 'x', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	sysfs_join(path, "a", lengthy, "size");
	assert_int_equal(strlen(path), SYSFS_PATH_MAX - 1);
	assert_memory_equal(path, "a/xxx", 5);
	assert_int_equal(path[SYSFS_PATH_MAX - 2], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_again_is_fresh),
		cmocka_unit_test(test_read_many_again),
		cmocka_unit_test(test_write_through_handles),
		cmocka_unit_test(test_many_handles),
		cmocka_unit_test(test_list_long),
		cmocka_unit_test(test_list_again),
		cmocka_unit_test(test_empty_directory_made_anew),
		cmocka_unit_test(test_directory_made_anew),
		cmocka_unit_test(test_inode),
		cmocka_unit_test(test_joined_paths),
	};

	return cmocka_run_group_tests_name("sysfs", tests, NULL, NULL);
}
