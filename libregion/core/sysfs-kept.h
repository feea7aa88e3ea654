/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel's door keeps open, by its path: a table of sets, in each of which the youngest pushes the oldest out.
 * Whether what is kept may be believed is the caller's to say.
 */
#ifndef CXL_REGIOND_CORE_SYSFS_KEPT_H
#define CXL_REGIOND_CORE_SYSFS_KEPT_H

#include "sysfs.h"

/* kept_find() - NULL: nothing is kept under that path. Valid until something is kept. */
struct sysfs_kept *kept_find(struct sysfs_kernel *kernel, const char *path);

/*
 * kept_keep() - keep what was opened.
 *
 * @opened: its path is copied; its fd is taken, also on failure
 *
 * Returns 0 or -ENOMEM.
 */
int kept_keep(struct sysfs_kernel *kernel, const struct sysfs_kept *opened);

/* kept_take() - take it out, for kept_put() or kept_forget(). Returns false when nothing is kept under that path. */
bool kept_take(struct sysfs_kernel *kernel, const char *path, struct sysfs_kept *ret_taken);
void kept_put(struct sysfs_kernel *kernel, const struct sysfs_kept *taken);

/* kept_forget() - close it. */
void kept_forget(struct sysfs_kept *kept);
void kept_forget_all(struct sysfs_kernel *kernel);

#endif
