/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXL_REGIOND_DAEMON_OPTIONS_H
#define CXL_REGIOND_DAEMON_OPTIONS_H

struct options {
	const char *socket_path;
	const char *config_path; /* NULL: the default, which may be missing */
	const char *worker_path;
	const char *jobs_path; /* directory of intent logs */
};

/*
 * options_parse() - the command line.
 *
 * Returns 0 to go on; 1 when all that was asked for has been printed; -EINVAL after a usage message.
 */
int options_parse(int argc, char **argv, struct options *ret_options);

#endif
