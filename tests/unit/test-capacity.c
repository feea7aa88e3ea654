/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holes in windows and DPA, and the ports' decoders, on snapshots made by hand. */
#include "unit.h"

#include <string.h>

#include "capacity.h"

#define MIB (1024ull * 1024)

/* A root with one window of 4 GiB at 64 GiB; a bridge with two decoders; an endpoint with two. */
static struct snapshot *make_host(void)
{
	struct snapshot *snapshot;
	struct decoder *decoder;
	struct memdev *memdev;
	struct port *port;

	assert_int_equal(snapshot_new(&snapshot), 0);
	snapshot_add_port(snapshot, "root0")->kind = PORT_ROOT;
	port = snapshot_add_port(snapshot, "port1");
	port->kind = PORT_BRIDGE;
	port->parent = 0;
	port = snapshot_add_port(snapshot, "endpoint2");
	port->kind = PORT_ENDPOINT;
	port->parent = 1;
	port->memdev = 0;
	decoder = snapshot_add_decoder(snapshot, "decoder0.0");
	decoder->port = 0;
	decoder->start = 64ull << 30;
	decoder->size = 4ull << 30;
	for (int i = 0; i < 2; i++) {
		decoder = snapshot_add_decoder(snapshot, i ? "decoder1.1" : "decoder1.0");
		decoder->kind = DECODER_SWITCH;
		decoder->port = 1;
		decoder->id = i;
	}
	for (int i = 0; i < 2; i++) {
		decoder = snapshot_add_decoder(snapshot, i ? "decoder2.1" : "decoder2.0");
		decoder->kind = DECODER_ENDPOINT;
		decoder->port = 2;
		decoder->id = i;
	}
	for (size_t i = 0; i < snapshot->n_ports; i++)
		snapshot->ports[i].decoders_committed = 0;
	memdev = snapshot_add_memdev(snapshot, "mem0");
	memdev->endpoint = 2;
	memdev->ram_size = 1024 * MIB;
	memdev->pmem_size = 2048 * MIB;
	return snapshot;
}

/* The n-th region occupies the window from an offset, committed, on the n-th decoder of both ports. */
static struct region *add_region(struct snapshot *snapshot, int n, uint64_t offset, uint64_t size)
{
	struct region *region = snapshot_add_region(snapshot, n ? "region1" : "region0");

	region->root_decoder = 0;
	region->start = snapshot->decoders[0].start + offset;
	region->size = size;
	region->ways = 1;
	region->committed = true;
	region->targets[0] = 3 + n;
	snapshot->decoders[1 + n].region = n;
	snapshot->decoders[3 + n].region = n;
	return region;
}

static void test_holes(void **state)
{
	struct snapshot *snapshot = make_host();
	const struct decoder *root = &snapshot->decoders[0];
	uint64_t start;

	assert_int_equal(capacity_hpa_max_extent(snapshot, root), 4096 * MIB);
	add_region(snapshot, 0, 512 * MIB, 1024 * MIB);
	assert_int_equal(capacity_hpa_max_extent(snapshot, root), 2560 * MIB);
	assert_true(capacity_hpa_first_fit(snapshot, root, 512 * MIB, &start));
	assert_int_equal(start, root->start);
	assert_true(capacity_hpa_first_fit(snapshot, root, 768 * MIB, &start));
	assert_int_equal(start, root->start + 1536 * MIB);
	assert_false(capacity_hpa_first_fit(snapshot, root, 2816 * MIB, &start));
	snapshot_free(snapshot);
}

/* Above a floor, a size that an earlier hole could hold would go there: it is of no use. */
static void test_largest_above_a_floor(void **state)
{
	struct snapshot *snapshot = make_host();
	const struct decoder *root = &snapshot->decoders[0];
	uint64_t floor;

	add_region(snapshot, 0, 512 * MIB, 1024 * MIB);
	floor = snapshot->regions[0].start + snapshot->regions[0].size;
	assert_int_equal(capacity_hpa_max_size(snapshot, root, 0, UINT64_MAX, 256 * MIB), 2560 * MIB);
	assert_int_equal(capacity_hpa_max_size(snapshot, root, floor, 1024 * MIB, 256 * MIB), 1024 * MIB);
	assert_int_equal(capacity_hpa_max_size(snapshot, root, floor, 512 * MIB, 256 * MIB), 0);
	assert_int_equal(capacity_hpa_max_size(snapshot, root, 0, 512 * MIB, 256 * MIB), 512 * MIB);
	snapshot_free(snapshot);
}

