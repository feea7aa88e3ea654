/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl port: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "run-cxlctl.h"

#define PORTS                                                                                                   \
	"[{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"ACPI0017:00\",\"bound\":true,\"regions\":["         \
	"\"region0\",\"region1\"]},{\"port\":\"port1\",\"kind\":\"bridge\",\"uport\":\"pci0000:0c\",\"bound\":" \
	"false,\"regions\":[]},{\"port\":\"endpoint2\",\"kind\":\"endpoint\",\"uport\":\"mem0\",\"memdev\":"    \
	"\"mem0\",\"bound\":true,\"regions\":[\"region0\"]},{\"port\":\"mem1\",\"kind\":\"endpoint\","          \
	"\"uport\":\"mem1\",\"memdev\":\"mem1\",\"bound\":false,\"regions\":[]}]"

static void test_list(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("ListPorts") },
		{ SCRIPT_SEND, REPLY("{\"ports\":" PORTS ",\"age_seconds\":0.001}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "port", "list", NULL);
	assert_string_equal(run.err, "");
	assert_string_equal(run.out, "PORT       KIND      DEVICE       MEMDEV  DRIVER    REGIONS\n"
				     "root0      root      ACPI0017:00  -       cxl_acpi  region0,region1\n"
				     "port1      bridge    pci0000:0c   -       -         -\n"
				     "endpoint2  endpoint  mem0         mem0    cxl_port  region0\n"
				     "mem1       endpoint  mem1         mem1    -         -\n");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, steps, "--json", "port", "list", NULL);
	assert_json_out(&run, PORTS);
	assert_int_equal(run.status, 0);
}

/* Who unbinds a port wants to see all of them. */
static void test_list_of_many_regions(void **state)
{
	char reply[4096], names[2048] = "", expected[2048] = "";
	const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("ListPorts") },
		{ SCRIPT_SEND, reply },
		{},
	};
	struct run run;

	for (int i = 0; i < 100; i++) {
		sprintf(names + strlen(names), "%s\"region%d\"", i > 0 ? "," : "", i);
		sprintf(expected + strlen(expected), "%sregion%d", i > 0 ? "," : "", i);
	}
	snprintf(reply, sizeof(reply),
		 REPLY("{\"ports\":[{\"port\":\"port1\",\"kind\":\"bridge\",\"uport\":\"pci0000:0c\",\"bound\":true,"
		       "\"regions\":[%s]}],\"age_seconds\":0.001}"),
		 names);
	run_cxlctl(&run, steps, "port", "list", NULL);
	assert_has(run.out, expected);
	assert_int_equal(run.status, 0);
}

