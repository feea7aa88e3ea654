/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found to repair, on a host with a two-way region that is damaged in each way. */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "cleanup.h"
#include "finding-json.h"
#include "plan-repair.h"
#include "scan.h"
#include "sysfs-tree.h"

struct host {
	struct tree tree;
	struct snapshot *snapshot;
	struct region *region;
	struct decoder *targets[2];
	struct decoder *idle; /* an endpoint decoder without DPA */
	struct finding_list list;
};

static void host_load(struct host *host, const char *tree)
{
	*host = (struct host){ 0 };
	tree_load(&host->tree, tree);
	assert_int_equal(scan_all(&host->tree.sysfs, NULL, &host->snapshot), 0);
	host->region = &host->snapshot->regions[0];
	for (int i = 0; i < 2; i++)
		host->targets[i] = &host->snapshot->decoders[host->region->targets[i]];
	for (size_t i = 0; i < host->snapshot->n_decoders; i++)
		if (host->snapshot->decoders[i].kind == DECODER_ENDPOINT && host->snapshot->decoders[i].dpa_size == 0)
			host->idle = &host->snapshot->decoders[i];
	assert_non_null(host->idle);
}

static void host_free(struct host *host)
{
	finding_list_done(&host->list);
	snapshot_free(host->snapshot);
	tree_free(&host->tree);
}

/* As the kernel leaves a region whose commit was taken back, or that lost a target. */
static void uncommit(struct host *host)
{
	host->region->committed = host->region->bound = false;
	for (size_t i = 0; i < host->snapshot->n_ports; i++)
		if (host->snapshot->ports[i].decoders_committed != SNAPSHOT_UNKNOWN)
			host->snapshot->ports[i].decoders_committed = 0;
}

/* A target leaves: its decoder has neither region nor range any more, and keeps its DPA. */
static void detach(struct host *host, int position)
{
	host->region->targets[position] = SNAPSHOT_NONE;
	host->targets[position]->region = SNAPSHOT_NONE;
	host->targets[position]->start = host->targets[position]->size = 0;
}

static void find(struct host *host)
{
	finding_list_done(&host->list);
	assert_int_equal(plan_repair(host->snapshot, &host->list), 0);
	for (size_t i = 0; i < host->list.n; i++) {
		const struct finding *finding = &host->list.findings[i];

		assert_true(strlen(finding->why) > 20);
		assert_int_equal(finding->action[0] != '\0', finding_has_plan(finding));
		assert_int_equal(finding->remedy[0] != '\0', !finding_has_plan(finding));
	}
}

static void assert_kinds(struct host *host, const enum finding_kind *kinds, size_t n)
{
	find(host);
	assert_int_equal(host->list.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(host->list.findings[i].kind, kinds[i]);
}

#define KINDS(...) (const enum finding_kind[]){ __VA_ARGS__ }, ARRAY_SIZE(((const enum finding_kind[]){ __VA_ARGS__ }))

static void assert_steps(const struct finding *finding, const enum step_kind *kinds, unsigned int n)
{
	assert_int_equal(finding->plan.n_steps, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(finding->plan.steps[i].kind, kinds[i]);
}

#define STEPS(...) (const enum step_kind[]){ __VA_ARGS__ }, ARRAY_SIZE(((const enum step_kind[]){ __VA_ARGS__ }))

static const char *const trees[] = { "two-region-6.1", "two-region-6.12" };

static void test_what_is_whole(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		struct host host;

		host_load(&host, trees[i]);
		assert_kinds(&host, NULL, 0);
		host.region->bound = false;
		assert_kinds(&host, KINDS(FINDING_DISABLED));
		assert_false(finding_is_damage(&host.list.findings[0]));
		assert_false(finding_has_plan(&host.list.findings[0]));
		host_free(&host);
	}
}

static void test_half_built(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		struct host host;

		host_load(&host, trees[i]);
		uncommit(&host);
		assert_kinds(&host, KINDS(FINDING_HALF_BUILT));
		assert_true(finding_is_damage(&host.list.findings[0]));
		assert_steps(&host.list.findings[0],
			     STEPS(STEP_DETACH, STEP_DETACH, STEP_FREE_DPA, STEP_FREE_DPA, STEP_DELETE));
		assert_non_null(strstr(host.list.findings[0].action, host.region->uuid));
		host_free(&host);
	}
}