/* Linux 6.1 tries only multiples of the size; there no port tells its committed decoders. */
static void test_holes_of_6_1(void **state)
{
	struct snapshot *snapshot = make_host();
	const struct decoder *root = &snapshot->decoders[0];
	uint64_t start;

	for (size_t i = 0; i < snapshot->n_ports; i++)
		snapshot->ports[i].decoders_committed = SNAPSHOT_UNKNOWN;
	add_region(snapshot, 0, 0, 256 * MIB);
	assert_true(capacity_hpa_first_fit(snapshot, root, 1024 * MIB, &start));
	assert_int_equal(start, root->start + 1024 * MIB);
	assert_false(capacity_hpa_first_fit(snapshot, root, 3840 * MIB, &start));
	assert_int_equal(capacity_hpa_max_size(snapshot, root, 0, UINT64_MAX, 256 * MIB), 2048 * MIB);
	snapshot_free(snapshot);
}

static void test_dpa(void **state)
{
	struct snapshot *snapshot = make_host();
	struct decoder *first = &snapshot->decoders[3];

	assert_int_equal(capacity_dpa_free(snapshot, 0, REGION_TYPE_RAM), 1024 * MIB);
	assert_int_equal(capacity_dpa_free(snapshot, 0, REGION_TYPE_PMEM), 2048 * MIB);
	assert_int_equal(capacity_dpa_start(snapshot, 0, REGION_TYPE_PMEM), 1024 * MIB);
	assert_int_equal(capacity_next_decoder(snapshot, 0), 3);
	first->mode = DECODER_MODE_RAM;
	first->dpa_size = 256 * MIB;
	assert_int_equal(capacity_dpa_free(snapshot, 0, REGION_TYPE_RAM), 768 * MIB);
	assert_int_equal(capacity_dpa_free(snapshot, 0, REGION_TYPE_PMEM), 2048 * MIB);
	assert_int_equal(capacity_next_decoder(snapshot, 0), 4);
	/* pmem skips what remains of ram: none can follow. */
	first->mode = DECODER_MODE_PMEM;
	first->dpa_start = 1024 * MIB;
	assert_int_equal(capacity_dpa_free(snapshot, 0, REGION_TYPE_RAM), 0);
	assert_int_equal(capacity_dpa_free(snapshot, 0, REGION_TYPE_PMEM), 1792 * MIB);
	assert_int_equal(capacity_dpa_start(snapshot, 0, REGION_TYPE_PMEM), 1280 * MIB);
	snapshot->decoders[4].dpa_size = 1;
	assert_int_equal(capacity_next_decoder(snapshot, 0), SNAPSHOT_NONE);
	snapshot_free(snapshot);
}

static void test_ports(void **state)
{
	struct snapshot *snapshot = make_host();
	int region = SNAPSHOT_NONE;

	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_FREE);
	assert_int_equal(capacity_port_floor(snapshot, 1, &region), 0);
	add_region(snapshot, 0, 0, 256 * MIB);
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_FREE);
	assert_int_equal(capacity_port_floor(snapshot, 1, &region), (64ull << 30) + 256 * MIB);
	assert_int_equal(region, 0);
	snapshot->regions[0].committed = false;
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_UNCOMMITTED);
	snapshot->regions[0].committed = true;
	add_region(snapshot, 1, 256 * MIB, 256 * MIB);
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_FULL);
	snapshot->decoders[1].region = SNAPSHOT_NONE; /* the lower one was taken down first */
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_OUT_OF_ORDER);
	snapshot->decoders[2].region = SNAPSHOT_NONE;
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_FREE);
	snapshot->ports[1].decoders_committed = 2; /* the kernel still counts from the one above */
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_OUT_OF_ORDER);
	snapshot_free(snapshot);
}

/* What firmware committed decodes addresses without a region. */
static void test_committed_without_a_region(void **state)
{
	struct snapshot *snapshot = make_host();
	struct decoder *decoder = &snapshot->decoders[3];
	uint64_t start;

	decoder->start = snapshot->decoders[0].start;
	decoder->size = 1024 * MIB;
	decoder->dpa_size = 1024 * MIB;
	assert_true(capacity_hpa_first_fit(snapshot, &snapshot->decoders[0], 256 * MIB, &start));
	assert_int_equal(start, snapshot->decoders[0].start + 1024 * MIB);
	/* A kernel that does not count what is committed would take the bridge's decoder for a free one. */
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_FREE);
	snapshot->ports[1].decoders_committed = SNAPSHOT_UNKNOWN;
	assert_int_equal(capacity_port(snapshot, 1), PORT_CAPACITY_FIRMWARE);
	snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_holes_of_6_1),
		cmocka_unit_test(test_largest_above_a_floor),
		cmocka_unit_test(test_dpa),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_committed_without_a_region),
	};

	return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
