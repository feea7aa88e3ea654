/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl's contract with scripts: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "run-cxlctl.h"

#define METHOD(name)	       "{\"method\":\"io.cxlregiond.Region." name "\"}"
#define CALL(name, parameters) "{\"method\":\"io.cxlregiond.Region." name "\",\"parameters\":" parameters "}"
#define REPLY(parameters)      "{\"parameters\":" parameters "}"
#define ERROR(name, message, remedy, outcome)                                                 \
	"{\"error\":\"io.cxlregiond.Region." name "\",\"parameters\":{\"message\":\"" message \
	"\",\"remedy\":\"" remedy "\",\"outcome\":\"" outcome "\",\"retryable\":false}}"

#define REGION0                                                                                                \
	"{\"region\":\"region0\",\"root_decoder\":\"decoder0.2\",\"type\":\"pmem\",\"resource\":17716740096,"  \
	"\"size\":536870912,\"interleave_ways\":2,\"interleave_granularity\":256,\"decode_state\":\"commit\"," \
	"\"state\":\"active\",\"origin\":\"daemon\",\"locked\":false,\"generation\":\"b.17\",\"mappings\":["   \
	"{\"position\":0,\"memdev\":\"mem0\",\"decoder\":\"decoder3.0\",\"serial\":18446744073709551615},"     \
	"{\"position\":1,\"memdev\":\"mem1\",\"decoder\":\"decoder4.0\",\"serial\":16}],\"consumers\":["       \
	"{\"kind\":\"mount\",\"name\":\"/mnt/\\u001b[2J\",\"detail\":\"/dev/pmem0 is mounted there.\"}]}"
#define REGION1                                                                                                \
	"{\"region\":\"region1\",\"root_decoder\":\"decoder0.0\",\"type\":\"ram\",\"resource\":34359738368,"   \
	"\"size\":268435456,\"interleave_ways\":1,\"interleave_granularity\":256,\"decode_state\":\"reset\","  \
	"\"state\":\"damaged\",\"origin\":\"unknown\",\"locked\":false,\"generation\":\"b.18\",\"mappings\":[" \
	"{\"position\":0}],\"consumers\":[]}"

static void assert_error_object(const struct run *run, const char *error)
{
	CLEANUP(cleanup_json) struct json_object *json = json_tokener_parse(run->err);
	static const char *const fields[] = { "message", "remedy", "outcome", "retryable" };

	if (!json || strcmp(json_object_get_string(json_object_object_get(json, "error")), error) != 0)
		fail_msg("no error object %s: %s", error, run->err);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!json_object_object_get(json, fields[i]))
			fail_msg("the error object has no %s: %s", fields[i], run->err);
	}
}

static void assert_json_out(const struct run *run, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *wanted = json_tokener_parse(expected);
	CLEANUP(cleanup_json) struct json_object *got = json_tokener_parse(run->out);

	assert_non_null(wanted);
	if (!got || !json_object_equal(wanted, got))
		fail_msg("expected %s\ngot %s\n%s", expected, run->out, run->err);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no \"%s\" in:\n%s", part, text);
}

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

static void test_words_that_are_refused(void **state)
{
	static const char *const cases[][4] = {
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

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run run;

		run_cxlctl(&run, NULL, cases[i][0], cases[i][1], cases[i][2], cases[i][3], NULL);
		if (run.status != 2 || run.out[0] || strncmp(run.err, "cxlctl: ", 8) != 0)
			fail_msg("case %zu: exit status %d\n%s%s", i, run.status, run.out, run.err);
	}
}

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
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_create_long_options_and_json),
		cmocka_unit_test(test_create_without_anything),
		cmocka_unit_test(test_garbage_is_refused_before_it_is_sent),
		cmocka_unit_test(test_create_dry_run),
		cmocka_unit_test(test_create_dry_run_without_an_address),
		cmocka_unit_test(test_refusal_for_people_and_for_programs),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_a_daemon_that_goes_away),
		cmocka_unit_test(test_an_answer_without_its_content),
		cmocka_unit_test(test_delete_several),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_delete_all),
		cmocka_unit_test(test_delete_all_of_none),
		cmocka_unit_test(test_delete_dry_run),
		cmocka_unit_test(test_delete_force_overrides_nothing),
		cmocka_unit_test(test_words_that_are_refused),
		cmocka_unit_test(test_enable_and_disable),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_of_none),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_show_who_uses_it),
		cmocka_unit_test(test_an_old_picture),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_repair_dry_run),
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_repair_json),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_help_and_version),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
