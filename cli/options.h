/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options: those that every command has, and a command's own. */
#ifndef CXLCTL_OPTIONS_H
#define CXLCTL_OPTIONS_H

#include <stdbool.h>

#include "command.h"

struct options {
	bool help;
	bool version;
	int count; /* what is no option */
	char **arguments;
};

/*
 * options_parse() - take the options out of a command line.
 *
 * @command: whose options are taken beside the common ones; NULL stops at the first word that is no option
 * @argv: argv[0] is skipped; getopt_long() moves options to the front
 * @session: --json and --socket go here, also if another option is wrong
 * @state: the command's, for its set()
 *
 * Returns 0, or the exit status of the problem that it has set.
 */
int options_parse(const struct command *command, int argc, char **argv, struct session *session, void *state,
		  struct options *ret_options, struct problem *ret_problem);

#endif
