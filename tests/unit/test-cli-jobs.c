/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl jobs, wait, cancel and lock, and what other commands say of their jobs: what goes out, what is printed, exit statuses. */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "run-cxlctl.h"

#define METHOD(name)	       "{\"method\":\"io.cxlregiond.Region." name "\"}"
#define CALL(name, parameters) "{\"method\":\"io.cxlregiond.Region." name "\",\"parameters\":" parameters "}"
#define REPLY(parameters)      "{\"parameters\":" parameters "}"
#define ERROR(name, message)                                                                  \
	"{\"error\":\"io.cxlregiond.Region." name "\",\"parameters\":{\"message\":\"" message \
	"\",\"remedy\":\"Wait.\","                                                            \
	"\"outcome\":\"unchanged\",\"retryable\":true,\"job\":7}}"

/* Of a user that is nowhere known by name. */
#define JOB(number, kind, state, rest)                                                                          \
	"{\"job\":" number ",\"kind\":\"" kind "\",\"state\":\"" state "\",\"uid\":3999999,\"pid\":71,\"n\":0," \
	"\"m\":0,\"detached\":false,\"arrived\":1.5," rest "}"
#define RUNNING                                                                                                  \
	JOB("3", "create", "running",                                                                            \
	    "\"object\":\"region1\",\"step\":\"dpa\",\"step_object\":\"decoder3.0\",\"attribute\":\"dpa_size\"," \
	    "\"seconds\":1.26,\"locks\":[\"mem0\"],\"lease\":2")
#define HANGING                                                                                                  \
	JOB("4", "delete", "hanging",                                                                            \
	    "\"object\":\"region0\",\"step\":\"decommit\",\"step_object\":\"region0\",\"attribute\":\"commit\"," \
	    "\"seconds\":70.0,\"locks\":[\"mem0\"]")
#define LEASE JOB("2", "lease", "running", "\"seconds\":9.0,\"locks\":[\"decoder0.1\",\"mem2\",\"root0 (shared)\"]")
#define WAITING                       \
	JOB("5", "enable", "waiting", \
	    "\"object\":\"region4\",\"seconds\":0.5,\"locks\":[\"mem0\"],\"waits_for\":\"mem0\",\"blocked_by\":4")
#define BEHIND \
	JOB("6", "repair", "waiting", "\"seconds\":0.25,\"locks\":[\"root0\"],\"waits_for\":\"root0\",\"blocked_by\":5")
#define DONE                       \
	JOB("1", "delete", "done", \
	    "\"object\":\"region9\",\"seconds\":0.1,\"locks\":[],\"ended\":3.5,\"outcome\":\"done\"")
#define FAILED                                                                                          \
	JOB("7", "create", "failed",                                                                    \
	    "\"seconds\":0.1,\"locks\":[],\"ended\":3.5,\"outcome\":\"undone\",\"failure\":{\"error\":" \
	    "\"Cancelled\",\"message\":\"The\\tjob was cancelled.\",\"outcome\":\"undone\"}")
#define REGION                                                                                         \
	"{\"region\":\"region1\",\"root_decoder\":\"decoder0.0\",\"type\":\"ram\",\"size\":536870912," \
	"\"interleave_ways\":1,\"interleave_granularity\":256,\"mappings\":[{\"position\":0,\"memdev\":\"mem0\"}]}"

static void assert_json_out(const struct run *run, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *wanted = json_tokener_parse(expected);
	CLEANUP(cleanup_json) struct json_object *got = json_tokener_parse(run->out);

	assert_non_null(wanted);
	if (!got || !json_object_equal(wanted, got))
		fail_msg("expected %s\ngot %s\n%s", expected, run->out, run->err);
}

/* -- jobs, cancel, wait -------------------------------------------------------- */

