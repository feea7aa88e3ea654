/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sysfs for tests: a tree that was captured from a host (trees/), laid out in a temporary directory, and a
 * door to it that does the least that a kernel does: a region appears when its name is written back, and
 * goes when it is deleted; bind and unbind set its driver. It knows no rule of the kernel beyond that. It
 * counts the writes, and can fail one of them.
 */
#ifndef CXL_REGIOND_TESTS_SYSFS_TREE_H
#define CXL_REGIOND_TESTS_SYSFS_TREE_H

#include "sysfs.h"

struct tree {
	struct sysfs sysfs;
	struct sysfs_kernel below; /* reads go there */
	char root[64];
	unsigned int writes;   /* so far */
	unsigned int fail_at;  /* which one fails, counted from 1; 0 for none */
	int fail_with;	       /* its negative errno */
	unsigned int fail_for; /* how many in a row, 0 for one */
	bool fail_late;	       /* it fails, yet has its effect */
};

/* tree_load() - lay a tree out. The test fails where that cannot be done. */
void tree_load(struct tree *tree, const char *name);

/* tree_free() - close the door and remove the directory. */
void tree_free(struct tree *tree);

/* tree_put() - a file with that text, directories included. */
void tree_put(struct tree *tree, const char *path, const char *text);

/* tree_put_link() - a symbolic link. */
void tree_put_link(struct tree *tree, const char *path, const char *target);

#endif
