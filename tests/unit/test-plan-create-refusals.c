/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused by name, on captured hosts. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "create-host.h"

static void assert_refused(struct host *host, int code, const char *object)
{
	assert_int_equal(plan(host), code);
	assert_int_equal(host->failure.code, code);
	assert_int_equal(host->failure.outcome, OUTCOME_UNCHANGED);
	assert_string_equal(host->failure.object, object);
	assert_true(strlen(host->failure.message) > 10);
	assert_true(strlen(host->failure.remedy) > 5);
}

static void test_refuses_sizes(void **state)
{
	static const uint64_t wrong[] = { 0, 1, 256 * MIB, 768 * MIB, UINT64_MAX, 512 * MIB + 1 };
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder0.2";
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		set_size(&host, wrong[i]);
		assert_refused(&host, ERROR_INVALID_REQUEST, "");
	}
	set_size(&host, 4096 * MIB);
	assert_int_equal(plan(&host), ERROR_NO_CAPACITY);
	set_size(&host, UINT64_MAX / (512 * MIB) * (512 * MIB));
	assert_int_equal(plan(&host), ERROR_NO_CAPACITY);
	host_free(&host);
}

static void test_refuses_unknown_objects(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder7.7";
	assert_refused(&host, ERROR_NOT_FOUND, "decoder7.7");
	host.request.root_decoder = "decoder1.0";
	assert_refused(&host, ERROR_INVALID_REQUEST, "decoder1.0");
	host.request.root_decoder = NULL;
	host.request.memdevs[0] = "mem77";
	host.request.n_memdevs = 1;
	assert_refused(&host, ERROR_NOT_FOUND, "mem77");
	host.request.memdevs[0] = "serial=12junk";
	assert_refused(&host, ERROR_NOT_FOUND, "serial=12junk");
	host.request.memdevs[0] = "serial=-1";
	assert_refused(&host, ERROR_NOT_FOUND, "serial=-1");
	host_free(&host);
}

static void test_refuses_wrong_memdevs(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder0.0";
	name_memdevs(&host, ORDER(0xb1));
	assert_refused(&host, ERROR_INVALID_REQUEST, memdev_name(&host, 0xb1));
	host.request.root_decoder = "decoder0.2";
	name_memdevs(&host, ORDER(0xa1, 0xa1));
	assert_refused(&host, ERROR_INVALID_REQUEST, memdev_name(&host, 0xa1));
	name_memdevs(&host, ORDER(0xa1, 0xa2));
	assert_refused(&host, ERROR_INVALID_REQUEST, "decoder0.2");
	name_memdevs(&host, ORDER(0xa1, 0xb1));
	set_ways(&host, 4);
	assert_refused(&host, ERROR_INVALID_REQUEST, "");
	host_free(&host);
}

static void test_refuses_ways(void **state)
{
	static const uint64_t wrong_on_two[] = { 1, 3, 6, 12 };
	static const uint64_t wrong_on_one[] = { 3, 6, 12 };
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder0.2";
	for (size_t i = 0; i < ARRAY_SIZE(wrong_on_two); i++) {
		set_ways(&host, wrong_on_two[i]);
		assert_refused(&host, ERROR_INVALID_REQUEST, "decoder0.2");
	}
	set_ways(&host, 0);
	assert_refused(&host, ERROR_INVALID_REQUEST, "");
	set_ways(&host, UINT64_MAX);
	assert_refused(&host, ERROR_INVALID_REQUEST, "");
	host.request.root_decoder = "decoder0.0";
	for (size_t i = 0; i < ARRAY_SIZE(wrong_on_one); i++) {
		set_ways(&host, wrong_on_one[i]);
		assert_refused(&host, ERROR_INVALID_REQUEST, "decoder0.0");
	}
	set_ways(&host, 16); /* fine by itself, but there are two memdevs */
	assert_refused(&host, ERROR_NO_CAPACITY, "decoder0.0");
	host_free(&host);
}

