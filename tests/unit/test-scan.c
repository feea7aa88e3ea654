/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "scan.h"
#include "sysfs-tree.h"

static const struct port *port_of(const struct snapshot *snapshot, uint64_t serial)
{
	for (size_t i = 0; i < snapshot->n_memdevs; i++)
		if (snapshot->memdevs[i].serial == serial)
			return &snapshot->ports[snapshot->memdevs[i].endpoint];
	fail_msg("no memdev has the serial 0x%x", (unsigned int)serial);
	return NULL;
}

/* Makes a link anew: the same target, another inode. */
static void replace_link(struct tree *tree, const char *path, const char *name)
{
	char target[256], other[300];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	assert_true(length > 0);
	target[length] = '\0';
	snprintf(other, sizeof(other), "%s.old", path); /* keeps the old inode in use */
	assert_int_equal(rename(path, other), 0);
	tree_put_link(tree, name, target);
	assert_int_equal(unlink(other), 0);
}

/* Two bridges with two memdevs each, on either kernel: whatever the kernel numbered them. */
static void check_two(const char *name)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct tree tree;

	tree_load(&tree, name);
	assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), 0);
	assert_int_equal(snapshot->n_ports, 7);
	assert_int_equal(snapshot->n_memdevs, 4);
	assert_int_equal(snapshot->n_decoders, 9);
	assert_int_equal(snapshot->n_regions, 0);
	assert_true(snapshot->pmem_driver);
	for (uint64_t serial = 0xa1; serial <= 0xb2; serial = serial == 0xa2 ? 0xb1 : serial + 1) {
		const struct port *endpoint = port_of(snapshot, serial), *bridge = &snapshot->ports[endpoint->parent];

		assert_int_equal(endpoint->kind, PORT_ENDPOINT);
		assert_int_equal(endpoint->depth, 2);
		assert_true(endpoint->bound);
		assert_int_equal(bridge->kind, PORT_BRIDGE);
		assert_int_equal(bridge->n_dports, 2);
		assert_int_equal(bridge->dports[endpoint->parent_dport].id, (serial & 1) ? 0 : 1);
		assert_ptr_equal(bridge, &snapshot->ports[port_of(snapshot, serial ^ 3)->parent]);
		assert_int_equal(snapshot->ports[bridge->parent].kind, PORT_ROOT);
		assert_int_not_equal(bridge->parent_dport, SNAPSHOT_NONE);
		assert_int_equal(snapshot->memdevs[endpoint->memdev].pmem_size, 1024ull << 20);
		assert_int_equal(snapshot->memdevs[endpoint->memdev].ram_size, 0);
	}
	tree_free(&tree);
}

static void test_two_6_1(void **state)
{
	check_two("two-6.1");
}

static void test_two_6_12(void **state)
{
	check_two("two-6.12");
}

static void test_root_decoders(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	const struct decoder *decoder;
	struct tree tree;

	tree_load(&tree, "two-6.1");
	assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), 0);
	decoder = &snapshot->decoders[snapshot_find_decoder(snapshot, "decoder0.2")];
	assert_int_equal(decoder->kind, DECODER_ROOT);
	assert_int_equal(decoder->ways, 2);
	assert_int_equal(decoder->granularity, 256);
	assert_int_equal(decoder->size, 4ull << 30);
	assert_int_equal(decoder->n_targets, 2);
	assert_true(decoder->can_pmem && decoder->can_ram);
	assert_true(decoder->create_pmem);
	assert_false(decoder->create_ram); /* Linux 6.1 has no ram regions */
	tree_free(&tree);
}

/* A two-way region: the whole scan and that of the region alone tell the same of it. */
static void check_region(const char *name)
{
	CLEANUP(cleanup_snapshot) struct snapshot *all = NULL;
	CLEANUP(cleanup_snapshot) struct snapshot *one = NULL;
	const struct region *region, *same;
	struct tree tree;

	tree_load(&tree, name);
	assert_int_equal(scan_all(&tree.sysfs, NULL, &all), 0);
	assert_int_equal(all->n_regions, 1);
	region = &all->regions[0];
	assert_int_equal(region->ways, 2);
	assert_int_equal(region->granularity, 256);
	assert_int_equal(region->size, 512ull << 20);
	assert_int_equal(region->type, REGION_TYPE_PMEM);
	assert_true(region->committed && region->bound);
	assert_true(region_uuid_is_valid(region->uuid));
	assert_int_equal(all->memdevs[snapshot_target_memdev(all, region, 0)].serial, 0xa1);
	assert_int_equal(all->memdevs[snapshot_target_memdev(all, region, 1)].serial, 0xb1);
	assert_int_equal(snapshot_region_state(region), REGION_STATE_ACTIVE);
	assert_int_equal(snapshot_region_origin(all, region), REGION_ORIGIN_UNKNOWN);

	assert_int_equal(scan_region(&tree.sysfs, NULL, region->name, &one), 0);
	same = &one->regions[snapshot_find_region(one, region->name)];
	assert_int_equal(same->inode, region->inode);
	assert_int_equal(same->start, region->start);
	assert_string_equal(one->decoders[same->targets[1]].name, all->decoders[region->targets[1]].name);
	assert_string_equal(one->decoders[same->root_decoder].name, "decoder0.2");
	assert_int_equal(one->memdevs[snapshot_target_memdev(one, same, 1)].serial, 0xb1);
	tree_free(&tree);
}

static void test_region_6_1(void **state)
{
	check_region("two-region-6.1");
}

static void test_region_6_12(void **state)
{
	check_region("two-region-6.12");
}