/* Just claimed, nothing said yet. */
static void test_claimed(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	detach(&host, 0);
	detach(&host, 1);
	host.targets[0]->dpa_size = host.targets[1]->dpa_size = 0;
	host.region->size = host.region->ways = 0;
	host.region->uuid[0] = '\0';
	assert_kinds(&host, KINDS(FINDING_HALF_BUILT));
	assert_steps(&host.list.findings[0], STEPS(STEP_DELETE));
	host_free(&host);
}

static void test_targets_gone(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	detach(&host, 1);
	host.targets[1]->dpa_size = 0;
	assert_kinds(&host, KINDS(FINDING_TARGETS_GONE));
	assert_steps(&host.list.findings[0], STEPS(STEP_DETACH, STEP_FREE_DPA, STEP_DELETE));
	detach(&host, 0);
	host.targets[0]->dpa_size = 0;
	assert_kinds(&host, KINDS(FINDING_GHOST));
	assert_steps(&host.list.findings[0], STEPS(STEP_DELETE));
	host_free(&host);
}

static void test_stray_dpa(void **state)
{
	struct host host;
	const struct finding *finding;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	detach(&host, 1);
	assert_kinds(&host, KINDS(FINDING_TARGETS_GONE, FINDING_STRAY_DPA));
	finding = &host.list.findings[1];
	assert_string_equal(finding->object, host.targets[1]->name);
	assert_int_equal(finding->inode, host.targets[1]->inode);
	assert_steps(finding, STEPS(STEP_FREE_DPA));
	assert_string_equal(finding->plan.targets[0].decoder, host.targets[1]->name);
	assert_true(finding->plan.root_decoder[0] != '\0');
	host_free(&host);
}

/* A decoder without a region that has a range of its own was committed when the kernel found it. */
static void test_firmware_dpa(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.1");
	host.idle->dpa_size = host.idle->size = 1 << 28;
	assert_kinds(&host, KINDS(FINDING_FIRMWARE_DPA));
	assert_false(finding_is_damage(&host.list.findings[0]));
	host.idle->size = 0;
	assert_kinds(&host, KINDS(FINDING_STRAY_DPA));
	host_free(&host);
}

static void assert_left_to_firmware(struct host *host)
{
	assert_kinds(host, KINDS(FINDING_FIRMWARE_REGION));
	assert_false(finding_has_plan(&host->list.findings[0]));
	assert_true(finding_is_damage(&host->list.findings[0]));
}

/* Incomplete, because a memdev is missing, but the decoders of the others are committed. */
static void test_committed_endpoint_decoder(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	detach(&host, 1);
	host.targets[1]->dpa_size = 0;
	host.snapshot->ports[host.targets[0]->port].decoders_committed = 1;
	assert_left_to_firmware(&host);
	assert_non_null(strstr(host.list.findings[0].why, host.targets[0]->name));
	/* The one below it is another region's. */
	host.targets[0]->id = 1;
	assert_kinds(&host, KINDS(FINDING_TARGETS_GONE));
	host_free(&host);
}

static void test_firmware_region(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	host.targets[1]->locked = true;
	assert_left_to_firmware(&host);
	host.targets[1]->locked = false;
	host.targets[1]->inode = host.region->inode + 1;
	assert_left_to_firmware(&host);
	host.targets[1]->inode = 1;
	host.region->uuid[0] = '\0';
	assert_left_to_firmware(&host);
	host.region->type = REGION_TYPE_RAM; /* never has one */
	assert_kinds(&host, KINDS(FINDING_HALF_BUILT));
	host_free(&host);
}

