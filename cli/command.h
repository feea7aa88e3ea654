/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is one file, ended by one const struct command. main() finds the struct by the words on the command line,
 * gives each option to set(), and calls run() with what remains.
 */
#ifndef CXLCTL_COMMAND_H
#define CXLCTL_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "session.h"

struct command {
	const char *group;     /* "region"; NULL for a command of one word */
	const char *name;      /* "create" */
	const char *arguments; /* as the usage line has them */
	const char *summary;   /* half a sentence */
	const char *help;      /* what --help says below the usage line; lines, the last one ended too */

	/* Options beside those that every command has, as getopt_long(3) wants them; NULL for none. */
	const char *short_options;
	const struct option *long_options;

	bool takes_command; /* what stands behind "--" is another program's: run() gets it, the "--" before it */

	size_t state_size; /* of what set() fills in and run() reads; all zero in the beginning */

	/* Returns 0, or the exit status of the problem that it has set. */
	int (*set)(void *state, int option, const char *value, struct problem *ret_problem);

	/* Does the work, says all there is to say, and returns the exit status. */
	int (*run)(struct session *session, const void *state, int count, char **arguments);
};

extern const struct command command_call;
extern const struct command command_cancel;
extern const struct command command_jobs;
extern const struct command command_lock;
extern const struct command command_port_bind;
extern const struct command command_port_list;
extern const struct command command_port_unbind;
extern const struct command command_region_create;
extern const struct command command_region_delete;
extern const struct command command_region_disable;
extern const struct command command_region_enable;
extern const struct command command_region_list;
extern const struct command command_region_show;
extern const struct command command_repair;
extern const struct command command_status;
extern const struct command command_topology;
extern const struct command command_wait;

#endif
