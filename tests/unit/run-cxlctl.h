/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real program, run against a script of what a daemon says. */
#ifndef CXL_REGIOND_TESTS_RUN_CXLCTL_H
#define CXL_REGIOND_TESTS_RUN_CXLCTL_H

#include "script-server.h"

/* What goes over the socket, in scripts. */
#define METHOD(name)	       "{\"method\":\"io.cxlregiond.Region." name "\"}"
#define CALL(name, parameters) "{\"method\":\"io.cxlregiond.Region." name "\",\"parameters\":" parameters "}"
#define REPLY(parameters)      "{\"parameters\":" parameters "}"
#define ERROR(name, message, remedy, outcome)                                                 \
	"{\"error\":\"io.cxlregiond.Region." name "\",\"parameters\":{\"message\":\"" message \
	"\",\"remedy\":\"" remedy "\",\"outcome\":\"" outcome "\",\"retryable\":false}}"
/* What may help to try again, of job 7. */
#define JOB_ERROR(name, message)                                                              \
	"{\"error\":\"io.cxlregiond.Region." name "\",\"parameters\":{\"message\":\"" message \
	"\",\"remedy\":\"Wait.\","                                                            \
	"\"outcome\":\"unchanged\",\"retryable\":true,\"job\":7}}"

#define RUN_OUTPUT_MAX 16384
#define WORDS_MAX      6

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

/* assert_json_out() - it printed this JSON, in whatever order the members stand. */
void assert_json_out(const struct run *run, const char *expected);

/* assert_error_object() - it wrote the JSON of this error, with all that one has, to standard error. */
void assert_error_object(const struct run *run, const char *error);

/* assert_has() - there is a part in a text. */
void assert_has(const char *text, const char *part);

/* assert_words_refused() - without a daemon it refuses these words, WORDS_MAX at the most, as a wrong request. */
void assert_words_refused(const char *const *words);

/* assert_help() - a command tells how it is used, in lines of 110 columns at the most. */
void assert_help(const char *command);

#endif
