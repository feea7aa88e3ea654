/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the running kernel protects the deletion of regions (CVE-2026-74272): told from its type information
 * and from the livepatches that it runs, never from version numbers.
 */
#ifndef CXL_REGIOND_CORE_KERNEL_FIX_H
#define CXL_REGIOND_CORE_KERNEL_FIX_H

#include <stdbool.h>
#include <stddef.h>

#include "sysfs.h"

enum kernel_fix {
	KERNEL_FIX_UPSTREAM, /* regions in an xarray of the root decoder */
	KERNEL_FIX_PATCH,    /* kernel/patches of this project */
	KERNEL_FIX_NONE,     /* but a livepatch may come */
	KERNEL_FIX_UNKNOWN,
};

/* What could be found out about the running kernel. */
struct kernel_facts {
	enum kernel_fix fix;
	char detail[256];		/* what the verdict is based on, and what it means */
	bool checks_cache_invalidation; /* WARNs where CPU caches cannot be invalidated (6.2); true when not known */
	/* Keeps what a host bridge knew of its memdevs when it loses its driver, and uses it afterwards; true when not known */
	bool keeps_memdevs;
};

/*
 * kernel_facts_read() - find out.
 *
 * @root: where sysfs is: "/sys"
 *
 * Without type information the answer is KERNEL_FIX_UNKNOWN, with the reason; it never fails.
 */
void kernel_facts_read(const char *root, struct kernel_facts *ret_facts);

/*
 * kernel_livepatch_is_active() - is kernel/livepatch of this project enabled and through its transition? It comes and goes
 * while the kernel runs.
 */
bool kernel_livepatch_is_active(struct sysfs *sysfs);

/* kernel_fix_name() - as the wire has it. */
const char *kernel_fix_name(enum kernel_fix fix);

#endif
