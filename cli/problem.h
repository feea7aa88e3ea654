/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a command failed: one JSON object in the form of interface io.cxlregiond.Region's errors, and an exit status. */
#ifndef CXLCTL_PROBLEM_H
#define CXLCTL_PROBLEM_H

#include <stdbool.h>

struct json_object;
struct region_error;

/* Exit statuses that cxlctl gives by itself. Those of the daemon's errors come with the errors. */
enum {
	EXIT_STATUS_DONE = 0,
	EXIT_STATUS_INTERNAL = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_NOT_PERMITTED = 6,
	EXIT_STATUS_NO_DAEMON = 7,
	EXIT_STATUS_GAVE_UP = 8,
};

struct problem {
	int exit_status;
	struct json_object *json;
};

/* problem_done() - release it; one that was never set, {}, is fine. */
void problem_done(struct problem *problem);

/* Each sets a problem that was {} and returns its exit status. */
int problem_set_error(struct problem *problem, const struct region_error *error);

/* problem_set_invalid() - what the user wrote cannot be sent. argument: what is wrong, such as "--size", or NULL. */
int problem_set_invalid(struct problem *problem, const char *argument, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* problem_set_connect() - connecting to a socket failed with this negative errno. */
int problem_set_connect(struct problem *problem, const char *socket_path, int error);

/* problem_set_lost() - the connection broke with this negative errno while a method was called. */
int problem_set_lost(struct problem *problem, const char *method, int error);

/* problem_set_answer() - an answer lacks what the interface says is in it. */
int problem_set_answer(struct problem *problem, const char *method, const char *missing);

/*
 * problem_print() - on standard error: one JSON document, or sentences for people.
 *
 * @subject: what it happened to, where the message might not say it; or NULL
 */
void problem_print(const struct problem *problem, bool json, const char *subject);

#endif