static void test_jobs(void **state)
{
#define JOBS "[" LEASE "," RUNNING "," HANGING "," WAITING "," BEHIND "," DONE "," FAILED "]"
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("ListJobs") },
		{ SCRIPT_SEND, REPLY("{\"jobs\":" JOBS "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "jobs", NULL);
	assert_string_equal(run.err, "");
	assert_string_equal(
		run.out,
		"JOB  KIND    OBJECT   STATE    USER/PID    SECONDS  STEP             WHAT\n"
		"  2  lease   -        running  3999999/71      9.0  -                has decoder0.1 mem2\n"
		"  3  create  region1  running  3999999/71      1.3  0 of 0 dpa       under the locks of job 2\n"
		"  4  delete  region0  hanging  3999999/71     70.0  0 of 0 decommit  hangs in commit of region0\n"
		"  5  enable  region4  waiting  3999999/71      0.5  -                waits for mem0: job 4 (delete of "
		"region0 "
		"by 3999999, pid 71) has it\n"
		"  6  repair  -        waiting  3999999/71      0.2  -                waits for root0: job 5 (enable "
		"of region4 "
		"by 3999999, pid 71) is before it\n"
		"  1  delete  region9  done     3999999/71      0.1  -                done\n"
		"  7  create  -        failed   3999999/71      0.1  -                Cancelled (undone): The?job was "
		"cancelled.\n");
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, steps, "--json", "jobs", NULL);
	assert_json_out(&run, JOBS);
	assert_int_equal(run.status, 0);
}

static void test_no_jobs(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, METHOD("ListJobs") },
		{ SCRIPT_SEND, REPLY("{\"jobs\":[]}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "jobs", NULL);
	assert_string_equal(run.out, "");
	assert_string_equal(run.err, "no jobs\n");
	run_cxlctl(&run, steps, "jobs", "--json", NULL);
	assert_json_out(&run, "[]");
}

static void test_some_jobs(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("GetJob", "{\"job\":5}") },
		{ SCRIPT_SEND, REPLY("{\"job\":" WAITING "}") },
		{ SCRIPT_EXPECT, CALL("GetJob", "{\"job\":8}") },
		{ SCRIPT_SEND, ERROR("NotFound", "There is no job 8.") },
		{},
	};
	static const struct script_step one[] = {
		{ SCRIPT_EXPECT, CALL("GetJob", "{\"job\":5}") },
		{ SCRIPT_SEND, REPLY("{\"job\":" WAITING "}") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "jobs", "5", "8", NULL);
	assert_non_null(strstr(run.err, "There is no job 8."));
	assert_int_equal(run.status, 3);
	run_cxlctl(&run, one, "jobs", "5", NULL);
	assert_non_null(strstr(run.out, "waits for mem0, behind job 4\n"));
	assert_int_equal(run.status, 0);
	run_cxlctl(&run, one, "jobs", "--json", "5", NULL);
	assert_json_out(&run, "[" WAITING "]");
}

static void test_cancel(void **state)
{
	static const struct {
		const char *job, *out;
	} cases[] = {
		{ FAILED, "job 7: cancelled\n" },
		{ RUNNING, "job 3: was asked to stop; 'cxlctl wait 3' says what became of it\n" },
		{ DONE, "job 1: has ended already (done)\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char reply[1024];
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, CALL("CancelJob", "{\"job\":7}") },
			{ SCRIPT_SEND, reply },
			{},
		};
		struct run run;

		snprintf(reply, sizeof(reply), "{\"parameters\":{\"job\":%s}}", cases[i].job);
		run_cxlctl(&run, steps, "cancel", "7", NULL);
		assert_string_equal(run.out, cases[i].out);
		assert_int_equal(run.status, 0);
		run_cxlctl(&run, steps, "--json", "cancel", "7", NULL);
		assert_json_out(&run, cases[i].job);
	}
}

static void test_cancel_is_refused(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("CancelJob", "{\"job\":7}") },
		{ SCRIPT_SEND, ERROR("NotPermitted", "Job 7 is another user's.") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "cancel", "7", NULL);
	assert_non_null(strstr(run.err, "another user's"));
	assert_int_equal(run.status, 6);
}

