/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl repair: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include "run-cxlctl.h"

#define FINDING(object, damaged, rest)                                                            \
	"{\"kind\":\"ghost\",\"object\":\"" object "\",\"generation\":\"5\",\"damaged\":" damaged \
	",\"why\":\"It has no target.\"," rest "}"
#define STEPS                                                                                                  \
	"\"steps\":[{\"step\":\"delete\",\"object\":\"decoder0.0\",\"attribute\":\"delete_region\",\"value\":" \
	"\"region0\"}]"
#define FINDINGS(findings) REPLY("{\"findings\":[" findings "]}")

static void test_repair_dry_run(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("PlanRepair") },
		{ SCRIPT_SEND, FINDINGS(FINDING("region0", "true", "\"action\":\"Delete it.\"," STEPS) "," FINDING(
				       "region1", "false", "\"remedy\":\"Enable it.\",\"steps\":[]")) },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "repair", "-n", NULL);
	assert_string_equal(run.out, "region0: It has no target.\n"
				     "  would be done: Delete it.\n"
				     "  STEP    OBJECT      ATTRIBUTE      VALUE\n"
				     "  delete  decoder0.0  delete_region  region0\n"
				     "region1: It has no target.\n"
				     "  Enable it.\n");
	assert_int_equal(run.status, 0);
}

/* What is repaired or only worth knowing is 0, what is left 4, what the kernel refused 5. */
static void test_repair(void **state)
{
#define DONE   FINDING("region0", "true", "\"action\":\"Delete it.\"," STEPS ",\"outcome\":\"done\"")
#define NOTICE FINDING("region1", "false", "\"remedy\":\"Enable it.\",\"steps\":[],\"outcome\":\"left\"")
#define LEFT   FINDING("region2", "true", "\"remedy\":\"Look again.\",\"steps\":[],\"outcome\":\"left\"")
#define FAILED(error)                                                                                        \
	FINDING("region3", "true",                                                                           \
		"\"action\":\"Delete it.\"," STEPS ",\"outcome\":\"failed\",\"failure\":{\"error\":\"" error \
		"\",\"message\":\"It would not.\",\"remedy\":\"Reboot.\"}")
	static const struct {
		const char *reply, *out;
		int status;
	} cases[] = {
		{ FINDINGS(""), "Nothing to repair.\n", 0 },
		{ FINDINGS(DONE), "region0: It has no target.\n  done: Delete it.\n", 0 },
		{ FINDINGS(NOTICE), "region1: It has no target.\n  Enable it.\n", 0 },
		{ FINDINGS(LEFT), "region2: It has no target.\n  Look again.\n", 4 },
		{ FINDINGS(FAILED("PortGone")),
		  "region3: It has no target.\n  failed: Delete it.\n  It would not.\n  Reboot.\n", 4 },
		{ FINDINGS(FAILED("KernelRefused") "," LEFT "," DONE), NULL, 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, CALL("Repair", "{}") },
			{ SCRIPT_SEND, cases[i].reply },
			{},
		};
		struct run run;

		run_cxlctl(&run, steps, "repair", NULL);
		if (cases[i].out)
			assert_string_equal(run.out, cases[i].out);
		assert_int_equal(run.status, cases[i].status);
	}
}

static void test_repair_json(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("Repair", "{}") },
		{ SCRIPT_SEND, FINDINGS(LEFT) },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "--json", "repair", NULL);
	assert_json_out(&run, "[" LEFT "]");
	assert_int_equal(run.status, 4);
	run_cxlctl(&run, NULL, "repair", "region0", NULL);
	assert_int_equal(run.status, 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repair_dry_run),
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_repair_json),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
