/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbinding and binding ports, planned on hosts with a two-way region, and with a switch. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumers.h"
#include "plan-port.h"
#include "scan.h"
#include "sysfs-tree.h"

#define MIB256 (256ull << 20)

struct host {
	struct tree tree;
	struct snapshot *snapshot;
	struct places places;
	struct port_object object;
	struct port_request request;
	struct port_plan plan;
	struct failure failure;
};

static void host_load(struct host *host, const char *tree)
{
	*host = (struct host){ .request = { .force = false } };
	tree_load(&host->tree, tree);
	if (strcmp(tree, "switch-6.1") == 0)
		tree_put_link(&host->tree, "devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0016:00/physical_node",
			      "../../../pci0000:20");
	assert_int_equal(scan_all(&host->tree.sysfs, NULL, &host->snapshot), 0);
	assert_int_equal(places_find(&host->tree.sysfs, host->snapshot, &host->places), 0);
}

static void host_free(struct host *host)
{
	port_plan_done(&host->plan);
	places_done(&host->places);
	snapshot_free(host->snapshot);
	tree_free(&host->tree);
}

static int find(struct host *host, const char *name)
{
	return plan_port_find(host->snapshot, &host->places, name, &host->object, &host->failure);
}

static int unbind(struct host *host, const char *name)
{
	port_plan_done(&host->plan);
	assert_int_equal(find(host, name), 0);
	return plan_port_unbind(host->snapshot, &host->places, &host->object, &host->request, &host->plan,
				&host->failure);
}

static int bind(struct host *host, const char *name)
{
	port_plan_done(&host->plan);
	assert_int_equal(find(host, name), 0);
	return plan_port_bind(host->snapshot, &host->places, &host->object, &host->plan, &host->failure);
}

/* "mem0 mem3 port1" */
static void assert_writes(const struct host *host, bool binds, const char *expected)
{
	char text[256] = "";

	for (size_t i = 0; i < host->plan.n_writes; i++) {
		const struct port_write *write = &host->plan.writes[i];

		strcat(text, i > 0 ? " " : "");
		strcat(text, write->object);
		assert_int_equal(write->bind, binds);
		assert_int_equal(write->memdev, strncmp(write->object, "mem", 3) == 0);
		assert_int_not_equal(write->inode, 0);
		assert_int_equal(write->memdev, write->host[0] != '\0');
	}
	assert_string_equal(text, expected);
}

static struct memdev *memdev(struct host *host, const char *name)
{
	return &host->snapshot->memdevs[snapshot_find_memdev(host->snapshot, name)];
}

static struct port *port(struct host *host, const char *name)
{
	return &host->snapshot->ports[snapshot_find_port(host->snapshot, name)];
}

/* As the kernel leaves it: the endpoint is gone, which for a snapshot means that nobody refers to it. */
static void take_endpoint(struct host *host, const char *name)
{
	struct memdev *device = memdev(host, name);
	struct port *endpoint = &host->snapshot->ports[device->endpoint];

	endpoint->memdev = endpoint->parent = SNAPSHOT_NONE;
	device->endpoint = SNAPSHOT_NONE;
	device->bound = false;
}

/* The region of the tree is of no interest: it is as if it were gone. */
static void forget_regions(struct host *host)
{
	for (size_t i = 0; i < host->snapshot->n_decoders; i++) {
		struct decoder *decoder = &host->snapshot->decoders[i];

		if (decoder->kind == DECODER_ROOT)
			continue;
		decoder->region = SNAPSHOT_NONE;
		decoder->start = decoder->size = decoder->dpa_size = 0;
	}
	host->snapshot->n_regions = 0;
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *port, *uport;
	} cases[] = {
		{ "endpoint3", "endpoint3", "mem0" },	   { "mem0", "endpoint3", "mem0" },
		{ "0000:31:00.0", "endpoint3", "mem0" },   { "port1", "port1", "pci0000:30" },
		{ "pci0000:30", "port1", "pci0000:30" },   { "root0", "root0", "ACPI0017:00" },
		{ "ACPI0017:00", "root0", "ACPI0017:00" },
	};
	static const char *const none[] = { "",	   "port9", "endpoint9",     "mem9",  "serial=0x999", "0000:30:00.0",
					    "..",  "/",	    "pci0000:30/..", "mem0/", "devices",      "0000:99:00.0",
					    "mem", "pci" };
	struct host host;

	host_load(&host, "two-region-6.12");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(find(&host, cases[i].name), 0);
		assert_string_equal(host.object.name, cases[i].port);
		assert_string_equal(host.object.uport, cases[i].uport);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(find(&host, none[i]), ERROR_NOT_FOUND);
	take_endpoint(&host, "mem0");
	assert_int_equal(find(&host, "mem0"), 0);
	assert_string_equal(host.object.name, "mem0");
	assert_int_equal(host.object.port, SNAPSHOT_NONE);
	host_free(&host);
}

