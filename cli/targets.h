/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regions that a command is to work on in turn, each named NAME or NAME@GENERATION. */
#ifndef CXLCTL_TARGETS_H
#define CXLCTL_TARGETS_H

#include "libregion.h"
#include "session.h"

struct job_options;

struct target {
	char name[REGION_NAME_MAX];
	char *generation;	       /* NULL: whatever has that name */
	const char *key;	       /* of the request about it; NULL for none */
	const struct job_options *job; /* of a request that is a job; NULL for one that is none */
};

struct targets {
	size_t count;
	struct target *items;
};

void targets_done(struct targets *targets);

/* targets_parse() - from the command line. At least one. Returns 0, or the problem's exit status. */
int targets_parse(int count, char **arguments, struct targets *ret_targets, struct problem *ret_problem);

/*
 * targets_all() - every region that there is now, each bound to its generation.
 *
 * The one with the highest address comes first: the kernel wants regions of one port torn down in that order.
 * Returns 0, or an exit status with all said.
 */
int targets_all(struct session *session, struct targets *ret_targets);

/* targets_set_job() - what the user says of the jobs; it must live as long as the targets. */
void targets_set_job(struct targets *targets, const struct job_options *job);

/* target_parameters() - {"region":...}, and generation, key and what is said of the job, if it has them. */
struct json_object *target_parameters(const struct target *target);

/*
 * Does the work for one target. What is to be known of it goes into entry for programs, and to
 * standard output for people unless the session is for programs. Returns 0, or the problem's exit status.
 */
typedef int (*target_fn)(struct session *session, const struct target *target, const char *method,
			 struct json_object *entry, struct problem *ret_problem);

/*
 * target_report_job() - the reply to a call that did not wait: its job goes into entry, and to standard output for people.
 *
 * Returns 0, or the problem's exit status.
 */
int target_report_job(const struct session *session, const char *method, struct json_object *result,
		      struct json_object *entry, struct problem *ret_problem);

/* targets_each() - work on each, report each, go on after a failure. Returns the exit status of the first failure. */
int targets_each(struct session *session, const struct targets *targets, const char *method, target_fn work);

#endif