static void test_wait(void **state)
{
	static const struct {
		const char *result, *out;
		int status;
	} cases[] = {
		{ "{\"job\":" JOB("7", "create", "done", "\"object\":\"region1\"") ",\"region\":" REGION "}",
		  "region1: 512 MiB ram on mem0 below decoder0.0\n", 0 },
		{ "{\"job\":" DONE "}", "region9: deleted\n", 0 },
		{ "{\"job\":" JOB("7", "enable", "done", "\"object\":\"region1\"") ",\"region\":" REGION "}",
		  "region1: enabled\n", 0 },
		{ "{\"job\":" JOB("7", "disable", "done", "\"object\":\"region1\"") ",\"region\":" REGION "}",
		  "region1: disabled\n", 0 },
		{ "{\"job\":" JOB("7", "unbind-port", "done",
				  "\"object\":\"mem0\"") ",\"port\":\"endpoint2\",\"uport\":\"mem0\",\"deleted\":["
							 "\"region1\"],\"changed\":true}",
		  "region1: deleted\nendpoint2: unbound; 'cxlctl port bind mem0' binds it again\n", 0 },
		{ "{\"job\":" JOB("7", "bind-port", "done",
				  "\"object\":\"mem0\"") ",\"port\":\"endpoint9\",\"uport\":\"mem0\",\"changed\":true}",
		  "endpoint9: bound\n", 0 },
		{ "{\"job\":" JOB("7", "repair", "done", "\"seconds\":1.0") ",\"findings\":[]}", "Nothing to repair.\n",
		  0 },
		{ "{\"job\":" JOB("7", "repair", "done",
				  "\"seconds\":1.0") ",\"findings\":[{\"object\":\"region0\",\"why\":\"It is "
						     "odd.\",\"damaged\":true,\"outcome\":\"left\","
						     "\"remedy\":\"Look at it.\",\"steps\":[]}]}",
		  "region0: It is odd.\n  Look at it.\n", 4 },
		{ "{\"job\":" JOB("7", "lease", "done", "\"seconds\":1.0") "}", "job 7: lease done\n", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char reply[2048];
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, CALL("WaitJob", "{\"job\":7}") },
			{ SCRIPT_SEND, reply },
			{},
		};
		struct run run;

		snprintf(reply, sizeof(reply), "{\"parameters\":%s}", cases[i].result);
		run_cxlctl(&run, steps, "wait", "7", NULL);
		assert_string_equal(run.err, "");
		assert_string_equal(run.out, cases[i].out);
		assert_int_equal(run.status, cases[i].status);
		run_cxlctl(&run, steps, "--json", "wait", "7", NULL);
		assert_json_out(&run, cases[i].result);
	}
}

static void test_wait_for_a_failure(void **state)
{
	static const struct {
		const char *reply;
		int status;
	} cases[] = {
		{ ERROR("TimedOut", "It waited long."), 8 },
		{ ERROR("Cancelled", "It was cancelled."), 8 },
		{ ERROR("KernelRefused", "The kernel said no."), 5 },
		{ ERROR("NotFound", "There is no job 7."), 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, CALL("WaitJob", "{\"job\":7}") },
			{ SCRIPT_SEND, cases[i].reply },
			{},
		};
		struct run run;

		run_cxlctl(&run, steps, "wait", "7", NULL);
		assert_string_equal(run.out, "");
		assert_int_equal(run.status, cases[i].status);
	}
}

/* -- --timeout, --no-wait, leases ------------------------------------------------- */

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
		{ SCRIPT_SEND, ERROR("TimedOut", "The job waited 5 s for mem0, which job 3 has held for 7 s.") },
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
		{ SCRIPT_SEND, REPLY("{\"region\":" REGION "}") },
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

/* -- lock -------------------------------------------------------------------------- */

#define GRANTED REPLY("{\"lease\":\"abc\",\"job\":3,\"locks\":[\"mem0\"]}")

static void test_lock(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("AcquireLocks", "{\"objects\":[\"serial=31\",\"decoder0.1\"],\"timeout\":5,"
						      "\"max_seconds\":60}") },
		{ SCRIPT_SEND, GRANTED },
		{},
	};
	static const struct {
		const char *script;
		int status;
	} cases[] = { { "exit 0", 0 }, { "exit 41", 41 }, { "kill -KILL $$", 137 }, { "kill -TERM $$", 143 } };
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		run_cxlctl(&run, steps, "lock", "--timeout", "5", "serial=0x1f", "--max=60", "decoder0.1", "--", "sh",
			   "-c", cases[i].script, NULL);
		assert_string_equal(run.err, "");
		assert_int_equal(run.status, cases[i].status);
	}
	/* What stands behind the "--" is the command's, an option and another "--" too. */
	run_cxlctl(&run, steps, "lock", "--timeout", "5", "--max=60", "serial=0x1f", "decoder0.1", "--", "printf",
		   "%s ", "--json", "--", "-x", NULL);
	assert_string_equal(run.out, "--json -- -x ");
	assert_int_equal(run.status, 0);
}

