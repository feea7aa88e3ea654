/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "run-cxlctl.h"

#define ARGUMENTS_MAX 24

/* Nothing is ever there. */
#define NO_DAEMON_PATH "/nonexistent/socket"

static const char *program;

void run_cxlctl_path(const char *path)
{
	program = path;
}

static void collect(int fd, char *text)
{
	ssize_t length = pread(fd, text, RUN_OUTPUT_MAX - 1, 0);

	assert_in_range(length, 0, RUN_OUTPUT_MAX - 2);
	text[length] = '\0';
	close(fd);
}

static void run(struct run *ret_run, const char **arguments)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC), status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		execv(program, (char **)arguments);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ret_run->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	collect(out, ret_run->out);
	collect(err, ret_run->err);
}

void run_cxlctl(struct run *ret_run, const struct script_step *steps, ...)
{
	struct script_server *server = steps ? script_server_start(steps) : NULL;
	const char *arguments[ARGUMENTS_MAX] = { "cxlctl", "--socket",
						 server ? script_server_path(server) : NO_DAEMON_PATH };
	size_t count = 3;
	va_list list;

	va_start(list, steps);
	do {
		assert_in_range(count, 0, ARGUMENTS_MAX - 1);
		arguments[count] = va_arg(list, const char *);
	} while (arguments[count++]);
	va_end(list);
	run(ret_run, arguments);
	if (server)
		script_server_stop(server);
}

void assert_json_out(const struct run *run, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *wanted = json_tokener_parse(expected);
	CLEANUP(cleanup_json) struct json_object *got = json_tokener_parse(run->out);

	assert_non_null(wanted);
	if (!got || !json_object_equal(wanted, got))
		fail_msg("expected %s\ngot %s\n%s", expected, run->out, run->err);
}

void assert_error_object(const struct run *run, const char *error)
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

void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no \"%s\" in:\n%s", part, text);
}

void assert_words_refused(const char *const *words)
{
	struct run run;

	run_cxlctl(&run, NULL, words[0], words[1], words[2], words[3], words[4], words[5], NULL);
	if (run.status != 2 || run.out[0] || strncmp(run.err, "cxlctl: ", 8) != 0)
		fail_msg("%s %s ...: exit status %d\n%s%s", words[0], words[1], run.status, run.out, run.err);
}

void assert_help(const char *command)
{
	struct run run;

	run_cxlctl(&run, NULL, command, "--help", NULL);
	assert_has(run.out, "usage: cxlctl ");
	assert_int_equal(run.status, 0);
	for (const char *line = run.out; *line; line = strchr(line, '\n') + 1)
		assert_in_range(strchr(line, '\n') - line, 0, 110);
}
