/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl region list and show: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include "region-replies.h"
#include "run-cxlctl.h"

static void test_list(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION0 "," REGION1 "],\"age_seconds\":0.5}") },
		{},
	};
	static const struct script_step named[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{\"regions\":[\"region0\",\"region1\"]}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION0 "," REGION1 "]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "list", NULL);
	assert_string_equal(
		run.out, "REGION   TYPE     SIZE  WAYS   GRAN     RESOURCE  STATE    ORIGIN   DECODER     MEMDEVS\n"
			 "region0  pmem  512 MiB     2  256 B  0x420000000  active   daemon   decoder0.2  mem0,mem1\n"
			 "region1  ram   256 MiB     1  256 B  0x800000000  damaged  unknown  decoder0.0  -\n");
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, named, "region", "list", "region0", "region1", "--json", NULL);
	assert_json_out(&run, "[" REGION0 "," REGION1 "]");
}

static void test_list_of_none(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "list", NULL);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "no regions\n");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, steps, "region", "list", "--json", NULL);
	assert_json_out(&run, "[]");
	assert_string_equal(run.err, "");
}

static void test_show(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{\"regions\":[\"region0\"]}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION0 "]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "show", "region0", NULL);
	assert_string_equal(run.out, "region0\n"
				     "  type           pmem\n"
				     "  size           512 MiB (536870912)\n"
				     "  resource       0x420000000-0x43fffffff\n"
				     "  ways           2\n"
				     "  granularity    256 B (256)\n"
				     "  root decoder   decoder0.2\n"
				     "  uuid           -\n"
				     "  state          active\n"
				     "  decode state   commit\n"
				     "  origin         daemon\n"
				     "  locked         no\n"
				     "  generation     b.17\n"
				     "  mappings\n"
				     "    POSITION  MEMDEV  DECODER     SERIAL\n"
				     "           0  mem0    decoder3.0  0xffffffffffffffff\n"
				     "           1  mem1    decoder4.0  0x10\n"
				     "  in use\n"
				     "    mount /mnt/?[2J: /dev/pmem0 is mounted there.\n");
	run_cxlctl(&run, steps, "region", "show", "region0", "--json", NULL);
	assert_json_out(&run, REGION0);
	assert_int_equal(run.status, 0);
}

static void test_show_who_uses_it(void **state)
{
	static const struct script_step not_known[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{\"regions\":[\"region0\"]}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[{\"region\":\"region0\"}]}") },
		{},
	};
	static const struct script_step nobody[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{\"regions\":[\"region1\"]}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION1 "]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, not_known, "region", "show", "region0", NULL);
	assert_has(run.out, "\n  who uses it is not known\n");
	run_cxlctl(&run, nobody, "region", "show", "region1", NULL);
	assert_has(run.out, "\n  nobody uses it\n");
}

#define OLD "The kernel does not answer: this is 75 s old.\n"

static void test_an_old_picture(void **state)
{
	static const struct script_step list[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION0 "],\"age_seconds\":75.2}") },
		{},
	};
	static const struct script_step show[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{\"regions\":[\"region0\"]}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION0 "],\"age_seconds\":75}") },
		{},
	};
	static const struct script_step topology[] = {
		{ SCRIPT_EXPECT, METHOD("GetTopology") },
		{ SCRIPT_SEND, REPLY("{\"topology\":{\"ports\":[{\"port\":\"root0\",\"uport\":\"a\","
				     "\"bound\":true}]},\"age_seconds\":75.0}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, list, "region", "list", NULL);
	assert_string_equal(run.err, OLD);
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, list, "region", "list", "--json", NULL);
	assert_json_out(&run, "[" REGION0 "]");
	assert_string_equal(run.err, OLD);
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, show, "region", "show", "region0", NULL);
	assert_string_equal(run.err, OLD);
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, topology, "topology", NULL);
	assert_string_equal(run.out, "root0  a\n");
	assert_string_equal(run.err, OLD);
	assert_int_equal(run.status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),	       cmocka_unit_test(test_list_of_none),
		cmocka_unit_test(test_show),	       cmocka_unit_test(test_show_who_uses_it),
		cmocka_unit_test(test_an_old_picture),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
