/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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