static void test_list_of_nothing_and_of_old(void **state)
{
	static const struct script_step nothing[] = {
		{ SCRIPT_EXPECT, METHOD("ListPorts") },
		{ SCRIPT_SEND, REPLY("{\"ports\":[],\"age_seconds\":7}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, nothing, "port", "list", NULL);
	assert_string_equal(run.out, "");
	assert_non_null(strstr(run.err, "no ports"));
	assert_non_null(strstr(run.err, "7 s old"));
	assert_int_equal(run.status, 0);
}

static void test_unbind(void **state)
{
	static const struct {
		const char *request, *reply, *out;
	} cases[] = {
		{ CALL("UnbindPort", "{\"port\":\"serial=31\",\"force\":true}"),
		  REPLY("{\"port\":\"endpoint2\",\"uport\":\"mem0\",\"deleted\":[\"region1\",\"region0\"],"
			"\"changed\":true}"),
		  "region1: deleted\nregion0: deleted\nendpoint2: unbound; 'cxlctl port bind mem0' binds it again\n" },
		{ CALL("UnbindPort", "{\"port\":\"serial=31\",\"force\":true}"),
		  REPLY("{\"port\":\"mem0\",\"uport\":\"mem0\",\"deleted\":[],\"changed\":false}"),
		  "mem0: is unbound already\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, cases[i].request },
			{ SCRIPT_SEND, cases[i].reply },
			{},
		};
		struct run run;

		run_cxlctl(&run, steps, "port", "unbind", "-f", "serial=0x1f", NULL);
		assert_string_equal(run.err, "");
		assert_string_equal(run.out, cases[i].out);
		assert_int_equal(run.status, 0);
		run_cxlctl(&run, steps, "port", "unbind", "--json", "serial=31", "--force", NULL);
		assert_true(run.out[0] == '{');
	}
}

static void test_bind(void **state)
{
	static const struct {
		const char *reply, *out;
	} cases[] = {
		{ REPLY("{\"port\":\"endpoint9\",\"uport\":\"mem0\",\"changed\":true}"), "endpoint9: bound\n" },
		{ REPLY("{\"port\":\"endpoint9\",\"uport\":\"mem0\",\"changed\":false}"),
		  "endpoint9: is bound already\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, CALL("BindPort", "{\"port\":\"0000:35:00.0\"}") },
			{ SCRIPT_SEND, cases[i].reply },
			{},
		};
		struct run run;

		run_cxlctl(&run, steps, "port", "bind", "0000:35:00.0", NULL);
		assert_string_equal(run.err, "");
		assert_string_equal(run.out, cases[i].out);
		assert_int_equal(run.status, 0);
	}
}

static void test_what_the_daemon_refuses(void **state)
{
	static const struct {
		const char *error;
		int status;
	} cases[] = {
		{ "InvalidRequest", 2 }, { "NotFound", 3 },	 { "RegionInUse", 4 },	{ "Conflict", 4 },
		{ "RegionLocked", 4 },	 { "KernelRefused", 5 }, { "NotPermitted", 6 }, { "PortGone", 9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char reply[512];
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, CALL("UnbindPort", "{\"port\":\"port1\"}") },
			{ SCRIPT_SEND, reply },
			{},
		};
		struct run run;

		snprintf(reply, sizeof(reply),
			 "{\"error\":\"io.cxlregiond.Region.%s\",\"parameters\":{\"message\":\"port1 serves region0.\","
			 "\"remedy\":\"Delete it.\",\"outcome\":\"unchanged\",\"retryable\":false}}",
			 cases[i].error);
		run_cxlctl(&run, steps, "port", "unbind", "port1", NULL);
		assert_string_equal(run.out, "");
		assert_non_null(strstr(run.err, "port1 serves region0."));
		assert_non_null(strstr(run.err, "Delete it."));
		assert_int_equal(run.status, cases[i].status);
	}
}

/* No daemon is there: exit status 2 instead of 7 shows that nothing was even tried. */
static void test_garbage_is_refused_before_it_is_sent(void **state)
{
	static const char *const names[] = { "",	  "port1/x", "../port1", "serial=",
					     "serial=1x", "port 1",  "port1\n",	 "\303\244" };
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		run_cxlctl(&run, NULL, "port", "unbind", names[i], NULL);
		assert_int_equal(run.status, 2);
		run_cxlctl(&run, NULL, "port", "bind", names[i], NULL);
		assert_int_equal(run.status, 2);
	}
	run_cxlctl(&run, NULL, "port", "unbind", NULL);
	assert_int_equal(run.status, 2);
	run_cxlctl(&run, NULL, "port", "bind", "port1", "port2", NULL);
	assert_int_equal(run.status, 2);
	run_cxlctl(&run, NULL, "port", "bind", "--force", "port1", NULL);
	assert_int_equal(run.status, 2);
	run_cxlctl(&run, NULL, "port", "list", "port1", NULL);
	assert_int_equal(run.status, 2);
	run_cxlctl(&run, NULL, "port", "move", NULL);
	assert_int_equal(run.status, 2);
	run_cxlctl(&run, NULL, "port", "bind", "port1", NULL);
	assert_int_equal(run.status, 7);
}

static void test_help(void **state)
{
	static const char *const names[] = { "list", "unbind", "bind" };
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		run_cxlctl(&run, NULL, "port", names[i], "--help", NULL);
		assert_non_null(strstr(run.out, "usage: cxlctl port "));
		assert_int_equal(run.status, 0);
	}
	run_cxlctl(&run, NULL, "port", "--help", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_non_null(strstr(run.out, names[i]));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_of_many_regions),
		cmocka_unit_test(test_list_of_nothing_and_of_old),
		cmocka_unit_test(test_unbind),
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_what_the_daemon_refuses),
		cmocka_unit_test(test_garbage_is_refused_before_it_is_sent),
		cmocka_unit_test(test_help),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
