/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "inventory.h"
#include "json-members.h"
#include "member.h"

struct fixture {
	struct job_queue queue;
	struct inventory inventory;
};

static int setup(void **state)
{
	static struct fixture fixture;

	job_queue_init(&fixture.queue);
	*state = &fixture;
	return inventory_init(&fixture.inventory, &fixture.queue, 100);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	inventory_done(&fixture->inventory);
	return 0;
}

static void take_scan(struct inventory *inventory, const char *regions, uint64_t began_usec)
{
	char text[512];
	struct json_object *result;

	snprintf(text, sizeof(text), "{\"topology\":{\"regions\":%s},\"problems\":[\"a\"]}", regions);
	result = json_tokener_parse(text);
	assert_non_null(result);
	inventory_take(inventory, result, began_usec);
	json_object_put(result);
}

/* When a worker began to look at the regions that are shown. */
#define LOOKED_AT 1000

/* What a region with this name, generation and state is shown as. */
static void assert_shown(struct inventory *inventory, const char *name, const char *generation, const char *state,
			 const char *shown_origin, const char *shown_state)
{
	struct json_object *region = json_object_new_object();

	assert_int_equal(member_add_string(region, "region", name), 0);
	assert_int_equal(member_add_string(region, "generation", generation), 0);
	assert_int_equal(member_add_string(region, "state", state), 0);
	assert_int_equal(member_add_string(region, "origin", "unknown"), 0);
	assert_int_equal(inventory_overlay(inventory, region, LOOKED_AT), 0);
	assert_string_equal(json_get_string(region, "origin"), shown_origin);
	assert_string_equal(json_get_string(region, "state"), shown_state);
	json_object_put(region);
}

static void test_age(void **state)
{
	struct inventory *inventory = &((struct fixture *)*state)->inventory;

	assert_true(inventory_is_old(inventory));
	assert_null(inventory_find(inventory, "region0"));
	take_scan(inventory, "[{\"region\":\"region0\",\"generation\":\"1\"}]", 200);
	assert_false(inventory_is_old(inventory));
	inventory_touch(inventory, 300);
	assert_true(inventory_is_old(inventory));
	take_scan(inventory, "[{\"region\":\"region0\",\"generation\":\"2\"}]", 299);
	assert_true(inventory_is_old(inventory));
	take_scan(inventory, "[{\"region\":\"region0\",\"generation\":\"3\"}]", 301);
	assert_false(inventory_is_old(inventory));
	take_scan(inventory, "[]", 250);
	assert_string_equal(json_get_string(inventory_find(inventory, "region0"), "generation"), "3");
	assert_null(inventory_find(inventory, "region00"));
}

static void test_origin(void **state)
{
	struct inventory *inventory = &((struct fixture *)*state)->inventory;

	inventory_created(inventory, "region0", "7");
	assert_shown(inventory, "region0", "7", "active", "daemon", "active");
	assert_shown(inventory, "region0", "8", "active", "unknown", "active");
	assert_shown(inventory, "region1", "7", "active", "unknown", "active");
	inventory_deleted(inventory, "region0", "7");
	assert_shown(inventory, "region0", "7", "active", "unknown", "active");
	assert_shown(inventory, "", "", "active", "unknown", "active");
}

static void test_origins_are_bounded(void **state)
{
	struct inventory *inventory = &((struct fixture *)*state)->inventory;
	char generation[16];

	for (int i = 0; i <= INVENTORY_CREATED_MAX; i++) {
		snprintf(generation, sizeof(generation), "%d", i);
		inventory_created(inventory, "region0", generation);
	}
	assert_shown(inventory, "region0", "0", "active", "unknown", "active");
	assert_shown(inventory, "region0", "1", "active", "daemon", "active");
	assert_shown(inventory, "region0", generation, "active", "daemon", "active");
}

static void test_state_during_a_job(void **state)
{
	struct fixture *fixture = *state;
	struct job job = { .state = JOB_WAITING, .region = "region0" };

	job_queue_push(&fixture->queue, &job);
	assert_shown(&fixture->inventory, "region0", "7", "damaged", "unknown", "damaged");
	job_queue_start(&fixture->queue, &job);
	assert_shown(&fixture->inventory, "region0", "7", "damaged", "unknown", "incomplete");
	assert_shown(&fixture->inventory, "region0", "7", "active", "unknown", "active");
	assert_shown(&fixture->inventory, "region1", "7", "damaged", "unknown", "damaged");
	/* A job that ended after a worker began to look may have been seen half-way. */
	inventory_job_ended(&fixture->inventory, LOOKED_AT - 1);
	assert_shown(&fixture->inventory, "region1", "7", "damaged", "unknown", "damaged");
	inventory_job_ended(&fixture->inventory, LOOKED_AT + 1);
	assert_shown(&fixture->inventory, "region1", "7", "damaged", "unknown", "incomplete");
}

static size_t count_shown(struct inventory *inventory, const char *object)
{
	struct json_object *findings = json_object_new_array(), *finding = json_object_new_object();
	size_t count;

	assert_int_equal(member_add_string(finding, "object", object), 0);
	assert_int_equal(member_append(findings, finding), 0);
	inventory_overlay_findings(inventory, findings, LOOKED_AT);
	count = json_object_array_length(findings);
	json_object_put(findings);
	return count;
}

static void test_findings_during_a_job(void **state)
{
	struct fixture *fixture = *state;
	struct job job = { .state = JOB_WAITING, .region = "region0" };

	job_queue_push(&fixture->queue, &job);
	assert_int_equal(count_shown(&fixture->inventory, "region0"), 1);
	assert_int_equal(count_shown(&fixture->inventory, "decoder3.0"), 1);
	job_queue_start(&fixture->queue, &job);
	assert_int_equal(count_shown(&fixture->inventory, "region0"), 0);
	assert_int_equal(count_shown(&fixture->inventory, "region1"), 1);
	assert_int_equal(count_shown(&fixture->inventory, "decoder3.0"), 0); /* it may be the job's */
	job_queue_remove(&fixture->queue, &job);
	inventory_job_ended(&fixture->inventory, LOOKED_AT - 1);
	assert_int_equal(count_shown(&fixture->inventory, "decoder3.0"), 1);
	inventory_job_ended(&fixture->inventory, LOOKED_AT + 1);
	assert_int_equal(count_shown(&fixture->inventory, "decoder3.0"), 0);
	assert_int_equal(count_shown(&fixture->inventory, "region1"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_age, setup, teardown),
		cmocka_unit_test_setup_teardown(test_origin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_origins_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_state_during_a_job, setup, teardown),
		cmocka_unit_test_setup_teardown(test_findings_during_a_job, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
