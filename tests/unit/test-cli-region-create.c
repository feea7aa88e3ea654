/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl region create: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include <json-c/json.h>

#include "cleanup.h"
#include "region-replies.h"
#include "run-cxlctl.h"

static void test_create(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT,
		  CALL("Create", "{\"request\":{\"root_decoder\":\"decoder0.2\",\"interleave_ways\":2,"
				 "\"interleave_granularity\":256,\"size\":536870912,\"type\":\"pmem\","
				 "\"uuid\":\"01234567-89ab-cdef-0123-456789abcdef\",\"enforce_qos\":true,"
				 "\"memdevs\":[\"mem0\",\"serial=31\",\"0000:35:00.0\"]}}") },
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION0 "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", "-m", "-d", "decoder0.2", "-w2", "-g", "256", "-s", "512M", "-t",
		   "pmem", "-U", "01234567-89ab-cdef-0123-456789abcdef", "-Q", "mem0", "serial=0x1F", "0000:35:00.0",
		   NULL);
	assert_string_equal(run.err, "");
	assert_string_equal(run.out, "region0: 512 MiB pmem, 2-way interleaved at 256 B over mem0, mem1 below "
				     "decoder0.2\n");
	assert_int_equal(run.status, 0);
}

static void test_create_long_options_and_json(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT,
		  CALL("Create", "{\"request\":{\"root_decoder\":\"decoder0.0\",\"interleave_ways\":1,"
				 "\"interleave_granularity\":4096,\"size\":1073741824,\"type\":\"ram\"}}") },
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION1 "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", "--decoder", "decoder0.0", "--ways=1", "--granularity", "4K",
		   "--size=1GiB", "--type", "ram", "--json", NULL);
	assert_json_out(&run, REGION1);
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
}

static void test_create_without_anything(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("Create", "{\"request\":{}}") },
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION1 "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", NULL);
	assert_string_equal(run.out, "region1: 256 MiB ram on - below decoder0.0\n");
	assert_int_equal(run.status, 0);
}

/* No daemon is there: exit status 2 instead of 7 shows that nothing was even tried. */
static void test_garbage_is_refused_before_it_is_sent(void **state)
{
	static const char *const cases[][3] = {
		{ "-s", "0", "--size" },
		{ "-s", "12junk", "--size" },
		{ "-s", "-1", "--size" },
		{ "-s", "", "--size" },
		{ "-s", "18446744073709551616", "--size" },
		{ "-s", "16777216T", "--size" },
		{ "-w", "0", "--ways" },
		{ "-w", "two", "--ways" },
		{ "-w", "2K", "--ways" },
		{ "-w", "-2", "--ways" },
		{ "-w", "99999999999999999999", "--ways" },
		{ "-g", "0", "--granularity" },
		{ "-g", "256x", "--granularity" },
		{ "-t", "PMEM", "--type" },
		{ "-U", "1234", "--uuid" },
		{ "-U", "00000000-0000-0000-0000-000000000000", "--uuid" },
		{ "-d", "decoder0", "--decoder" },
		{ "-d", "../decoder0.0", "--decoder" },
		{ "-m", "--json", "--memdevs" },
		{ "-m", "mem", "mem" },
		{ "-m", "mem0/x", "mem0/x" },
		{ "-m", "serial=", "serial=" },
		{ "-m", "serial=1x", "serial=1x" },
		{ "-m", "35:00.0", "35:00.0" },
		{ "-m", "0000:35:00.8", "0000:35:00.8" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_json) struct json_object *json = NULL;
		struct run run;

		run_cxlctl(&run, NULL, "region", "create", cases[i][0], cases[i][1], "--json", NULL);
		if (run.status != 2)
			fail_msg("%s %s: exit status %d", cases[i][0], cases[i][1], run.status);
		assert_error_object(&run, "InvalidRequest");
		json = json_tokener_parse(run.err);
		assert_string_equal(json_object_get_string(json_object_object_get(json, "object")), cases[i][2]);
		assert_string_equal(run.out, "");
	}
}