static void test_refuses_granularity(void **state)
{
	static const uint64_t wrong[] = { 0, 1, 128, 300, 32768, UINT64_MAX };
	struct host host;

	host_load(&host, "two-6.12");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		set_granularity(&host, wrong[i]);
		assert_refused(&host, ERROR_INVALID_REQUEST, "");
	}
	host.request.root_decoder = "decoder0.2";
	set_granularity(&host, 512);
	assert_refused(&host, ERROR_INVALID_REQUEST, "decoder0.2");
	host.request.root_decoder = "decoder0.0";
	assert_int_equal(plan(&host), 0);
	host_free(&host);
}

static struct decoder *root_of(struct host *host, unsigned int ways, unsigned int granularity)
{
	struct decoder *root = &host->snapshot->decoders[snapshot_find_decoder(host->snapshot, "decoder0.0")];

	for (unsigned int i = 0; i < ways; i++) {
		char name[REGION_NAME_MAX];

		snprintf(name, sizeof(name), "decoder0.%u", i);
		root->targets[i] = host->snapshot->decoders[snapshot_find_decoder(host->snapshot, name)].targets[0];
	}
	root->n_targets = root->ways = ways;
	root->granularity = granularity;
	return root;
}

/* At a bridge the granularity is multiplied by the ways above it, but for a 3 among them. */
static void test_granularity_below_an_interleaved_root(void **state)
{
	static const struct {
		unsigned int ways, granularity;
		int refused;
	} cases[] = {
		{ 2, 8192, 0 }, { 2, 16384, ERROR_INVALID_REQUEST }, { 3, 16384, 0 },
		{ 4, 4096, 0 }, { 4, 8192, ERROR_INVALID_REQUEST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host host;

		host_load(&host, "four-6.12");
		host.request.root_decoder = root_of(&host, cases[i].ways, cases[i].granularity)->name;
		assert_int_equal(plan(&host), cases[i].refused);
		if (cases[i].refused)
			assert_non_null(strstr(host.failure.message, "more than the 16384 that a decoder can do"));
		host_free(&host);
	}
}

static void test_refuses_types_and_uuids(void **state)
{
	struct host host;

	host_load(&host, "two-6.1");
	host.request.type = REGION_TYPE_RAM;
	host.request.has_type = true;
	assert_refused(&host, ERROR_INVALID_REQUEST, "decoder0.0"); /* 6.1 cannot create ram regions */
	host_free(&host);

	host_load(&host, "two-6.12");
	host.request.type = REGION_TYPE_RAM;
	host.request.has_type = true;
	name_memdevs(&host, ORDER(0xa1));
	assert_refused(&host, ERROR_INVALID_REQUEST, memdev_name(&host, 0xa1)); /* it is pmem only */
	memdev(&host, 0xa1)->ram_size = 1024 * MIB;
	assert_int_equal(plan(&host), 0);
	host.request.uuid = UUID;
	assert_refused(&host, ERROR_INVALID_REQUEST, "");
	host.request.has_type = false;
	assert_int_equal(plan(&host), 0);
	host.request.uuid = "86077512-4a84-4dc1-b4ce-d7a3e279780";
	assert_refused(&host, ERROR_INVALID_REQUEST, "");
	host.request.uuid = "00000000-0000-0000-0000-000000000000";
	assert_refused(&host, ERROR_INVALID_REQUEST, "");
	host_free(&host);
}

static void test_refuses_a_uuid_in_use(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.12");
	host.request.uuid = host.snapshot->regions[0].uuid;
	host.request.root_decoder = "decoder0.2";
	/* Its bridges have one decoder each, which is in use: clear that, for the uuid to be what is wrong. */
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		host.snapshot->decoders[i].region = SNAPSHOT_NONE;
	for (size_t i = 0; i < host.snapshot->n_ports; i++)
		host.snapshot->ports[i].decoders_committed = 0;
	name_memdevs(&host, ORDER(0xa2, 0xb2));
	assert_refused(&host, ERROR_CONFLICT, host.snapshot->regions[0].name);
	host_free(&host);
}

static void test_refuses_full_ports(void **state)
{
	struct host host;

	host_load(&host, "two-region-6.1");
	name_memdevs(&host, ORDER(0xa1));
	assert_refused(&host, ERROR_NO_CAPACITY, memdev_name(&host, 0xa1));
	/* The other memdev of the bridge has room, but the two-way region lies above the one-way window. */
	name_memdevs(&host, ORDER(0xa2));
	assert_int_equal(plan(&host), ERROR_NO_CAPACITY);
	host_free(&host);
}

static void test_refuses_what_the_kernel_would_warn_of(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.commit_is_refused = true;
	assert_refused(&host, ERROR_CONFLICT, "");
	host.request.commit_is_refused = false;
	host.snapshot->pmem_driver = false;
	assert_refused(&host, ERROR_CONFLICT, "decoder0.0");
	host_free(&host);
}

/* DPA that a program left on an earlier decoder keeps later ones from being committed. */
static void test_refuses_behind_uncommitted_dpa(void **state)
{
	struct decoder *first = NULL, *second = NULL;
	struct host host;
	int endpoint;

	host_load(&host, "two-6.12");
	endpoint = memdev(&host, 0xa1)->endpoint;
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		if (host.snapshot->decoders[i].port == endpoint)
			first = &host.snapshot->decoders[i];
	/* Lends it a decoder of another memdev. */
	for (size_t i = 0; i < host.snapshot->n_decoders; i++)
		if (host.snapshot->decoders[i].kind == DECODER_ENDPOINT && &host.snapshot->decoders[i] != first)
			second = &host.snapshot->decoders[i];
	second->port = endpoint;
	second->id = 1;
	first->mode = DECODER_MODE_PMEM;
	first->dpa_size = 256 * MIB;
	name_memdevs(&host, ORDER(0xa1));
	assert_refused(&host, ERROR_CONFLICT, first->name);
	host_free(&host);
}

static void test_refuses_other_qos(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.request.root_decoder = "decoder0.0";
	host.request.enforce_qos = true;
	assert_int_equal(plan(&host), ERROR_NO_CAPACITY);
	memdev(&host, 0xa2)->pmem_qos_class = host.snapshot->decoders[0].qos_class = 1;
	assert_int_equal(plan(&host), 0);
	assert_order(&host, ORDER(0xa2));
	host_free(&host);
}

static void test_refuses_memdevs_without_a_port(void **state)
{
	struct host host;

	host_load(&host, "two-6.12");
	host.snapshot->ports[memdev(&host, 0xa1)->endpoint].bound = false;
	name_memdevs(&host, ORDER(0xa1));
	assert_refused(&host, ERROR_CONFLICT, memdev_name(&host, 0xa1));
	host_free(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses_sizes),
		cmocka_unit_test(test_refuses_unknown_objects),
		cmocka_unit_test(test_refuses_wrong_memdevs),
		cmocka_unit_test(test_refuses_ways),
		cmocka_unit_test(test_refuses_granularity),
		cmocka_unit_test(test_granularity_below_an_interleaved_root),
		cmocka_unit_test(test_refuses_types_and_uuids),
		cmocka_unit_test(test_refuses_a_uuid_in_use),
		cmocka_unit_test(test_refuses_full_ports),
		cmocka_unit_test(test_refuses_what_the_kernel_would_warn_of),
		cmocka_unit_test(test_refuses_behind_uncommitted_dpa),
		cmocka_unit_test(test_refuses_other_qos),
		cmocka_unit_test(test_refuses_memdevs_without_a_port),
	};

	return cmocka_run_group_tests_name("plan-create-refusals", tests, NULL, NULL);
}
