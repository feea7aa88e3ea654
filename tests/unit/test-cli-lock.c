/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cxlctl lock: what goes out on the socket, what COMMAND gets, and the exit statuses. */
#include "unit.h"

#include <string.h>

#include "run-cxlctl.h"

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
		{ SCRIPT_SEND, JOB_ERROR("TimedOut", "It waited long.") },
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
	static const char *const cases[][WORDS_MAX] = {
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

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_words_refused(cases[i]);
	run_cxlctl(&run, NULL, "lock", "mem0", "--", "true", NULL);
	assert_int_equal(run.status, 7);
}

static void test_help(void **state)
{
	assert_help("lock");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
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
