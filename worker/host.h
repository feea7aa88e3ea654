/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker knows of the machine that it runs on, found out when it is first needed. */
#ifndef CXL_REGIOND_WORKER_HOST_H
#define CXL_REGIOND_WORKER_HOST_H

#include "kernel-fix.h"
#include "snapshot.h"

#define HOST_SYSFS "/sys"
#define HOST_PROC  "/proc"

/* The descriptor that the spawner leaves to each worker for host_lock(). */
#define HOST_LOCK_FD 4

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
 * host_lock() - see to it that only the workers of one main process change regions. The lock is theirs together, on a
 * descriptor that the spawner left to each of them: once one has it, all have it, until the last of them is gone.
 *
 * @fd: HOST_LOCK_FD
 *
 * Returns 0; -EWOULDBLOCK when workers of another main process have it; another negative errno.
 */
int host_lock(int fd);

/* host_scan() - scan_all(), with what is known from before. */
int host_scan(struct host *host, struct snapshot **ret_snapshot);

/* host_scan_use() - scan_use(), with what is known from before. */
int host_scan_use(struct host *host, const char *decoder, struct snapshot **ret_snapshot);

/* host_scan_region() - scan_region(), with what is known from before. */
int host_scan_region(struct host *host, const char *name, struct snapshot **ret_snapshot);

/* host_scan_region_alone() - scan_region_alone(), with what is known from before. */
int host_scan_region_alone(struct host *host, const char *name, struct snapshot **ret_snapshot);

#endif
