/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regions that a command is to work on in turn, each named NAME or NAME@GENERATION. */
#ifndef CXLCTL_TARGETS_H
#define CXLCTL_TARGETS_H

#include "libregion.h"
#include "session.h"

struct target {
	char name[REGION_NAME_MAX];
	char *generation; /* NULL: whatever has that name */
	const char *key;  /* of the request about it; NULL for none */
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

/* target_parameters() - {"region":...}, and generation and key, if it has them. */
struct json_object *target_parameters(const struct target *target);

/*
 * Does the work for one target. What is to be known of it goes into entry for programs, and to
 * standard output for people unless the session is for programs. Returns 0, or the problem's exit status.
 */
typedef int (*target_fn)(struct session *session, const struct target *target, const char *method,
			 struct json_object *entry, struct problem *ret_problem);

/* targets_each() - work on each, report each, go on after a failure. Returns the exit status of the first failure. */
int targets_each(struct session *session, const struct targets *targets, const char *method, target_fn work);

#endif
