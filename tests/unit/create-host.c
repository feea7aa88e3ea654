/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "create-host.h"
#include "scan.h"

void host_load(struct host *host, const char *name)
{
	*host = (struct host){ .request = { .new_uuid = UUID } };
	tree_load(&host->tree, name);
	assert_int_equal(scan_all(&host->tree.sysfs, NULL, &host->snapshot), 0);
}

void host_free(struct host *host)
{
	snapshot_free(host->snapshot);
	tree_free(&host->tree);
}

const char *memdev_name(const struct host *host, uint64_t serial)
{
	for (size_t i = 0; i < host->snapshot->n_memdevs; i++)
		if (host->snapshot->memdevs[i].serial == serial)
			return host->snapshot->memdevs[i].name;
	fail_msg("no such memdev");
	return NULL;
}

struct memdev *memdev(struct host *host, uint64_t serial)
{
	return &host->snapshot->memdevs[snapshot_find_memdev(host->snapshot, memdev_name(host, serial))];
}

void name_memdevs(struct host *host, const uint64_t *serials, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		host->request.memdevs[i] = memdev_name(host, serials[i]);
	host->request.n_memdevs = n;
}

void set_size(struct host *host, uint64_t size)
{
	host->request.size = size;
	host->request.has_size = true;
}

void set_ways(struct host *host, uint64_t ways)
{
	host->request.ways = ways;
	host->request.has_ways = true;
}

void set_granularity(struct host *host, uint64_t granularity)
{
	host->request.granularity = granularity;
	host->request.has_granularity = true;
}

int plan(struct host *host)
{
	return plan_create(host->snapshot, &host->request, &host->plan, &host->failure);
}

uint64_t serial_at(const struct host *host, unsigned int position)
{
	int index = snapshot_find_memdev(host->snapshot, host->plan.targets[position].memdev);

	return host->snapshot->memdevs[index].serial;
}

void assert_order(const struct host *host, const uint64_t *serials, unsigned int n)
{
	assert_int_equal(host->plan.n_targets, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(serial_at(host, i), serials[i]);
}