static void test_committed_without_a_target(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	host.region->targets[1] = SNAPSHOT_NONE;
	assert_kinds(&host, KINDS(FINDING_BROKEN));
	assert_false(finding_has_plan(&host.list.findings[0]));
	host_free(&host);
}

static void test_bound_but_not_committed(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	host.region->bound = true;
	find(&host);
	assert_int_equal(host.list.n, 1);
	assert_false(finding_has_plan(&host.list.findings[0]));
	host_free(&host);
}

/* The highest decoder of a memdev first, regions before that. */
static void test_order_of_dpa(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	host.idle->port = host.targets[1]->port;
	host.idle->id = 1;
	host.idle->dpa_size = 1 << 28;
	assert_kinds(&host, KINDS(FINDING_HALF_BUILT, FINDING_STRAY_DPA, FINDING_STRAY_DPA));
	assert_steps(&host.list.findings[0], STEPS(STEP_DETACH, STEP_DETACH, STEP_FREE_DPA, STEP_DELETE));
	assert_string_equal(host.list.findings[1].object, host.idle->name);
	assert_string_equal(host.list.findings[2].object, host.targets[1]->name);
	assert_true(finding_has_plan(&host.list.findings[2]));
	/* What is committed behind it keeps it from being freed. */
	host.idle->size = 1 << 28;
	assert_kinds(&host, KINDS(FINDING_HALF_BUILT, FINDING_FIRMWARE_DPA, FINDING_STRAY_DPA));
	assert_false(finding_has_plan(&host.list.findings[2]));
	assert_non_null(strstr(host.list.findings[2].remedy, host.idle->name));
	host_free(&host);
}

static void test_no_root_decoder(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	host.idle->dpa_size = 1 << 28;
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		if (host.snapshot->decoders[i].kind == DECODER_ROOT)
			host.snapshot->decoders[i].n_targets = 0;
	assert_kinds(&host, KINDS(FINDING_STRAY_DPA));
	assert_false(finding_has_plan(&host.list.findings[0]));
	host_free(&host);
}

static bool is_still(struct host *before, struct host *now, size_t finding)
{
	find(now);
	assert_true(finding < now->list.n);
	return plan_repair_is_still(before->snapshot, now->snapshot, &now->list.findings[finding]);
}

static void same_inodes(struct host *before, struct host *now)
{
	for (size_t i = 0; i < now->snapshot->n_decoders; i++)
		now->snapshot->decoders[i].inode = before->snapshot->decoders[i].inode;
	now->region->inode = before->region->inode;
}

static void test_holding_still(void **state)
{
	struct host before, now;

	host_load(&before, "two-region-6.12");
	host_load(&now, "two-region-6.12");
	same_inodes(&before, &now);
	uncommit(&before);
	uncommit(&now);
	assert_true(is_still(&before, &now, 0));

	now.region->granularity *= 2;
	assert_false(is_still(&before, &now, 0));
	now.region->granularity /= 2;
	now.region->uuid[0] ^= 1;
	assert_false(is_still(&before, &now, 0));
	now.region->uuid[0] ^= 1;
	now.region->inode++; /* another one of the same name */
	assert_false(is_still(&before, &now, 0));
	now.region->inode--;
	now.targets[1]->dpa_size *= 2;
	assert_false(is_still(&before, &now, 0));
	now.targets[1]->dpa_size /= 2;
	assert_true(is_still(&before, &now, 0));
	detach(&before, 1);
	assert_false(is_still(&before, &now, 0));
	host_free(&before);
	host_free(&now);
}