#define PLAN                                                                                                           \
	"{\"root_decoder\":\"decoder0.2\",\"type\":\"pmem\",\"resource\":17716740096,\"size\":536870912,"              \
	"\"interleave_ways\":2,\"interleave_granularity\":256,\"reordered\":true,\"mappings\":["                       \
	"{\"position\":0,\"memdev\":\"mem1\",\"decoder\":\"decoder4.0\",\"dpa_resource\":0,\"dpa_size\":268435456},"   \
	"{\"position\":1,\"memdev\":\"mem0\",\"decoder\":\"decoder3.0\",\"dpa_resource\":4096,\"dpa_size\":268435456}" \
	"],"                                                                                                           \
	"\"steps\":[{\"step\":\"claim\",\"object\":\"decoder0.2\",\"attribute\":\"create_pmem_region\",\"value\":"     \
	"\"region0\"},"                                                                                                \
	"{\"step\":\"attach\",\"object\":\"region0\",\"attribute\":\"target0\",\"value\":\"decoder4.0\"}]}"

static void test_create_dry_run(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("PlanCreate", "{\"request\":{\"memdevs\":[\"mem0\",\"mem1\"]}}") },
		{ SCRIPT_SEND, REPLY("{\"plan\":" PLAN "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", "--dry-run", "mem0", "mem1", NULL);
	assert_string_equal(
		run.out, "would create 512 MiB pmem, 2-way interleaved at 256 B over mem1, mem0 below decoder0.2\n"
			 "HPA 0x420000000-0x43fffffff\n"
			 "The memdevs are in another order than they were named in: the hardware's interleaving wants "
			 "this one.\n"
			 "\n"
			 "Targets:\n"
			 "  POSITION  MEMDEV  DECODER        DPA     SIZE\n"
			 "         0  mem1    decoder4.0     0x0  256 MiB\n"
			 "         1  mem0    decoder3.0  0x1000  256 MiB\n"
			 "\n"
			 "Writes:\n"
			 "  STEP    OBJECT      ATTRIBUTE           VALUE\n"
			 "  claim   decoder0.2  create_pmem_region  region0\n"
			 "  attach  region0     target0             decoder4.0\n");
	assert_int_equal(run.status, 0);

	run_cxlctl(&run, steps, "region", "create", "-n", "mem0", "mem1", "--json", NULL);
	assert_json_out(&run, PLAN);
}

/* Ordinary users do not get addresses. */
static void test_create_dry_run_without_an_address(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("PlanCreate", "{\"request\":{}}") },
		{ SCRIPT_SEND,
		  REPLY("{\"plan\":{\"root_decoder\":\"decoder0.0\",\"type\":\"ram\",\"size\":268435456,"
			"\"interleave_ways\":1,\"interleave_granularity\":256,\"reordered\":false,\"mappings\":["
			"{\"position\":0,\"memdev\":\"mem0\",\"decoder\":\"decoder3.0\",\"dpa_resource\":0,"
			"\"dpa_size\":268435456}],\"steps\":[{\"step\":\"claim\",\"object\":\"decoder0.0\","
			"\"attribute\":\"create_ram_region\",\"value\":\"region0\"}]}}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", "-n", NULL);
	assert_string_equal(run.out, "would create 256 MiB ram on mem0 below decoder0.0\n"
				     "\n"
				     "Targets:\n"
				     "  POSITION  MEMDEV  DECODER     DPA     SIZE\n"
				     "         0  mem0    decoder3.0  0x0  256 MiB\n"
				     "\n"
				     "Writes:\n"
				     "  STEP   OBJECT      ATTRIBUTE          VALUE\n"
				     "  claim  decoder0.0  create_ram_region  region0\n");
	assert_int_equal(run.status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_create_long_options_and_json),
		cmocka_unit_test(test_create_without_anything),
		cmocka_unit_test(test_garbage_is_refused_before_it_is_sent),
		cmocka_unit_test(test_create_dry_run),
		cmocka_unit_test(test_create_dry_run_without_an_address),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
