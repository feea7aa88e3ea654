/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The intent log that this worker writes, and the directory where those of all workers are. */
#ifndef CXL_REGIOND_WORKER_INTENTS_H
#define CXL_REGIOND_WORKER_INTENTS_H

#include "intent-log.h"

/* Logs that were recovered at once, and wait until main knows; of more the files go before. */
#define INTENTS_OVER_MAX 64

struct intents {
	const char *path; /* of the directory */
	int dir;	  /* -1 while it could not be opened */
	char boot_id[INTENT_BOOT_MAX];
	struct intent_log *log;			   /* this worker's, NULL before its first job */
	struct intent_log *over[INTENTS_OVER_MAX]; /* recovered, and main is not told yet */
	unsigned int n_over;
};

/* intents_init() - path stays the caller's. Nothing is opened before it is needed. */
void intents_init(struct intents *intents, const char *path);

/* intents_open() - make the directory if need be, and open it. Returns 0 or a negative errno. */
int intents_open(struct intents *intents);

/* intents_done() - let go of the log: deleted if no job is in it, left for recovery otherwise. */
void intents_done(struct intents *intents);

/*
 * intents_begin() - a plan is about to be carried out: from here on it is known to others.
 *
 * Returns 0, or ERROR_INTERNAL when no log can be kept: then nothing may be written to sysfs.
 */
int intents_begin(struct intents *intents, const struct intent_job *job, const struct plan *plan,
		  struct failure *ret_failure);

/* intents_end() - the plan is done or undone; with OUTCOME_UNKNOWN the log is left for recovery. */
void intents_end(struct intents *intents, enum outcome outcome);

/*
 * intents_told() - main knows the outcome: nobody has to read it in the log, but for that of a job that is done and has a
 * key. That is kept for a later main process, and the next job gets a new one.
 */
void intents_told(struct intents *intents);

#endif