/* Its port goes with the last endpoint: then its device alone names it. Other devices on the way name nothing. */
static void test_names_of_a_switch(void **state)
{
	static const char *const none[] = { "0000:20:00.0", "0000:22:01.0", "devices", "..", "port2" };
	static const char *const trees[] = { "switch-6.1", "switch-6.12" };

	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		struct host host;

		host_load(&host, trees[i]);
		assert_int_equal(find(&host, "0000:21:00.0"), 0);
		assert_string_equal(host.object.name, "port2");
		for (size_t k = 0; k < host.snapshot->n_memdevs; k++)
			take_endpoint(&host, host.snapshot->memdevs[k].name);
		strcpy(port(&host, "port2")->uport, "gone");
		strcpy(host.places.ports[snapshot_find_port(host.snapshot, "port2")].device, "gone");
		strcpy(port(&host, "port2")->name, "port1z"); /* sorted as before */
		assert_int_equal(find(&host, "0000:21:00.0"), 0);
		assert_int_equal(host.object.kind, PORT_SWITCH);
		assert_int_equal(host.object.port, SNAPSHOT_NONE);
		for (size_t k = 0; k < ARRAY_SIZE(none); k++)
			assert_int_equal(find(&host, none[k]), ERROR_NOT_FOUND);
		assert_int_equal(bind(&host, "0000:21:00.0"), 0);
		assert_writes(&host, true, "mem0 mem1 mem2 mem3");
		assert_int_equal(unbind(&host, "0000:21:00.0"), 0);
		assert_writes(&host, false, "");
		host_free(&host);
	}
}

static void test_unbind_without_regions(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	forget_regions(&host);
	assert_int_equal(unbind(&host, "endpoint3"), 0);
	assert_writes(&host, false, "mem0");
	assert_int_equal(host.plan.n_deletes, 0);
	assert_int_equal(unbind(&host, "port1"), 0);
	assert_writes(&host, false, "mem0 mem3 port1"); /* from below */
	take_endpoint(&host, "mem0");
	assert_int_equal(unbind(&host, "mem0"), 0);
	assert_writes(&host, false, "");
	assert_int_equal(unbind(&host, "port1"), 0);
	assert_writes(&host, false, "mem3 port1");
	host_free(&host);
}

static void test_bind(void **state)
{
	static const char *const trees[] = { "two-region-6.12", "switch-6.1" };
	struct host host;

	host_load(&host, trees[0]);
	forget_regions(&host);
	assert_int_equal(bind(&host, "port1"), 0);
	assert_writes(&host, true, "");
	assert_int_equal(bind(&host, "root0"), 0);
	assert_writes(&host, true, "");
	take_endpoint(&host, "mem0");
	assert_int_equal(bind(&host, "mem0"), 0);
	assert_writes(&host, true, "mem0");
	take_endpoint(&host, "mem3");
	port(&host, "port1")->bound = false;
	assert_int_equal(bind(&host, "port1"), 0);
	assert_writes(&host, true, "port1 mem0 mem3"); /* from above */
	assert_int_equal(bind(&host, "mem0"), ERROR_CONFLICT);
	assert_non_null(strstr(host.failure.message, "port1"));
	assert_int_equal(bind(&host, "mem1"), 0); /* another bridge's */
	host_free(&host);

	host_load(&host, trees[1]); /* the bridge's device is its ACPI device */
	for (size_t k = 0; k < host.snapshot->n_memdevs; k++)
		take_endpoint(&host, host.snapshot->memdevs[k].name);
	port(&host, "port1")->bound = false;
	assert_int_equal(bind(&host, "ACPI0016:00"), 0);
	assert_writes(&host, true, "port1 mem0 mem1 mem2 mem3");
	assert_int_equal(bind(&host, "mem1"), ERROR_CONFLICT);
	host_free(&host);
}

