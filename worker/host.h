/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker knows of the machine that it runs on, found out when it is first needed. */
#ifndef CXL_REGIOND_WORKER_HOST_H
#define CXL_REGIOND_WORKER_HOST_H

#include "kernel-fix.h"
#include "snapshot.h"

#define HOST_SYSFS "/sys"
#define HOST_PROC  "/proc"

struct host {
	struct sysfs_kernel kernel;
	struct sysfs *sysfs;
	struct kernel_facts facts;
	bool has_facts;
	struct snapshot *known; /* the topology as it was last read */
};

/* host_init() - open sysfs. Returns 0 or a negative errno. */
int host_init(struct host *host);
void host_done(struct host *host);

/* host_facts() - of the running kernel; loading its type information takes some 30 ms and 11 MB, once. */
const struct kernel_facts *host_facts(struct host *host);

/*
 * host_refuses_commit() - would the kernel answer the commit of a region with a WARN? It does where it
 * checks that CPU caches can be invalidated, in a virtual machine that shows the hypervisor bit.
 */
bool host_refuses_commit(struct host *host);

/*
 * host_lock() - be the only worker on this host that changes regions: a lock on the CXL bus's directory in sysfs,
 * which a worker of an earlier daemon still holds while it is in the middle of a write.
 *
 * Returns a descriptor that holds the lock until it is closed; -EWOULDBLOCK when another worker has it; -ENOENT
 * without a CXL bus; another negative errno.
 */
int host_lock(void);

/* host_scan() - scan_all(), with what is known from before. */
int host_scan(struct host *host, struct snapshot **ret_snapshot);

/* host_scan_use() - scan_use(), with what is known from before. */
int host_scan_use(struct host *host, const char *decoder, struct snapshot **ret_snapshot);

/* host_scan_region() - scan_region(), with what is known from before. */
int host_scan_region(struct host *host, const char *name, struct snapshot **ret_snapshot);

/* host_scan_region_alone() - scan_region_alone(), with what is known from before. */
int host_scan_region_alone(struct host *host, const char *name, struct snapshot **ret_snapshot);

#endif