static void test_what_a_command_inherits(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("AcquireLocks", "{\"objects\":[\"mem0\"]}") },
		{ SCRIPT_SEND, GRANTED },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "lock", "mem0", "--", "sh", "-c",
		   "echo $CXL_REGIOND_LEASE; find /proc/$$/fd -lname 'socket:*' | wc -l", NULL);
	assert_string_equal(run.out, "abc\n1\n");
	assert_int_equal(run.status, 0);
}

static void test_a_command_that_cannot_be_executed(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("AcquireLocks", "{\"objects\":[\"mem0\"]}") },
		{ SCRIPT_SEND, GRANTED },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "lock", "mem0", "--", "/nonexistent/command", NULL);
	assert_string_equal(run.err, "cxlctl: /nonexistent/command: No such file or directory\n");
	assert_int_equal(run.status, 127);
	run_cxlctl(&run, steps, "lock", "mem0", "--", "/etc/passwd", NULL);
	assert_non_null(strstr(run.err, "Permission denied"));
	assert_int_equal(run.status, 126);
}

static void test_locks_that_are_not_granted(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, CALL("AcquireLocks", "{\"objects\":[\"mem0\"]}") },
		{ SCRIPT_SEND, ERROR("TimedOut", "It waited long.") },
		{},
	};
	struct run run;

	run_cxlctl(&run, steps, "lock", "mem0", "--", "echo", "x", NULL);
	assert_string_equal(run.out, "");
	assert_non_null(strstr(run.err, "It waited long."));
	assert_int_equal(run.status, 8);
}

/* No daemon is there: exit status 2 instead of 7 shows that nothing was even tried. */
static void test_garbage_is_refused_before_it_is_sent(void **state)
{
	static const char *const cases[][6] = {
		{ "jobs", "x" },
		{ "jobs", "-1" },
		{ "jobs", "" },
		{ "wait" },
		{ "wait", "1", "2" },
		{ "wait", "region0" },
		{ "cancel" },
		{ "cancel", "1", "2" },
		{ "cancel", "1x" },
		{ "region", "create", "--timeout", "soon" },
		{ "region", "delete", "--timeout=-1", "region0" },
		{ "region", "enable", "--timeout=1.5", "region0" },
		{ "region", "list", "--no-wait" },
		{ "port", "list", "--timeout=1" },
		{ "repair", "--timeout=" },
		{ "lock" },
		{ "lock", "mem0" },
		{ "lock", "mem0", "--" },
		{ "lock", "--", "true" },
		{ "lock", "mem0", "true" },
		{ "lock", "mem/0", "--", "true" },
		{ "lock", "--max=x", "mem0", "--", "true" },
		{ "lock", "--no-such", "mem0", "--", "true" },
		{ "lock", "--no-wait", "mem0", "--", "true" },
	};
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const *a = cases[i];

		run_cxlctl(&run, NULL, a[0], a[1], a[2], a[3], a[4], a[5], NULL);
		if (run.status != 2)
			fail_msg("case %zu: exit status %d: %s", i, run.status, run.err);
		assert_string_equal(run.out, "");
	}
	run_cxlctl(&run, NULL, "lock", "mem0", "--", "true", NULL);
	assert_int_equal(run.status, 7);
}

static void test_help(void **state)
{
	static const char *const names[] = { "jobs", "wait", "cancel", "lock" };
	struct run run;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		run_cxlctl(&run, NULL, names[i], "--help", NULL);
		assert_non_null(strstr(run.out, "usage: cxlctl "));
		assert_int_equal(run.status, 0);
		for (const char *line = run.out; *line; line = strchr(line, '\n') + 1)
			assert_in_range(strchr(line, '\n') - line, 0, 110);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_no_jobs),
		cmocka_unit_test(test_some_jobs),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_is_refused),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_wait_for_a_failure),
		cmocka_unit_test(test_no_wait),
		cmocka_unit_test(test_a_daemon_that_gives_no_number),
		cmocka_unit_test(test_a_timeout_that_runs_out),
		cmocka_unit_test(test_within_a_lease),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_what_a_command_inherits),
		cmocka_unit_test(test_a_command_that_cannot_be_executed),
		cmocka_unit_test(test_locks_that_are_not_granted),
		cmocka_unit_test(test_garbage_is_refused_before_it_is_sent),
		cmocka_unit_test(test_help),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