/* What is refused where the kernel keeps what it knew of a bridge's memdevs. */
static void test_moves_bridge(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	host.request.force = true;
	assert_int_equal(unbind(&host, "mem0"), 0);
	assert_false(port_plan_moves_bridge(&host.plan));
	assert_int_equal(unbind(&host, "port1"), 0);
	assert_true(port_plan_moves_bridge(&host.plan));
	assert_int_equal(plan_port_refuse_bridge(&host.plan, &host.failure), ERROR_CONFLICT);
	assert_int_equal(host.failure.outcome, OUTCOME_UNCHANGED);
	assert_non_null(strstr(host.failure.message, "port1"));
	assert_non_null(strstr(host.failure.remedy, "port list"));

	take_endpoint(&host, "mem0"); /* the bridge itself has its driver */
	assert_int_equal(bind(&host, "port1"), 0);
	assert_false(port_plan_moves_bridge(&host.plan));
	port(&host, "port1")->bound = false;
	assert_int_equal(bind(&host, "port1"), 0);
	assert_true(port_plan_moves_bridge(&host.plan));
	assert_int_equal(plan_port_refuse_bridge(&host.plan, &host.failure), ERROR_CONFLICT);
	assert_non_null(strstr(host.failure.remedy, "Reboot"));
	host_free(&host);
}

static void test_root_is_refused(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	host.request.force = true;
	assert_int_equal(unbind(&host, "root0"), ERROR_INVALID_REQUEST);
	assert_non_null(strstr(host.failure.message, "root0"));
	host_free(&host);
}

static void test_where_a_region_lives(void **state)
{
	const char *region;
	struct host host;

	host_load(&host, "two-region-6.12");
	host.request.commit_is_refused = true; /* counts only when something would be deleted */
	region = host.snapshot->regions[0].name;
	for (size_t i = 0; i < host.snapshot->n_ports; i++) {
		const char *name = host.snapshot->ports[i].name;
		bool serves;

		assert_int_equal(find(&host, name), 0);
		if (host.object.kind == PORT_ROOT)
			continue;
		serves = plan_port_serves(host.snapshot, &host.object, &host.snapshot->regions[0]);
		assert_int_equal(unbind(&host, name), serves ? ERROR_REGION_IN_USE : 0);
		if (!serves)
			continue;
		assert_non_null(strstr(host.failure.message, region));
		assert_int_equal(host.failure.outcome, OUTCOME_UNCHANGED);
		host.request.force = true;
		assert_int_equal(unbind(&host, name), ERROR_CONFLICT);
		host.request.commit_is_refused = false;
		assert_int_equal(unbind(&host, name), 0);
		assert_int_equal(host.plan.n_deletes, 1);
		assert_string_equal(host.plan.deletes[0].region, region);
		assert_int_equal(host.plan.deletes[0].region_inode, host.snapshot->regions[0].inode);
		assert_true(host.plan.n_writes > 0);
		host.request.force = false;
		host.request.commit_is_refused = true;
	}
	host_free(&host);
}

static void test_force_does_not_override(void **state)
{
	struct consumer_list consumers = { .n = 0 };
	struct decoder *target;
	struct host host;

	host_load(&host, "two-region-6.12");
	host.request.force = true;
	host.request.consumers = &consumers;
	consumers_add(&consumers, "mount", "/mnt", "/dev/pmem2 is mounted on /mnt");
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_IN_USE);
	assert_non_null(strstr(host.failure.message, "/mnt"));
	consumers.n = 0;
	assert_int_equal(unbind(&host, "port1"), 0);
	target = &host.snapshot->decoders[host.snapshot->regions[0].targets[0]];
	target->locked = true;
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_LOCKED);
	target->locked = false;
	host.snapshot->regions[0].uuid[0] = '\0'; /* firmware's */
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_LOCKED);
	host_free(&host);
}

