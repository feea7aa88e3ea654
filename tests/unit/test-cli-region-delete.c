/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl region delete: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include "region-replies.h"
#include "run-cxlctl.h"

static const struct script_step delete_three[] = {
	{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region0\"}") },
	{ SCRIPT_SEND, ERROR("RegionInUse", "It is mounted at /mnt.", "Unmount it.", "unchanged") },
	{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region1\",\"generation\":\"b.17\"}") },
	{ SCRIPT_SEND, REPLY("{\"region\":\"region1\",\"generation\":\"b.17\"}") },
	{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region2\"}") },
	{ SCRIPT_SEND, ERROR("NotFound", "There is no region2.", "Look.", "unchanged") },
	{},
};

static void test_delete_several(void **state)
{
	struct run run;

	run_cxlctl(&run, delete_three, "region", "delete", "region0", "region1@b.17", "region2", NULL);
	assert_int_equal(run.status, 4);
	assert_string_equal(run.out, "region1: deleted\n");
	assert_string_equal(run.err, "cxlctl: region0: It is mounted at /mnt.\nUnmount it.\n"
				     "cxlctl: There is no region2.\nLook.\n");

	run_cxlctl(&run, delete_three, "region", "delete", "region0", "region1@b.17", "region2", "--json", NULL);
	assert_int_equal(run.status, 4);
	assert_json_out(&run,
			"[{\"region\":\"region0\",\"error\":{\"error\":\"RegionInUse\",\"message\":\"It is mounted "
			"at /mnt.\",\"remedy\":\"Unmount it.\",\"outcome\":\"unchanged\",\"retryable\":false}},"
			"{\"region\":\"region1\",\"generation\":\"b.17\",\"deleted\":true},"
			"{\"region\":\"region2\",\"error\":{\"error\":\"NotFound\",\"message\":\"There is no "
			"region2.\",\"remedy\":\"Look.\",\"outcome\":\"unchanged\",\"retryable\":false}}]");
}

/* The one at the highest address first, each bound to what the list showed. */
static void test_keys(void **state)
{
	static const struct script_step create[] = {
		{ SCRIPT_EXPECT, CALL("Create", "{\"request\":{\"size\":536870912},\"key\":\"order-1\"}") },
		{ SCRIPT_SEND, ERROR("KeyReused", "It belongs to another request.", "Take another.", "unchanged") },
		{},
	};
	static const struct script_step delete[] = {
		{ SCRIPT_EXPECT,
		  CALL("Delete", "{\"region\":\"region0\",\"generation\":\"b.17\",\"key\":\"order-2\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":\"region0\",\"generation\":\"b.17\"}") },
		{},
	};
	static const struct script_step dry_run[] = {
		{ SCRIPT_EXPECT, CALL("PlanDelete", "{\"region\":\"region0\"}") },
		{ SCRIPT_SEND, REPLY("{\"steps\":[]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, create, "region", "create", "--key", "order-1", "-s", "512M", NULL);
	assert_int_equal(run.status, 4);
	run_cxlctl(&run, delete, "region", "delete", "region0@b.17", "--key=order-2", NULL);
	assert_string_equal(run.out, "region0: deleted\n");
	run_cxlctl(&run, dry_run, "region", "delete", "-n", "region0", "--key", "order-2", NULL);
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, NULL, "region", "delete", "--key", "order-3", "region0", "region1", NULL);
	assert_int_equal(run.status, 2);
	assert_has(run.err, "exactly one region");
	run_cxlctl(&run, NULL, "region", "delete", "--key", "order-3", "all", NULL);
	assert_int_equal(run.status, 2);
}

static void test_delete_all(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("ListRegions") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[" REGION0 "," REGION1 "]}") },
		{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region1\",\"generation\":\"b.18\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":\"region1\",\"generation\":\"b.18\"}") },
		{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region0\",\"generation\":\"b.17\"}") },
		{ SCRIPT_SEND, REPLY("{\"region\":\"region0\",\"generation\":\"b.17\"}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "delete", "all", NULL);
	assert_string_equal(run.out, "region1: deleted\nregion0: deleted\n");
	assert_int_equal(run.status, 0);
}

static void test_delete_all_of_none(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("ListRegions") },
		{ SCRIPT_SEND, REPLY("{\"regions\":[]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "delete", "all", NULL);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "no regions\n");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, steps, "region", "delete", "--json", "all", NULL);
	assert_json_out(&run, "[]");
	assert_int_equal(run.status, 0);
}

static void test_delete_dry_run(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("PlanDelete", "{\"region\":\"region0\"}") },
		{ SCRIPT_SEND,
		  REPLY("{\"steps\":[{\"step\":\"unbind\",\"object\":\"cxl_region\",\"attribute\":\"unbind\","
			"\"value\":\"region0\"}]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "region", "delete", "-n", "region0", NULL);
	assert_string_equal(run.out, "region0: would be deleted by these writes:\n"
				     "  STEP    OBJECT      ATTRIBUTE  VALUE\n"
				     "  unbind  cxl_region  unbind     region0\n");
	assert_int_equal(run.status, 0);
}

/* What is sent is the same, so that the daemon refuses what it refuses anyway. */
static void test_delete_force_overrides_nothing(void **state)
{
	static const struct script_step in_use[] = {
		{ SCRIPT_EXPECT, CALL("Delete", "{\"region\":\"region0\"}") },
		{ SCRIPT_SEND, ERROR("RegionInUse", "It is mounted at /mnt.", "Unmount it.", "unchanged") },
		{},
	};
	static const struct script_step dry_run[] = {
		{ SCRIPT_EXPECT, CALL("PlanDelete", "{\"region\":\"region0\"}") },
		{ SCRIPT_SEND, REPLY("{\"steps\":[]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, in_use, "region", "delete", "--force", "region0", NULL);
	assert_string_equal(run.err, "cxlctl: region0: It is mounted at /mnt.\nUnmount it.\n");
	assert_int_equal(run.status, 4);
	run_cxlctl(&run, in_use, "region", "delete", "-f", "region0", "--json", NULL);
	assert_error_object(&run, "RegionInUse");
	assert_int_equal(run.status, 4);
	run_cxlctl(&run, dry_run, "region", "delete", "-nf", "region0", NULL);
	assert_int_equal(run.status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delete_several), cmocka_unit_test(test_keys),
		cmocka_unit_test(test_delete_all),     cmocka_unit_test(test_delete_all_of_none),
		cmocka_unit_test(test_delete_dry_run), cmocka_unit_test(test_delete_force_overrides_nothing),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
