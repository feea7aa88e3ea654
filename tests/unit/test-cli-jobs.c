/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl jobs, wait and cancel: what goes out on the socket, what is printed, and the exit statuses. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "run-cxlctl.h"

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
#define DONE                                                                                                     \
	JOB("1", "delete", "done",                                                                               \
	    "\"object\":\"region9\",\"step\":\"delete\",\"seconds\":0.1,\"locks\":[],\"ended\":3.5,\"outcome\":" \
	    "\"done\"")
#define FAILED                                                                                                  \
	JOB("7", "create", "failed",                                                                            \
	    "\"step\":\"size\",\"seconds\":0.1,\"locks\":[],\"ended\":3.5,\"outcome\":\"undone\",\"failure\":{" \
	    "\"error\":"                                                                                        \
	    "\"Cancelled\",\"message\":\"The\\tjob was cancelled.\",\"outcome\":\"undone\"}")
#define REGION                                                                                         \
	"{\"region\":\"region1\",\"root_decoder\":\"decoder0.0\",\"type\":\"ram\",\"size\":536870912," \
	"\"interleave_ways\":1,\"interleave_granularity\":256,\"mappings\":[{\"position\":0,\"memdev\":\"mem0\"}]}"

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
		{ SCRIPT_SEND, JOB_ERROR("NotFound", "There is no job 8.") },
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
		{ SCRIPT_SEND, JOB_ERROR("NotPermitted", "Job 7 is another user's.") },
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
		{ JOB_ERROR("TimedOut", "It waited long."), 8 },
		{ JOB_ERROR("Cancelled", "It was cancelled."), 8 },
		{ JOB_ERROR("KernelRefused", "The kernel said no."), 5 },
		{ JOB_ERROR("NotFound", "There is no job 7."), 3 },
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

/* No daemon is there: exit status 2 instead of 7 shows that nothing was even tried. */
static void test_garbage_is_refused_before_it_is_sent(void **state)
{
	static const char *const cases[][WORDS_MAX] = {
		{ "jobs", "x" }, { "jobs", "-1" },	 { "jobs", "" },
		{ "wait" },	 { "wait", "1", "2" },	 { "wait", "region0" },
		{ "cancel" },	 { "cancel", "1", "2" }, { "cancel", "1x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_words_refused(cases[i]);
}

static void test_help(void **state)
{
	assert_help("jobs");
	assert_help("wait");
	assert_help("cancel");
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
		cmocka_unit_test(test_garbage_is_refused_before_it_is_sent),
		cmocka_unit_test(test_help),
	};

	if (argc > 1)
		run_cxlctl_path(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
