/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real program, run against a script of what a daemon says. */
#ifndef CXL_REGIOND_TESTS_RUN_CXLCTL_H
#define CXL_REGIOND_TESTS_RUN_CXLCTL_H

#include "script-server.h"

#define RUN_OUTPUT_MAX 16384

struct run {
	int status;
	char out[RUN_OUTPUT_MAX];
	char err[RUN_OUTPUT_MAX];
};

/* run_cxlctl_path() - which program; the first thing that main() says. */
void run_cxlctl_path(const char *path);

/*
 * run_cxlctl() - run it to its end, and hold its requests against the script.
 *
 * @steps: what the daemon says; NULL for no daemon
 * @...: the arguments, ended by NULL
 */
void run_cxlctl(struct run *ret_run, const struct script_step *steps, ...) __attribute__((sentinel));

#endif
