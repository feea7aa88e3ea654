/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is planned, on captured hosts. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "create-host.h"
#include "step.h"

static void test_defaults(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	assert_int_equal(plan(&host), 0);
	assert_string_equal(host.plan.root_decoder, "decoder0.0");
	assert_int_equal(host.plan.type, REGION_TYPE_PMEM);
	assert_int_equal(host.plan.ways, 1);
	assert_int_equal(host.plan.granularity, 256);
	assert_int_equal(host.plan.size, 1024 * MIB);
	assert_string_equal(host.plan.uuid, UUID);
	assert_int_equal(host.plan.start, host.snapshot->decoders[0].start);
	host_free(&host);
}

static void test_steps_of_a_two_way_region(void **state)
{
	static const char *const expected[] = {
		"claim create_pmem_region",
		"granularity interleave_granularity 256",
		"ways interleave_ways 2",
		"uuid uuid " UUID,
		"size size 0x20000000",
		"mode mode pmem",
		"dpa dpa_size 0x10000000",
		"attach target0",
		"mode mode pmem",
		"dpa dpa_size 0x10000000",
		"attach target1",
		"commit commit 1",
		"bind bind",
		"settle wait_probe ",
	};
	struct host host;

	host_load(&host, "two-6.1");
	host.request.root_decoder = "decoder0.2";
	set_size(&host, 512 * MIB);
	assert_int_equal(plan(&host), 0);
	assert_int_equal(host.plan.n_steps, ARRAY_SIZE(expected));
	for (unsigned int i = 0; i < host.plan.n_steps; i++) {
		const struct plan_step *step = &host.plan.steps[i];
		char attribute[STEP_VALUE_MAX], value[STEP_VALUE_MAX], text[192];

		snprintf(text, sizeof(text), "%s %s %s", step_row_get(step->kind)->name,
			 step_attribute(&host.plan, step, attribute), step_value(&host.plan, step, value));
		assert_memory_equal(text, expected[i], strlen(expected[i]));
	}
	host_free(&host);
}

static void test_memdevs_by_any_name(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.n_memdevs = 1;
	host.request.memdevs[0] = "serial=0xb2";
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xb2));
	host.request.memdevs[0] = "serial=177";
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xb1));
	host.request.memdevs[0] = memdev(&host, 0xa2)->host;
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xa2));
	host_free(&host);
}

static void test_order_is_made_valid(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder0.2";
	name_memdevs(&host, ORDER(0xb1, 0xa1));
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xa1, 0xb1));
	assert_true(host.plan.reordered);
	name_memdevs(&host, ORDER(0xa2, 0xb1));
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xa2, 0xb1));
	assert_false(host.plan.reordered);
	/* Four ways: each bridge has two positions, and the given order within each is kept. */
	name_memdevs(&host, ORDER(0xa2, 0xa1, 0xb1, 0xb2));
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xa2, 0xb1, 0xa1, 0xb2));
	assert_true(host.plan.reordered);
	host_free(&host);
}

static void test_four_bridges(void **state)
{
	struct host host;

	host_load(&host, "four-6.12");
	host.request.root_decoder = "decoder0.6";
	name_memdevs(&host, ORDER(0xd1, 0xd2, 0xc1, 0xc2, 0xb1, 0xb2, 0xa1, 0xa2));
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xa1, 0xb1, 0xc1, 0xd1, 0xa2, 0xb2, 0xc2, 0xd2));
	host.request.n_memdevs = 0;
	set_ways(&host, 4);
	assert_int_equal(plan(&host), 0);
	assert_int_equal(host.plan.size, 4096 * MIB);
	host_free(&host);
}

static void test_behind_a_switch(void **state)
{
	struct host host;

	host_load(&host, "switch-6.12");
	set_ways(&host, 2);
	set_size(&host, 512 * MIB);
	assert_int_equal(plan(&host), 0);
	assert_int_equal(host.plan.n_targets, 2);
	assert_string_not_equal(host.plan.targets[0].memdev, host.plan.targets[1].memdev);
	host_free(&host);
}

static void test_largest_size_that_fits(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder0.2";
	memdev(&host, 0xb1)->pmem_size = 700 * MIB;
	memdev(&host, 0xb2)->pmem_size = 300 * MIB;
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(serial_at(&host, 0), 0xb1));
	assert_int_equal(host.plan.size, 2 * 512 * MIB);
	host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_steps_of_a_two_way_region),
		cmocka_unit_test(test_memdevs_by_any_name),
		cmocka_unit_test(test_order_is_made_valid),
		cmocka_unit_test(test_four_bridges),
		cmocka_unit_test(test_behind_a_switch),
		cmocka_unit_test(test_largest_size_that_fits),
	};

	return cmocka_run_group_tests_name("plan-create", tests, NULL, NULL);
}