/* What firmware committed is no region on kernels that do not assemble them; held DPA may be a region that is being built. */
static void test_decoders_outside_regions(void **state)
{
	struct decoder *decoder = NULL;
	struct host host;

	host_load(&host, "two-region-6.12");
	forget_regions(&host);
	assert_int_equal(find(&host, "mem0"), 0);
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		if (host.snapshot->decoders[i].port == host.object.port)
			decoder = &host.snapshot->decoders[i];
	assert_non_null(decoder);
	decoder->dpa_size = MIB256;
	assert_int_equal(unbind(&host, "mem0"), ERROR_CONFLICT);
	assert_int_equal(unbind(&host, "port1"), ERROR_CONFLICT);
	assert_int_equal(unbind(&host, "port2"), 0);
	host.request.force = true;
	assert_int_equal(unbind(&host, "mem0"), 0);
	decoder->size = MIB256;
	assert_int_equal(unbind(&host, "mem0"), ERROR_REGION_LOCKED);
	decoder->size = decoder->dpa_size = 0;
	decoder->locked = true;
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_LOCKED);
	host_free(&host);
}

/* A second region on the same decoders' ports, as ports with several decoders have them. */
static void add_region_above(struct host *host)
{
	struct region lower = host->snapshot->regions[0], *upper;
	struct decoder *decoder;

	upper = snapshot_add_region(host->snapshot, "region8");
	*upper = lower;
	strcpy(upper->name, "region8");
	upper->inode = lower.inode;
	upper->start = lower.start + lower.size;
	for (unsigned int i = 0; i < lower.ways; i++) {
		struct decoder copy = host->snapshot->decoders[lower.targets[i]];
		char name[REGION_NAME_MAX];

		copy.id = 1;
		copy.region = 1;
		copy.dpa_start += copy.dpa_size;
		strcpy(name, copy.name);
		name[strlen(name) - 1] = '1';
		decoder = snapshot_add_decoder(host->snapshot, name);
		strcpy(copy.name, name);
		*decoder = copy;
		host->snapshot->regions[1].targets[i] = (int)host->snapshot->n_decoders - 1;
	}
}

static void test_more_regions_than_can_be_named(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	for (unsigned int i = 0; i < 20; i++) {
		char name[REGION_NAME_MAX];
		struct region *region;

		snprintf(name, sizeof(name), "region1%02u", i);
		region = snapshot_add_region(host.snapshot, name);
		*region = host.snapshot->regions[0];
		strcpy(region->name, name);
	}
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_IN_USE);
	assert_non_null(strstr(host.failure.message, ", region106 and 13 more, which"));
	host_free(&host);
}

/* Highest first, though each plan by itself would refuse the lower one. */
static void test_several_regions(void **state)
{
	struct consumer_list consumers[2] = { { .n = 0 }, { .n = 0 } };
	struct host host;

	host_load(&host, "two-region-6.12");
	add_region_above(&host);
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_IN_USE);
	assert_non_null(strstr(host.failure.message, host.snapshot->regions[0].name));
	assert_non_null(strstr(host.failure.message, "region8"));
	host.request.force = true;
	assert_int_equal(unbind(&host, "port1"), 0);
	assert_int_equal(host.plan.n_deletes, 2);
	assert_string_equal(host.plan.deletes[0].region, "region8");
	assert_string_equal(host.plan.deletes[1].region, host.snapshot->regions[0].name);
	assert_true(host.snapshot->regions[0].committed); /* the snapshot is as it was */
	/* One that is used spares the others as well. */
	consumers_add(&consumers[0], "mount", "/mnt", "/dev/pmem2 is mounted on /mnt");
	host.request.consumers = consumers;
	assert_int_equal(unbind(&host, "port1"), ERROR_REGION_IN_USE);
	assert_non_null(strstr(host.failure.message, "/mnt"));
	host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_of_a_switch),
		cmocka_unit_test(test_unbind_without_regions),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_moves_bridge),
		cmocka_unit_test(test_root_is_refused),
		cmocka_unit_test(test_where_a_region_lives),
		cmocka_unit_test(test_force_does_not_override),
		cmocka_unit_test(test_decoders_outside_regions),
		cmocka_unit_test(test_more_regions_than_can_be_named),
		cmocka_unit_test(test_several_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
