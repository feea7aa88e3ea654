/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a long call is: one line of the terminal, written over and over, and gone in the end. */
#ifndef CXLCTL_PROGRESS_H
#define CXLCTL_PROGRESS_H

#include <stdbool.h>

struct json_object;

struct progress {
	int shown; /* length of the line */
};

/* progress_begin() - returns false if nobody would see it: standard error is no terminal. */
bool progress_begin(struct progress *progress);

/* progress_show() - a region_progress_fn; userdata is the struct progress. */
void progress_show(struct json_object *report, void *userdata);

void progress_end(struct progress *progress);

#endif
