/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <errno.h>
#include <sys/file.h>

#include "scan.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

/* Leaf 1, ECX bit 31: reserved for hypervisors to say that they are there. */
static bool has_hypervisor_bit(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & (1u << 31));
}
#else
/* Only x86 asks for it; other architectures have no cpu_cache_has_invalidate_memregion() of their own. */
static bool has_hypervisor_bit(void)
{
	return false;
}
#endif

int host_init(struct host *host)
{
	*host = (struct host){ .has_facts = false };
	host->sysfs = &host->kernel.sysfs;
	return sysfs_kernel_init(&host->kernel, HOST_SYSFS);
}

void host_done(struct host *host)
{
	snapshot_free(host->known);
	sysfs_kernel_done(&host->kernel);
}

int host_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

const struct kernel_facts *host_facts(struct host *host)
{
	if (!host->has_facts)
		kernel_facts_read(HOST_SYSFS, &host->facts);
	host->has_facts = true;
	return &host->facts;
}

bool host_refuses_commit(struct host *host)
{
	return has_hypervisor_bit() && host_facts(host)->checks_cache_invalidation;
}

/* Remembers a topology that is not the one that is known. Without memory for it the next scan is a full one. */
static void remember(struct host *host, const struct snapshot *snapshot)
{
	if (host->known && host->known->members == snapshot->members)
		return;
	snapshot_free(host->known);
	host->known = NULL;
	(void)snapshot_copy_topology(snapshot, &host->known);
}

int host_scan(struct host *host, struct snapshot **ret_snapshot)
{
	int r = scan_all(host->sysfs, host->known, ret_snapshot);

	if (r >= 0)
		remember(host, *ret_snapshot);
	return r;
}

int host_scan_use(struct host *host, const char *decoder, struct snapshot **ret_snapshot)
{
	int r = scan_use(host->sysfs, host->known, decoder, ret_snapshot);

	if (r >= 0)
		remember(host, *ret_snapshot);
	return r;
}

int host_scan_region(struct host *host, const char *name, struct snapshot **ret_snapshot)
{
	int r = scan_region(host->sysfs, host->known, name, ret_snapshot);

	if (r >= 0)
		remember(host, *ret_snapshot);
	return r;
}

int host_scan_region_alone(struct host *host, const char *name, struct snapshot **ret_snapshot)
{
	int r = scan_region_alone(host->sysfs, host->known, name, ret_snapshot);

	if (r >= 0)
		remember(host, *ret_snapshot);
	return r;
}