/* DPA is what a builder takes right before it attaches: it waits for regions that move above it. */
static void test_stray_holds_still_with_its_region(void **state)
{
	struct host before, now;

	host_load(&before, "two-region-6.12");
	host_load(&now, "two-region-6.12");
	same_inodes(&before, &now);
	uncommit(&before);
	uncommit(&now);
	detach(&before, 1);
	detach(&now, 1);
	assert_true(is_still(&before, &now, 1));
	before.targets[1]->dpa_size = 0;
	assert_false(is_still(&before, &now, 1));
	before.targets[1]->dpa_size = now.targets[1]->dpa_size;
	detach(&before, 0);
	before.targets[0]->dpa_size = 0;
	assert_false(is_still(&before, &now, 1));
	host_free(&before);
	host_free(&now);
}

static void put_region(struct host *host, const char *attribute, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "bus/cxl/devices/%s/%s", host->region->name, attribute);
	tree_put(&host->tree, path, value);
}

/* The plan does what it says: nothing is found any more. */
static void test_repair_is_carried_out(void **state)
{
	const struct apply_watcher watcher = { 0 };
	struct failure failure;
	struct host host;
	int drivers;

	host_load(&host, "two-region-6.1");
	uncommit(&host);
	put_region(&host, "commit", "0\n");
	drivers = sysfs_open(&host.tree.sysfs, SYSFS_ROOT, "bus/cxl/drivers/cxl_region");
	assert_int_equal(sysfs_write(&host.tree.sysfs, drivers, "unbind", host.region->name), 0);
	sysfs_close(&host.tree.sysfs, drivers);
	find(&host);
	assert_int_equal(host.list.n, 1);
	assert_int_equal(apply_plan(&host.tree.sysfs, &host.list.findings[0].plan, &watcher, &failure), 0);
	snapshot_free(host.snapshot);
	host.snapshot = NULL;
	assert_int_equal(scan_all(&host.tree.sysfs, NULL, &host.snapshot), 0);
	assert_int_equal(host.snapshot->n_regions, 0);
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		assert_int_equal(host.snapshot->decoders[i].dpa_size, 0);
	host_free(&host);
}

static void test_leave(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	find(&host);
	finding_leave(&host.list.findings[0], "Not now.");
	assert_false(finding_has_plan(&host.list.findings[0]));
	assert_string_equal(host.list.findings[0].action, "");
	assert_string_equal(host.list.findings[0].remedy, "Not now.");
	host_free(&host);
}

static void test_json(void **state)
{
	CLEANUP(cleanup_json) struct json_object *findings = NULL;
	struct json_object *finding;
	struct host host;

	host_load(&host, "two-region-6.12");
	uncommit(&host);
	find(&host);
	assert_int_equal(finding_list_to_json(&host.list, &findings), 0);
	assert_int_equal(json_object_array_length(findings), 1);
	finding = json_object_array_get_idx(findings, 0);
	assert_string_equal(json_object_get_string(json_object_object_get(finding, "kind")), "half_built");
	assert_string_equal(json_object_get_string(json_object_object_get(finding, "object")), host.region->name);
	assert_true(json_object_get_boolean(json_object_object_get(finding, "damaged")));
	assert_int_equal(json_object_array_length(json_object_object_get(finding, "steps")), 5);
	assert_null(json_object_object_get(finding, "remedy"));
	host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_whole),
		cmocka_unit_test(test_half_built),
		cmocka_unit_test(test_claimed),
		cmocka_unit_test(test_targets_gone),
		cmocka_unit_test(test_stray_dpa),
		cmocka_unit_test(test_firmware_dpa),
		cmocka_unit_test(test_committed_endpoint_decoder),
		cmocka_unit_test(test_firmware_region),
		cmocka_unit_test(test_committed_without_a_target),
		cmocka_unit_test(test_bound_but_not_committed),
		cmocka_unit_test(test_order_of_dpa),
		cmocka_unit_test(test_no_root_decoder),
		cmocka_unit_test(test_holding_still),
		cmocka_unit_test(test_stray_holds_still_with_its_region),
		cmocka_unit_test(test_repair_is_carried_out),
		cmocka_unit_test(test_leave),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("plan-repair", tests, NULL, NULL);
}
