/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command that changes the host can be told of its job. */
#ifndef CXLCTL_JOB_OPTIONS_H
#define CXLCTL_JOB_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "session.h"

/* Names the lease that a program runs under, to cxlctl within it. */
#define JOB_LEASE_VARIABLE "CXL_REGIOND_LEASE"

/* Numbers of the long options: above those that every command has. */
enum {
	JOB_OPTION_TIMEOUT = 512,
	JOB_OPTION_NO_WAIT,
};

/* Rows of a command's table of options, and of its help. */
#define JOB_TIMEOUT_ROW                                                \
	{                                                              \
		"timeout", required_argument, NULL, JOB_OPTION_TIMEOUT \
	}
#define JOB_NO_WAIT_ROW                                          \
	{                                                        \
		"no-wait", no_argument, NULL, JOB_OPTION_NO_WAIT \
	}
#define JOB_TIMEOUT_HELP "      --timeout SEC    give up when its turn has not come by then; 0: wait for ever\n"
#define JOB_OPTIONS_HELP \
	JOB_TIMEOUT_HELP \
	"      --no-wait        print the job's number at once; 'cxlctl wait' says what became of it\n"

/* All zero: none was given. */
struct job_options {
	bool has_timeout;
	uint64_t timeout; /* seconds */
	bool no_wait;
};

/*
 * job_options_set() - take an option of the rows above.
 *
 * Returns true for one of these; *ret_status is 0 then, or the exit status of the problem that it has set.
 */
bool job_options_set(struct job_options *options, int option, const char *value, int *ret_status,
		     struct problem *ret_problem);

/* job_options_seconds() - a number of seconds, for an option. Returns 0, or the problem's exit status. */
int job_options_seconds(const char *option, const char *value, uint64_t *ret_seconds, struct problem *ret_problem);

/* job_options_add() - to the parameters of a call; and the lease that this program runs under, if it does. */
void job_options_add(const struct job_options *options, struct json_object *parameters);

/* job_options_report() - the reply to a call that did not wait: print its job. Returns the exit status. */
int job_options_report(const struct session *session, const char *method, struct json_object *result);

/* job_number_parse() - a job as the user names it. Returns 0, or the problem's exit status. */
int job_number_parse(const char *text, uint64_t *ret_job, struct problem *ret_problem);

/* job_number_parameters() - {"job": N}, for the calls that are about one job. */
struct json_object *job_number_parameters(uint64_t job);

/*
 * job_number_argument() - the parameters of a call about the one job that the user names.
 *
 * Returns 0, or the exit status of the problem that it has set: none was named, several were, or it is no number.
 */
int job_number_argument(int count, char **arguments, struct json_object **ret_parameters, struct problem *ret_problem);

#endif
