/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl region enable and disable: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include "region-replies.h"
#include "run-cxlctl.h"

static void test_enable_and_disable(void **state)
{
	static const struct script_step enable[] = {
		{ SCRIPT_EXPECT, CALL("Enable", "{\"region\":\"region0\",\"generation\":\"b.17\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION0 "}") },
		{},
	};
	static const struct script_step disable[] = {
		{ SCRIPT_EXPECT, CALL("Disable", "{\"region\":\"region0\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION0 "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, enable, "region", "enable", "region0@b.17", NULL);
	assert_string_equal(run.out, "region0: enabled\n");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, disable, "region", "disable", "region0", "--json", NULL);
	assert_json_out(&run, "[{\"region\":\"region0\",\"generation\":\"b.17\",\"disabled\":true}]");
	assert_int_equal(run.status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enable_and_disable),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