/* What is known from before is not read again, and what can change is. */
static void test_known_topology(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *first = NULL;
	CLEANUP(cleanup_snapshot) struct snapshot *second = NULL;
	CLEANUP(cleanup_snapshot) struct snapshot *third = NULL;
	char path[256], name[64];
	struct decoder *target;
	int bridge;
	struct tree tree;

	tree_load(&tree, "two-region-6.12");
	assert_int_equal(scan_all(&tree.sysfs, NULL, &first), 0);
	target = &first->decoders[first->regions[0].targets[0]];
	first->memdevs[0].serial = 0x1234; /* as if it were known so */
	snprintf(path, sizeof(path), "bus/cxl/devices/%s/dpa_size", target->name);
	tree_put(&tree, path, "0x20000000\n");
	assert_int_equal(scan_all(&tree.sysfs, first, &second), 0);
	assert_int_equal(second->memdevs[0].serial, 0x1234);
	assert_int_equal(second->decoders[target - first->decoders].dpa_size, 0x20000000);
	assert_int_equal(second->decoders[target - first->decoders].region, 0);
	assert_int_equal(second->n_regions, 1);
	assert_int_equal(second->regions[0].targets[0], first->regions[0].targets[0]);
	bridge = snapshot_find_port(first, "port1");
	assert_int_equal(second->ports[bridge].n_dports, 2);
	assert_memory_equal(second->ports[bridge].dports, first->ports[bridge].dports, 2 * sizeof(struct dport));
	/* A device that comes again is another, and all is read. */
	snprintf(path, sizeof(path), "%s/bus/cxl/devices/%s", tree.root, first->memdevs[0].name);
	snprintf(name, sizeof(name), "bus/cxl/devices/%s", first->memdevs[0].name);
	replace_link(&tree, path, name);
	assert_int_equal(scan_all(&tree.sysfs, first, &third), 0);
	assert_int_not_equal(third->memdevs[0].serial, 0x1234);
	tree_free(&tree);
}

/* Of a region that was just made itself and its targets are read, and nothing else. */
static void test_region_alone(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *known = NULL;
	CLEANUP(cleanup_snapshot) struct snapshot *alone = NULL;
	char path[256];
	int target, bridge;
	struct tree tree;

	tree_load(&tree, "two-region-6.12");
	assert_int_equal(scan_all(&tree.sysfs, NULL, &known), 0);
	target = known->regions[0].targets[1];
	bridge = snapshot_find_port(known, "port1");
	known->ports[bridge].decoders_committed = 77;
	snprintf(path, sizeof(path), "bus/cxl/devices/%s/dpa_resource", known->decoders[target].name);
	tree_put(&tree, path, "0x30000000\n");
	snprintf(path, sizeof(path), "bus/cxl/devices/%s/commit", known->regions[0].name);
	tree_put(&tree, path, "0\n");
	assert_int_equal(scan_region_alone(&tree.sysfs, known, known->regions[0].name, &alone), 0);
	assert_int_equal(alone->decoders[target].dpa_start, 0x30000000);
	assert_int_equal(alone->decoders[target].region, 0);
	assert_int_equal(alone->regions[0].inode, known->regions[0].inode);
	assert_string_equal(alone->regions[0].uuid, known->regions[0].uuid);
	assert_false(alone->regions[0].committed);
	assert_int_equal(alone->ports[bridge].decoders_committed, 77);
	assert_int_equal(scan_region_alone(&tree.sysfs, known, "region7", &alone), -ENOENT);
	tree_free(&tree);
}

static void test_switch(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	const struct port *endpoint;
	struct tree tree;

	tree_load(&tree, "switch-6.12");
	assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), 0);
	endpoint = &snapshot->ports[snapshot->memdevs[0].endpoint];
	assert_int_equal(snapshot->ports[endpoint->parent].kind, PORT_SWITCH);
	assert_int_equal(endpoint->depth, 3);
	assert_int_not_equal(endpoint->parent_dport, SNAPSHOT_NONE);
	tree_free(&tree);
}

static void test_no_cxl(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct sysfs_kernel kernel;
	char root[] = "/tmp/cxl-empty-XXXXXX";
	uint64_t inode;

	assert_non_null(mkdtemp(root));
	assert_int_equal(sysfs_kernel_init(&kernel, root), 0);
	assert_int_equal(scan_all(&kernel.sysfs, NULL, &snapshot), 0);
	assert_int_equal(snapshot->n_ports, 0);
	assert_false(snapshot->pmem_driver);
	assert_int_equal(scan_generation(&kernel.sysfs, "region0", &inode), -ENOENT);
	sysfs_kernel_done(&kernel);
	rmdir(root);
}

static void test_region_not_there(void **state)
{
	struct snapshot *snapshot;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	assert_int_equal(scan_region(&tree.sysfs, NULL, "region7", &snapshot), -ENOENT);
	tree_free(&tree);
}

/* A bus that always loses an object while it is read is given up, not read forever. */
static void test_bus_never_still(void **state)
{
	struct snapshot *snapshot;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	tree_put_link(&tree, "bus/cxl/devices/decoder9.0", "../../../devices/platform/ACPI0017:00/root0/decoder9.0");
	assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), -EAGAIN);
	tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_6_1),		cmocka_unit_test(test_two_6_12),
		cmocka_unit_test(test_root_decoders),	cmocka_unit_test(test_region_6_1),
		cmocka_unit_test(test_region_6_12),	cmocka_unit_test(test_switch),
		cmocka_unit_test(test_known_topology),	cmocka_unit_test(test_no_cxl),
		cmocka_unit_test(test_region_alone),	cmocka_unit_test(test_region_not_there),
		cmocka_unit_test(test_bus_never_still),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
