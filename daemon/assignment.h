/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job with what it takes to have it done: its caller, its task for a worker, what comes of it. The runner's alone:
 * runner.c lets it in and lets it start, assignment.c has it done and ends it, lost-job.c puts in order what a worker
 * left that died, keyed.c knows the requests that have a key.
 */
#ifndef CXL_REGIOND_DAEMON_ASSIGNMENT_H
#define CXL_REGIOND_DAEMON_ASSIGNMENT_H

#include "runner.h"

/* Room for a lease's token. */
#define ASSIGNMENT_TOKEN_MAX 17

struct assignment {
	struct job job;
	struct runner *runner;
	struct call *call;	     /* NULL once the client is gone or answered, and for a job without one */
	struct list waiters;	     /* of WaitJob */
	struct json_object *request; /* what the worker is told, beside region and generation */
	struct task task;
	struct query_waiter binding;
	struct key_entry *key;	  /* NULL for a request without one */
	sd_event_source *timer;	  /* how long it waits for its locks; NULL for ever */
	uint64_t timeout_seconds; /* the same, for the sentence */
	bool cancelled;		  /* its worker was asked to stop, and may have been through with it before it heard */
	char gone[LOCK_NAME_MAX]; /* a port of its that lost its driver while it ran; empty for none */
	struct task recovery;	  /* of what its worker left when it died */
	unsigned int recoveries;  /* tried; 0 while the job is not lost */
	bool unsettled;		  /* they failed: nobody has looked for what it left */
	struct failure loss;	  /* what the client will hear of that */
	struct peer *holder;	  /* of a lease: whose connection it lasts as long as */
	uint64_t lease_seconds;	  /* and how long at the most */
	char token[ASSIGNMENT_TOKEN_MAX];
};

static inline struct assignment *assignment_of(struct job *job)
{
	return list_owner(job, struct assignment, job);
}

/* assignment_new() - for a call, or for the daemon itself (NULL). NULL without memory. */
struct assignment *assignment_new(struct runner *runner, struct call *call, const struct runner_request *request);
void assignment_free(struct assignment *assignment);

/* assignment_start() - its locks are granted: have it done. */
void assignment_start(struct assignment *assignment);

/* assignment_refuse() - the end of a job that did not run: nothing was written. */
void assignment_refuse(struct assignment *assignment, const struct failure *failure);

/* assignment_end() - the end of one that ran: a result, or NULL and a failure. */
void assignment_end(struct assignment *assignment, struct json_object *result, const struct failure *failure);

/* assignment_cancel() - ask one that runs to stop between two steps; refuse one that does not. */
void assignment_cancel(struct assignment *assignment, const struct failure *failure);

/* lost_job_recover() - its worker died in the middle of it: put in order what it left, then end it. */
void lost_job_recover(struct assignment *assignment, const struct failure *failure);

/*
 * keyed_answer() - answer a call whose key is known. Returns false for one that is not, or has none: that is a new
 * request.
 */
bool keyed_answer(struct runner *runner, struct call *call, const struct runner_request *request);

/* keyed_take() - give a new job its key, if the request has one. Returns 0 or the failure's code. */
int keyed_take(struct assignment *assignment, const struct runner_request *request, struct failure *ret_failure);

/* keyed_settle() - what has taken effect keeps its key, whatever its client hears; all else may be tried again. */
void keyed_settle(struct assignment *assignment, struct json_object *result, const struct failure *failure);

#endif
