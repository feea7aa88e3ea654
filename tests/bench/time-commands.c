/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times processes, without the cost of whoever wants to know.
 *
 * usage: time-commands COMMAND [ARG...] [-- COMMAND [ARG...]]...; prints the microseconds that all took in turn
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void run(char **command)
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0 || waitpid(pid, &status, 0) < 0 ||
	    status != 0) {
		fprintf(stderr, "%s failed\n", command[0]);
		exit(EXIT_FAILURE);
	}
	posix_spawn_file_actions_destroy(&actions);
}

int main(int argc, char **argv)
{
	struct timespec start, end;
	char **command = argv + 1;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 1; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], "--") != 0)
			continue;
		argv[i] = NULL;
		run(command);
		command = argv + i + 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%ld\n", (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
	return 0;
}
