/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks for another program. The daemon holds them as long as anybody has the connection on which they were asked for:
 * COMMAND inherits it, and so does what COMMAND starts, and they outlive this program if it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "libregion.h"
#include "memory.h"
#include "port-name.h"
#include "scope.h"

/* As shells have them. */
enum {
	EXIT_STATUS_NOT_EXECUTABLE = 126,
	EXIT_STATUS_NOT_FOUND = 127,
	EXIT_STATUS_SIGNAL = 128,
};

struct lock {
	struct job_options job;
	uint64_t max_seconds;
	bool has_max;
};

static int lock_set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct lock *lock = state;
	int status;

	if (job_options_set(&lock->job, option, value, &status, ret_problem))
		return status;
	lock->has_max = true;
	return job_options_seconds("--max", value, &lock->max_seconds, ret_problem);
}

/* -- asking ------------------------------------------------------------------ */

/* How many arguments stand before the "--". */
static int count_objects(int count, char **arguments)
{
	int n = 0;

	while (n < count && strcmp(arguments[n], "--") != 0)
		n++;
	return n;
}

static int add_objects(struct json_object *parameters, int count, char **names, struct problem *ret_problem)
{
	struct json_object *objects = memory_need(json_object_new_array());

	memory_add(parameters, "objects", objects);
	for (int i = 0; i < count; i++) {
		CLEANUP(cleanup_free) char *name = port_name_normalize(names[i]);

		if (!name)
			return problem_set_invalid(
				ret_problem, names[i],
				"'%.64s' is no name of a port, memdev or root decoder, such as port1, "
				"mem0, 0000:35:00.0 or decoder0.1.",
				names[i]);
		memory_append(objects, json_object_new_string(name));
	}
	return EXIT_STATUS_DONE;
}

/* Who has locks and waits for others could wait for somebody who waits for these. */
static int check(int objects, int count, struct problem *ret_problem)
{
	const char *lease = getenv(JOB_LEASE_VARIABLE);

	if (lease && *lease)
		return problem_set_invalid(ret_problem, "lock",
					   "This runs within a 'cxlctl lock' already: name all that is needed there.");
	if (objects == 0)
		return problem_set_invalid(ret_problem, NULL, "Which port or root decoder? None was named.");
	if (count - objects < 2)
		return problem_set_invalid(ret_problem, NULL, "Which command? None stands behind '--'.");
	return EXIT_STATUS_DONE;
}

static int acquire(struct session *session, const struct lock *wanted, int count, char **names,
		   struct json_object **ret_lease)
{
	CLEANUP(cleanup_json) struct json_object *parameters = memory_need(json_object_new_object());
	CLEANUP(cleanup_json) struct json_object *token = NULL;
	struct problem problem = {};
	int status;

	if (add_objects(parameters, count, names, &problem))
		return session_refuse(session, &problem);
	job_options_add(&wanted->job, parameters);
	if (wanted->has_max)
		memory_add_uint(parameters, "max_seconds", wanted->max_seconds);
	if (session_call(session, "AcquireLocks", parameters, ret_lease, &problem))
		return session_refuse(session, &problem);
	status = session_take(session, "AcquireLocks", *ret_lease, "lease", json_type_string, &token);
	return status;
}

/* -- the command ---------------------------------------------------------------- */

/* Ends this process. */
static void execute(int connection, const char *token, char **command)
{
	int error;

	if (fcntl(connection, F_SETFD, 0) == 0 && setenv(JOB_LEASE_VARIABLE, token, 1) == 0)
		execvp(command[0], command);
	error = errno;
	fprintf(stderr, "cxlctl: %s: %s\n", command[0], strerror(error));
	_exit(error == ENOENT ? EXIT_STATUS_NOT_FOUND : EXIT_STATUS_NOT_EXECUTABLE);
}

/*
 * Says it at once when the locks go before the command: their time is over, they were cancelled, the daemon ended. It must
 * not have the connection that they hang on. Ends this process: with 1 if they went.
 */
static void watch(struct session *session, uint64_t lease, const char *command)
{
	CLEANUP(cleanup_json) struct json_object *parameters = job_number_parameters(lease), *result = NULL;
	struct problem problem = {};

	session_done(session);
	if (session_call(session, "WaitJob", parameters, &result, &problem) == 0)
		_exit(0);
	fprintf(stderr, "cxlctl: %s runs on without its locks: %s\n", command, field_string(problem.json, "message"));
	_exit(1);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? EXIT_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What the terminal sends is for the command: this program waits for its end. */
static void leave_signals(struct sigaction *interrupt, struct sigaction *quit)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	signal(SIGCHLD, SIG_DFL);
	sigaction(SIGINT, &ignore, interrupt);
	sigaction(SIGQUIT, &ignore, quit);
}

static int run_locked(struct session *session, struct json_object *lease, char **command)
{
	struct sigaction interrupt, quit;
	pid_t child, watcher;
	int status, lost = 0;

	leave_signals(&interrupt, &quit);
	child = fork();
	if (child == 0) {
		sigaction(SIGINT, &interrupt, NULL);
		sigaction(SIGQUIT, &quit, NULL);
		execute(region_client_fd(session->client), field_string(lease, "lease"), command);
	}
	if (child < 0) {
		fprintf(stderr, "cxlctl: starting %s failed: %s\n", command[0], strerror(errno));
		return EXIT_STATUS_INTERNAL;
	}
	watcher = fork();
	if (watcher == 0)
		watch(session, field_uint(lease, "job"), command[0]);
	status = wait_for(child);
	if (watcher > 0) {
		kill(watcher, SIGTERM);
		lost = wait_for(watcher) == 1;
	}
	return status == EXIT_STATUS_DONE && lost ? EXIT_STATUS_GAVE_UP : status;
}

static int lock_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *lease = NULL;
	int status, objects = count_objects(count, arguments);
	struct problem problem = {};

	if (check(objects, count, &problem))
		return session_refuse(session, &problem);
	status = acquire(session, state, objects, arguments, &lease);
	return status ? status : run_locked(session, lease, arguments + objects + 1);
}

static const struct option options[] = {
	JOB_TIMEOUT_ROW,
	{ "max", required_argument, NULL, 'm' },
	{},
};

const struct command command_lock = {
	.name = "lock",
	.arguments = "[OPTION...] PORT|DECODER... -- COMMAND [ARGUMENT...]",
	.summary = "run a command while nobody else changes these ports",
	.help = "Locks ports, memdevs or root decoders, with all above and below them, and runs COMMAND; its exit "
		"status\n"
		"is that of cxlctl. What COMMAND asks of cxlctl is done under these locks. They are held until "
		"COMMAND,\n"
		"and all that it started, has ended.\n\n" JOB_TIMEOUT_HELP
		"      --max SEC        hold them no longer (3600); COMMAND runs on without them, and is told\n",
	.long_options = options,
	.takes_command = true,
	.state_size = sizeof(struct lock),
	.set = lock_set,
	.run = lock_run,
};
