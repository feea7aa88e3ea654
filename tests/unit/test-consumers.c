/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a region: namespaces, mounts, swap, holders and memory blocks of a tree made by hand. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "consumers.h"
#include "scan.h"
#include "sysfs-tree.h"

#define ND "bus/nd/devices/region2/"

struct host {
	struct tree tree;
	struct snapshot *snapshot;
	char proc[128];
	struct consumer_list list;
};

static void host_load(struct host *host)
{
	*host = (struct host){ 0 };
	tree_load(&host->tree, "two-region-6.12");
	assert_int_equal(scan_all(&host->tree.sysfs, NULL, &host->snapshot), 0);
	strcpy(host->snapshot->regions[0].name, "region2");
	snprintf(host->proc, sizeof(host->proc), "%s/proc", host->tree.root);
	tree_put(&host->tree, "proc/self/mountinfo", "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	tree_put(&host->tree, "proc/swaps", "Filename\tType\tSize\n/dev/sda2 partition 1\n");
	tree_put(&host->tree, ND "pfn_seed", "pfn2.0\n");
	tree_put(&host->tree, ND "namespace2.0/size", "0\n");
	tree_put(&host->tree, ND "pfn2.0/size", "0\n");
}

static void host_free(struct host *host)
{
	snapshot_free(host->snapshot);
	tree_free(&host->tree);
}

static void look(struct host *host)
{
	assert_int_equal(consumers_find(&host->tree.sysfs, host->proc, &host->snapshot->regions[0], &host->list), 0);
}

static void add_namespace(struct host *host)
{
	tree_put(&host->tree, ND "namespace2.1/size", "268435456\n");
	tree_put(&host->tree, ND "namespace2.1/mode", "memory\n");
	tree_put_link(&host->tree, ND "namespace2.1/driver", "../../../nd/drivers/nd_pmem");
}

/* On a namespace that has space, and is bound by what claims it alone. */
static void add_disk(struct host *host)
{
	tree_put(&host->tree, ND "namespace2.1/size", "268435456\n");
	tree_put(&host->tree, ND "pfn2.0/block/pmem2/dev", "259:0\n");
	tree_put(&host->tree, ND "pfn2.0/block/pmem2/pmem2p1/dev", "259:1\n");
}

static void test_seeds_are_no_users(void **state)
{
	struct host host;

	host_load(&host);
	look(&host);
	assert_int_equal(host.list.n, 0);
	tree_put(&host.tree, ND "namespace2.1/size", "268435456\n"); /* configured, but not active */
	look(&host);
	assert_int_equal(host.list.n, 0);
	host_free(&host);
}

static void test_namespace(void **state)
{
	struct host host;

	host_load(&host);
	add_namespace(&host);
	look(&host);
	assert_int_equal(host.list.n, 1);
	assert_string_equal(host.list.consumers[0].kind, "namespace");
	assert_string_equal(host.list.consumers[0].name, "namespace2.1");
	assert_non_null(strstr(host.list.consumers[0].detail, "fsdax"));
	host_free(&host);
}

/* What claims a namespace is bound in its stead. */
static void test_claimed_namespace(void **state)
{
	struct host host;

	host_load(&host);
	tree_put(&host.tree, ND "namespace2.1/size", "268435456\n");
	tree_put(&host.tree, ND "namespace2.1/mode", "dax\n");
	tree_put(&host.tree, ND "namespace2.1/holder", "dax2.1\n");
	look(&host);
	assert_int_equal(host.list.n, 0);
	tree_put_link(&host.tree, ND "dax2.1/driver", "../../../nd/drivers/dax_pmem");
	look(&host);
	assert_int_equal(host.list.n, 1);
	assert_non_null(strstr(host.list.consumers[0].detail, "devdax"));
	host_free(&host);
}

static void test_mount_by_number_and_by_source(void **state)
{
	struct host host;

	host_load(&host);
	add_disk(&host);
	look(&host);
	assert_int_equal(host.list.n, 0);
	tree_put(&host.tree, "proc/self/mountinfo",
		 "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 259:0 / /mnt/a rw,shared:1 master:2 - ext4 /dev/pmem2 rw\n"
		 "3 1 0:55 / /mnt/b rw - btrfs /dev/pmem2p1 rw\n4 1 259:10 / /mnt/c rw - ext4 /dev/pmem20 rw\n");
	look(&host);
	assert_int_equal(host.list.n, 2);
	assert_string_equal(host.list.consumers[0].kind, "mount");
	assert_string_equal(host.list.consumers[0].name, "/mnt/a");
	assert_string_equal(host.list.consumers[1].name, "/mnt/b");
	host_free(&host);
}

static void test_swap_and_holder(void **state)
{
	struct host host;

	host_load(&host);
	add_disk(&host);
	tree_put(&host.tree, "proc/swaps", "Filename\tType\n/dev/pmem2p1 partition 1\n");
	tree_put(&host.tree, ND "pfn2.0/block/pmem2/holders/dm-3", "");
	look(&host);
	assert_int_equal(host.list.n, 2);
	assert_string_equal(host.list.consumers[0].kind, "holder");
	assert_string_equal(host.list.consumers[0].name, "dm-3");
	assert_string_equal(host.list.consumers[1].kind, "swap");
	host_free(&host);
}

static void test_memory_blocks(void **state)
{
	struct region *region;
	char path[128];
	struct host host;

	host_load(&host);
	region = &host.snapshot->regions[0];
	tree_put(&host.tree, "devices/system/memory/block_size_bytes", "8000000\n"); /* 128 MiB */
	for (uint64_t i = 0; i < 6; i++) { /* one before, four within, one behind */
		snprintf(path, sizeof(path), "devices/system/memory/memory%d/state",
			 (int)(region->start / (128 << 20) + i - 1));
		tree_put(&host.tree, path, i == 0 || i == 2 || i == 5 ? "online\n" : "offline\n");
	}
	look(&host);
	assert_int_equal(host.list.n, 1);
	assert_string_equal(host.list.consumers[0].kind, "memory");
	assert_memory_equal(host.list.consumers[0].detail, "1 memory block", 14);
	host_free(&host);
}

static void test_too_many_are_cut(void **state)
{
	struct consumer_list list = { .n = 0 };

	for (int i = 0; i < CONSUMERS_MAX + 3; i++)
		consumers_add(&list, "mount", "/mnt", "the %dth", i);
	assert_int_equal(list.n, CONSUMERS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds_are_no_users), cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_claimed_namespace),  cmocka_unit_test(test_mount_by_number_and_by_source),
		cmocka_unit_test(test_swap_and_holder),	   cmocka_unit_test(test_memory_blocks),
		cmocka_unit_test(test_too_many_are_cut),
	};

	return cmocka_run_group_tests_name("consumers", tests, NULL, NULL);
}
