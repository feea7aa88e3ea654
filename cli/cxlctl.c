/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cxlctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "help.h"
#include "libregion.h"
#include "memory.h"
#include "options.h"
#include "scope.h"
#include "version.h"

static const struct command *const commands[] = {
	&command_region_create, &command_region_delete, &command_region_list,
	&command_region_show,	&command_region_enable, &command_region_disable,
	&command_topology,	&command_status,	&command_repair,
	&command_port_list,	&command_port_unbind,	&command_port_bind,
	&command_jobs,		&command_wait,		&command_cancel,
	&command_lock,		&command_call,		NULL,
};

static bool group_exists(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (commands[i]->group && strcmp(commands[i]->group, name) == 0)
			return true;
	}
	return false;
}

static bool command_matches(const struct command *command, int count, char **words)
{
	if (!command->group)
		return strcmp(command->name, words[0]) == 0;
	return count > 1 && strcmp(command->group, words[0]) == 0 && strcmp(command->name, words[1]) == 0;
}

static const struct command *find(int count, char **words)
{
	for (size_t i = 0; count > 0 && commands[i]; i++) {
		if (command_matches(commands[i], count, words))
			return commands[i];
	}
	return NULL;
}

static int refuse_words(const struct session *session, int count, char **words)
{
	struct problem problem = {};

	if (count == 0)
		problem_set_invalid(&problem, NULL, "No command was given.");
	else if (!group_exists(words[0]))
		problem_set_invalid(&problem, words[0], "There is no command '%.64s'.", words[0]);
	else if (count == 1)
		problem_set_invalid(&problem, words[0], "What about the %s? 'cxlctl %s --help' lists the commands.",
				    words[0], words[0]);
	else
		problem_set_invalid(&problem, words[1], "There is no command '%s %.64s'.", words[0], words[1]);
	return session_refuse(session, &problem);
}

static int show_version(void)
{
	puts("cxlctl " CXLCTL_VERSION);
	return EXIT_STATUS_DONE;
}

/* words[0] is the last word of the command's name. */
static int run_command(const struct command *command, struct session *session, int count, char **words)
{
	CLEANUP(cleanup_free) void *state = memory_need(calloc(1, command->state_size + 1));
	struct problem problem = {};
	struct options options;

	if (options_parse(command, count, words, session, state, &options, &problem))
		return session_refuse(session, &problem);
	if (options.version)
		return show_version();
	if (options.help) {
		help_command(command);
		return EXIT_STATUS_DONE;
	}
	return command->run(session, state, options.count, options.arguments);
}

/* A word that is no command may still be a group, or stand before --help. */
static int run_without_command(struct session *session, int count, char **words)
{
	const char *group = count > 0 && group_exists(words[0]) ? words[0] : NULL;
	struct problem problem = {};
	struct options options = {};

	if (group && (options_parse(NULL, count, words, session, NULL, &options, &problem)))
		return session_refuse(session, &problem);
	if (options.version)
		return show_version();
	if (!options.help)
		return refuse_words(session, count, words);
	help_program(commands, group);
	return EXIT_STATUS_DONE;
}

static int run(struct session *session, int argc, char **argv)
{
	const struct command *command;
	struct problem problem = {};
	struct options options;

	if (options_parse(NULL, argc, argv, session, NULL, &options, &problem))
		return session_refuse(session, &problem);
	if (options.version)
		return show_version();
	if (options.help) {
		help_program(commands, NULL);
		return EXIT_STATUS_DONE;
	}
	command = find(options.count, options.arguments);
	if (!command)
		return run_without_command(session, options.count, options.arguments);
	if (command->group) {
		options.count--;
		options.arguments++;
	}
	return run_command(command, session, options.count, options.arguments);
}

/* What could not be written was not said: a full disk must not look like success. */
static int flush_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "cxlctl: writing to standard output failed: %s\n", strerror(errno));
	return status ? status : EXIT_STATUS_INTERNAL;
}

int cxlctl_run(int argc, char **argv)
{
	struct session session = { .socket_path = REGION_SOCKET_PATH };
	int status;

	status = run(&session, argc, argv);
	session_done(&session);
	return flush_output(status);
}
