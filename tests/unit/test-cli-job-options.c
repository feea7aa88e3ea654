/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --timeout, --no-wait and leases, which all commands that start a job have: what goes out, and what is printed. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "region-replies.h"
#include "run-cxlctl.h"

struct no_wait_case {
	const char *request;
	const char *arguments[4];
	const char *json;
};

static const struct no_wait_case no_wait_cases[] = {
	{ CALL("Create", "{\"request\":{\"memdevs\":[\"mem0\"]},\"key\":\"k\",\"timeout\":5,\"detach\":true}"),
	  { "region", "create", "--key=k", "mem0" },
	  "{\"job\":12}" },
	{ CALL("Delete", "{\"region\":\"region0\",\"key\":\"k\",\"timeout\":5,\"detach\":true}"),
	  { "region", "delete", "--key=k", "region0" },
	  "[{\"region\":\"region0\",\"job\":12}]" },
	{ CALL("Enable", "{\"region\":\"region0\",\"generation\":\"4\",\"timeout\":5,\"detach\":true}"),
	  { "region", "enable", "region0@4" },
	  "[{\"region\":\"region0\",\"job\":12}]" },
	{ CALL("Disable", "{\"region\":\"region0\",\"timeout\":5,\"detach\":true}"),
	  { "region", "disable", "region0" },
	  "[{\"region\":\"region0\",\"job\":12}]" },
	{ CALL("UnbindPort", "{\"port\":\"port1\",\"force\":true,\"timeout\":5,\"detach\":true}"),
	  { "port", "unbind", "-f", "port1" },
	  "{\"job\":12}" },
	{ CALL("BindPort", "{\"port\":\"port1\",\"timeout\":5,\"detach\":true}"),
	  { "port", "bind", "port1" },
	  "{\"job\":12}" },
	{ CALL("Repair", "{\"timeout\":5,\"detach\":true}"), { "repair", "--timeout=5" }, "{\"job\":12}" },
};

static void test_no_wait(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(no_wait_cases); i++) {
		const struct no_wait_case *c = &no_wait_cases[i];
		const char *const *a = c->arguments;
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, c->request },
			{ SCRIPT_SEND, REPLY("{\"job\":12}") },
			{},
		};
		struct run run;

		run_cxlctl(&run, steps, a[0], a[1], "--no-wait", "--timeout=5", a[2], a[3], NULL);
		assert_string_equal(run.err, "");
		assert_string_equal(run.out, "12\n");
		assert_int_equal(run.status, 0);
		run_cxlctl(&run, steps, "--json", a[0], a[1], "--no-wait", "--timeout=5", a[2], a[3], NULL);
		assert_json_out(&run, c->json);
		assert_int_equal(run.status, 0);
	}
}

static void test_a_daemon_that_gives_no_number(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("Create", "{\"request\":{},\"detach\":true}") },
		{ SCRIPT_SEND, REPLY("{}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", "--no-wait", NULL);
	assert_string_equal(run.out, "");
	assert_int_equal(run.status, 1);
}

static void test_a_timeout_that_runs_out(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("Create", "{\"request\":{},\"timeout\":0}") },
		{ SCRIPT_SEND, JOB_ERROR("TimedOut", "The job waited 5 s for mem0, which job 3 has held for 7 s.") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "create", "--timeout", "0", NULL);
	assert_non_null(strstr(run.err, "which job 3 has held for 7 s"));
	assert_int_equal(run.status, 8);
}

static void test_within_a_lease(void **state)
{
	static const struct script_step create[] = {
		{ SCRIPT_EXPECT, CALL("Create", "{\"request\":{},\"lease\":\"abc\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION1 "}") },
		{},
	};
	static const struct script_step delete[] = {
		{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region1\",\"lease\":\"abc\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":\"region1\",\"generation\":\"5\"}") },
		{},
	};
	static const struct script_step plan[] = {
		{ SCRIPT_EXPECT, CALL("PlanDelete", "{\"region\":\"region1\"}") },
		{ SCRIPT_SEND, REPLY("{\"steps\":[]}") },
		{},
	};
	struct run run;

	setenv("CXL_REGIOND_LEASE", "abc", 1);
	run_cxlctl(&run, create, "region", "create", NULL);
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, delete, "region", "delete", "region1", NULL);
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, plan, "region", "delete", "--dry-run", "region1", NULL);
	assert_int_equal(run.status, 0);
	/* One who has locks does not wait for more. */
	run_cxlctl(&run, NULL, "lock", "mem0", "--", "true", NULL);
	assert_non_null(strstr(run.err, "within a 'cxlctl lock' already"));
	assert_int_equal(run.status, 2);
	unsetenv("CXL_REGIOND_LEASE");
}

/* No daemon is there: exit status 2 instead of 7 shows that nothing was even tried. */
static void test_garbage_is_refused_before_it_is_sent(void **state)
{
	static const char *const cases[][WORDS_MAX] = {
		{ "region", "create", "--timeout", "soon" },
		{ "region", "delete", "--timeout=-1", "region0" },
		{ "region", "enable", "--timeout=1.5", "region0" },
		{ "region", "list", "--no-wait" },
		{ "port", "list", "--timeout=1" },
		{ "repair", "--timeout=" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_words_refused(cases[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_wait),
		cmocka_unit_test(test_a_daemon_that_gives_no_number),
		cmocka_unit_test(test_a_timeout_that_runs_out),
		cmocka_unit_test(test_within_a_lease),
		cmocka_unit_test(test_garbage_is_refused_before_it_is_sent),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
