/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delete, enable and disable, planned on a host with a two-way region. */
#include "unit.h"

#include <string.h>

#include "cleanup.h"
#include "consumers.h"
#include "plan.h"
#include "scan.h"
#include "sysfs-tree.h"

struct host {
	struct tree tree;
	struct snapshot *snapshot;
	struct region *region;
	struct region_request request;
	struct plan plan;
	struct failure failure;
};

static void host_load(struct host *host)
{
	*host = (struct host){ 0 };
	tree_load(&host->tree, "two-region-6.12");
	assert_int_equal(scan_all(&host->tree.sysfs, NULL, &host->snapshot), 0);
	host->region = &host->snapshot->regions[0];
	host->request.region = host->region->name;
}

static void host_free(struct host *host)
{
	snapshot_free(host->snapshot);
	tree_free(&host->tree);
}

static void assert_steps(const struct host *host, const enum step_kind *kinds, unsigned int n)
{
	assert_int_equal(host->plan.n_steps, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(host->plan.steps[i].kind, kinds[i]);
}

#define STEPS(...) (const enum step_kind[]){ __VA_ARGS__ }, ARRAY_SIZE(((const enum step_kind[]){ __VA_ARGS__ }))

static void test_delete(void **state)
{
	struct host host;

	host_load(&host);
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_steps(&host, STEPS(STEP_UNBIND, STEP_RESET, STEP_DETACH, STEP_DETACH, STEP_FREE_DPA, STEP_FREE_DPA,
				  STEP_DELETE));
	assert_int_equal(host.plan.steps[2].target, 1); /* what came last goes first */
	host_free(&host);
}

/* What is half there is taken down as far as it is there. */
static void test_delete_what_is_half_built(void **state)
{
	struct host host;

	host_load(&host);
	host.region->bound = host.region->committed = false;
	host.region->targets[1] = SNAPSHOT_NONE;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_steps(&host, STEPS(STEP_DETACH, STEP_FREE_DPA, STEP_DELETE));
	host.region->targets[0] = SNAPSHOT_NONE;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_steps(&host, STEPS(STEP_DELETE));
	host_free(&host);
}

static void test_generation(void **state)
{
	struct host host;

	host_load(&host);
	host.request.generation = host.region->inode;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	host.request.generation++;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_NOT_FOUND);
	assert_int_equal(plan_disable(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_NOT_FOUND);
	assert_int_equal(plan_enable(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_NOT_FOUND);
	host.request.region = "region99";
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_NOT_FOUND);
	host_free(&host);
}

static void test_in_use(void **state)
{
	struct consumer_list consumers = { .n = 0 };
	struct host host;

	host_load(&host);
	host.request.consumers = &consumers;
	assert_int_equal(plan_disable(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	consumers_add(&consumers, "mount", "/mnt", "/dev/pmem2 is mounted on /mnt");
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_REGION_IN_USE);
	assert_non_null(strstr(host.failure.message, "/mnt"));
	assert_int_equal(plan_disable(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_REGION_IN_USE);
	assert_int_equal(host.failure.outcome, OUTCOME_UNCHANGED);
	host_free(&host);
}

static void test_locked_and_firmware(void **state)
{
	struct host host;

	host_load(&host);
	host.snapshot->decoders[host.region->targets[1]].locked = true;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_REGION_LOCKED);
	assert_int_equal(snapshot_region_origin(host.snapshot, host.region), REGION_ORIGIN_FIRMWARE);
	host.snapshot->decoders[host.region->targets[1]].locked = false;
	host.snapshot->decoders[host.region->targets[1]].inode =
		host.region->inode + 1; /* assembled before it was there */
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_REGION_LOCKED);
	host.snapshot->decoders[host.region->targets[1]].inode = 1;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	host.region->uuid[0] = '\0';
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_REGION_LOCKED);
	assert_int_equal(plan_disable(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_REGION_LOCKED);
	host_free(&host);
}

static void test_enable_and_disable(void **state)
{
	struct host host;

	host_load(&host);
	assert_int_equal(plan_enable(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_int_equal(host.plan.n_steps, 0); /* it is already */
	assert_int_equal(plan_disable(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_steps(&host, STEPS(STEP_UNBIND));
	host.region->bound = false;
	assert_int_equal(plan_disable(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_int_equal(host.plan.n_steps, 0);
	assert_int_equal(plan_enable(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	assert_steps(&host, STEPS(STEP_BIND, STEP_SETTLE));
	host.snapshot->pmem_driver = false;
	assert_int_equal(plan_enable(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_CONFLICT);
	host.region->committed = false;
	assert_int_equal(plan_enable(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_DAMAGED);
	host_free(&host);
}

/* DPA is freed last allocated first. */
static void test_order_of_dpa(void **state)
{
	struct decoder *target, *later = NULL;
	struct host host;

	host_load(&host);
	target = &host.snapshot->decoders[host.region->targets[0]];
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		if (host.snapshot->decoders[i].kind == DECODER_ENDPOINT && host.snapshot->decoders[i].dpa_size == 0)
			later = &host.snapshot->decoders[i];
	later->port = target->port;
	later->id = target->id + 1;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	later->dpa_size = 1;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_CONFLICT);
	assert_string_equal(host.failure.object, later->name);
	host_free(&host);
}

static void test_guest(void **state)
{
	struct host host;

	host_load(&host);
	host.request.commit_is_refused = true;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_CONFLICT);
	host.region->committed = false;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	host_free(&host);
}

/* A second region above on the same bridge has to go first. */
static void test_order_of_addresses(void **state)
{
	struct host host;
	struct region *above;
	int bridge;

	host_load(&host);
	above = snapshot_add_region(host.snapshot, "region3");
	host.region = &host.snapshot->regions[0];
	host.request.region = host.region->name;
	above->committed = true;
	above->start = host.region->start + host.region->size;
	above->size = host.region->size;
	bridge = host.snapshot->ports[host.snapshot->decoders[host.region->targets[0]].port].parent;
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		if (host.snapshot->decoders[i].port == bridge)
			host.snapshot->decoders[i].region = 1;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), ERROR_CONFLICT);
	assert_string_equal(host.failure.object, "region3");
	above->start = host.region->start - host.region->size;
	assert_int_equal(plan_delete(host.snapshot, &host.request, &host.plan, &host.failure), 0);
	host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_delete_what_is_half_built),
		cmocka_unit_test(test_generation),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_locked_and_firmware),
		cmocka_unit_test(test_enable_and_disable),
		cmocka_unit_test(test_order_of_addresses),
		cmocka_unit_test(test_order_of_dpa),
		cmocka_unit_test(test_guest),
	};

	return cmocka_run_group_tests_name("plan-region", tests, NULL, NULL);
}
