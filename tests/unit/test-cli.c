/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl's contract with scripts, whatever the command; and status and call. */
#include "unit.h"

#include <string.h>

#include "run-cxlctl.h"

static void test_refusal_for_people_and_for_programs(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("Create", "{\"request\":{}}") },
		{ SCRIPT_SEND, ERROR("KernelRefused", "No.", "Wait.", "undone") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", NULL);
	assert_string_equal(run.err, "cxlctl: No.\nWhat had been written was taken back.\nWait.\n");
	assert_string_equal(run.out, "");
	assert_int_equal(run.status, 5);

	run_cxlctl(&run, steps, "--json", "region", "create", NULL);
	assert_error_object(&run, "KernelRefused");
	assert_string_equal(run.out, "");
	assert_int_equal(run.status, 5);
}

static void test_no_daemon(void **state)
{
	struct run run;

	run_cxlctl(&run, NULL, "region", "list", NULL);
	assert_string_equal(run.err, "cxlctl: No cxl-regiond listens at /nonexistent/socket.\n"
				     "Start it with 'systemctl start cxl-regiond.socket'.\n");
	assert_int_equal(run.status, 7);

	run_cxlctl(&run, NULL, "region", "list", "--json", NULL);
	assert_error_object(&run, "NoDaemon");
	assert_string_equal(run.out, "");
	assert_int_equal(run.status, 7);
}

static void test_a_daemon_that_goes_away(void **state)
{
	static const struct script_step deleting[] = {
		{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region0\"}") },
		{ SCRIPT_PART, "{\"parameters\"" },
		{},
	};
	static const struct script_step asking[] = { { SCRIPT_EXPECT, METHOD("GetStatus") }, {} };
	struct run run;

	run_cxlctl(&run, deleting, "region", "delete", "region0", NULL);
	assert_int_equal(run.status, 1);
	assert_has(run.err, "It is not known what of it took effect.");
	assert_has(run.err, "cxlctl region list");

	run_cxlctl(&run, asking, "--json", "status", NULL);
	assert_int_equal(run.status, 1);
	assert_error_object(&run, "InternalError");
	assert_has(run.err, "\"outcome\":\"unchanged\"");

	run_cxlctl(&run, asking, "--json", "call", "io.cxlregiond.Region.GetStatus", NULL);
	assert_int_equal(run.status, 1);
	assert_has(run.err, "\"outcome\":\"unchanged\"");
}

static void test_an_answer_without_its_content(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("ListRegions", "{}") },
		{ SCRIPT_SEND, REPLY("{\"regions\":{}}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "list", NULL);
	assert_int_equal(run.status, 1);
	assert_has(run.err, "'regions'");
}

static void test_words_that_are_refused(void **state)
{
	static const char *const cases[][WORDS_MAX] = {
		{ "region", "delete", "region0", "all" },
		{ "region", "delete", "region0@" },
		{ "region", "delete", "mem0" },
		{ "region", "delete" },
		{ "region", "enable", "all" },
		{ "region", "enable" },
		{ "region", "disable", "region00" },
		{ "region", "list", "region0@b.17" },
		{ "region", "show" },
		{ "region", "paint" },
		{ "region", "--paint" },
		{ "region" },
		{ "regions" },
		{ "status", "now" },
		{ "topology", "--svg" },
		{ "call" },
		{ "call", "GetStatus", "[]" },
		{ "call", "GetStatus", "{\"a\":}" },
		{ "call", "GetStatus", "{} {}" },
		{ "call", "GetStatus", "{}", "{}" },
		{ "status", "--json=yes" },
		{ "status", "--socket" },
		{ "region", "create", "-z" },
		{ "region", "create", "--size" },
		{},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_words_refused(cases[i]);
}

static void test_status(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("GetStatus") },
		{ SCRIPT_SEND,
		  REPLY("{\"status\":{\"version\":\"0.1.0\",\"pid\":7,\"kernel\":\"6.1.0\",\"kernel_fix\":\"none\","
			"\"kernel_fix_detail\":\"Raw writers are exposed.\",\"ready\":true,\"age_seconds\":3.0,"
			"\"memdevs\":4,\"regions\":2,\"jobs\":3,\"waiting\":2,\"damaged\":0,\"problems\":[\"One.\","
			"\"Two.\"],"
			"\"running\":{\"job\":9,\"kind\":\"create\",\"object\":\"region1\",\"state\":\"running\",\"n\":"
			"3,"
			"\"m\":12,\"step\":\"size\",\"step_object\":\"region1\",\"attribute\":\"size\","
			"\"seconds\":1.25}}}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "status", NULL);
	assert_string_equal(run.out,
			    "cxl-regiond   0.1.0 (pid 7)\n"
			    "kernel        6.1.0\n"
			    "delete race   NOT fixed in this kernel\n"
			    "              Raw writers are exposed.\n"
			    "memdevs       4\n"
			    "regions       2\n"
			    "damaged       0\n"
			    "jobs          1 running, 2 waiting\n"
			    "              job 9: create region1, step 3 of 12 (size: size of region1), running for "
			    "1.2 s\n"
			    "problems      One.\n"
			    "              Two.\n"
			    "This is how the host was 3 s ago: the kernel has not answered since.\n");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, steps, "--json", "status", NULL);
	assert_has(run.out, "\"kernel_fix\":\"none\"");
	assert_int_equal(run.status, 0);
}

static void test_call(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, "{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{\"a\":[1]}}" },
		{ SCRIPT_SEND, REPLY("{\"vendor\":\"x\"}") },
		{},
	};
	static const struct script_step unknown[] = {
		{ SCRIPT_EXPECT, METHOD("Paint") },
		{ SCRIPT_SEND,
		  "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"Paint\"}}" },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "call", "org.varlink.service.GetInfo", "{\"a\":[1]}", NULL);
	assert_json_out(&run, "{\"vendor\":\"x\"}");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, unknown, "call", "Paint", NULL);
	assert_int_equal(run.status, 2);
}

static void test_help_and_version(void **state)
{
	static const char *const commands[][2] = {
		{ "--help" },
		{ "-h" },
		{ "region", "--help" },
		{ "region", "create" },
		{ "region", "delete" },
		{ "region", "list" },
		{ "region", "show" },
		{ "region", "enable" },
		{ "region", "disable" },
		{ "topology" },
		{ "status" },
		{ "repair" },
		{ "call" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *second = commands[i][1] ? commands[i][1] : "--help";
		struct run run;

		run_cxlctl(&run, NULL, commands[i][0], second, "--help", NULL);
		assert_int_equal(run.status, 0);
		assert_int_equal(strncmp(run.out, "usage: cxlctl ", 14), 0);
		assert_string_equal(run.err, "");
		for (const char *line = run.out; *line; line = strchr(line, '\n') + 1)
			assert_in_range(strchr(line, '\n') - line, 0, 100);
		run_cxlctl(&run, NULL, commands[i][0][0] == '-' ? "status" : commands[i][0], second, "--version", NULL);
		assert_int_equal(run.status, 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusal_for_people_and_for_programs),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_a_daemon_that_goes_away),
		cmocka_unit_test(test_an_answer_without_its_content),
		cmocka_unit_test(test_words_that_are_refused),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_help_and_version),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
