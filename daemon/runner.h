/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs, from the call that asks for one to its answer: binds names to objects, says which locks a job needs, has a
 * worker do what may start, and logs each job once, at its end.
 */
#ifndef CXL_REGIOND_DAEMON_RUNNER_H
#define CXL_REGIOND_DAEMON_RUNNER_H

#include "call.h"
#include "config.h"
#include "job-history.h"
#include "job-log.h"
#include "job-queue.h"
#include "key-table.h"
#include "query.h"
#include "recovery.h"
#include "startup.h"

struct assignment;

struct runner {
	sd_event *event;
	const struct config *config;
	const struct startup *startup; /* knows the kernel */
	struct recovery *recovery;
	struct pool *pool;
	struct queries *queries;
	struct inventory *inventory;
	struct job_queue queue;
	struct job_history history;
	struct key_table keys;
	struct job_log log; /* begun by the caller, with the loop */
	uint64_t next_id;
	bool stopping;
	void (*changed)(void *userdata); /* a job ended: the inventory is old */
	void *userdata;
};

/* What a call asks for. */
struct runner_request {
	enum job_kind kind;
	const char *region;		/* what it is about; NULL for a create and a repair */
	const char *generation;		/* the object that the caller means; NULL for the one that has the name now */
	struct json_object *parameters; /* what the worker is told, beside region and generation; NULL for none */
	const char *key;		/* what the caller calls it, of valid form; NULL for none */
	uint64_t hash;			/* with a key: what tells it from others */
	const char *lease;		/* the token of the lease that it works under; NULL for none */
	struct json_object *objects;	/* of a lease: the names of what it locks */
	uint64_t lease_seconds;		/* and how long it lasts at the most */
	uint64_t timeout_seconds;	/* how long it may wait for its locks; 0 for ever */
	bool detach;			/* the caller does not wait: it gets the job's number at once */
};

void runner_init(struct runner *runner, sd_event *event, const struct config *config, const struct startup *startup,
		 struct recovery *recovery, struct pool *pool, struct queries *queries, struct inventory *inventory,
		 void (*changed)(void *userdata), void *userdata);

/* runner_done() - forget all jobs. Their calls must be gone. */
void runner_done(struct runner *runner);

/*
 * runner_submit() - answer a call by a job; or, where its key is known, by what became of the first one's.
 *
 * @request: its parameters are taken, also on failure
 */
void runner_submit(struct runner *runner, struct call *call, const struct runner_request *request);

/* runner_submit_own() - have a job done for the daemon itself. Returns false when it cannot be now. */
bool runner_submit_own(struct runner *runner, const struct runner_request *request);

/* runner_advance() - start what may start. */
void runner_advance(struct runner *runner);

/* runner_next_id() - the number of the next job. */
uint64_t runner_next_id(struct runner *runner);

/* runner_adopt() - have a job answer a call, if it has none: its client went away, or did not wait. */
bool runner_adopt(struct assignment *assignment, struct call *call);

/* runner_reply_number() - answer a call that does not wait by the number of its job. */
void runner_reply_number(struct call *call, uint64_t job);

/* runner_wait() - answer a call at the end of a job. Returns false when there is no such job. */
bool runner_wait(struct runner *runner, struct call *call, uint64_t job);

/*
 * runner_cancel() - drop a job that waits; ask one that runs to stop between two steps, and take back what it did.
 *
 * Returns false when there is no such job.
 */
bool runner_cancel(struct runner *runner, uint64_t job, const struct failure *failure);

/* runner_stop() - cancel what waits, ask what runs to stop between two steps, take nothing new. */
void runner_stop(struct runner *runner);

/* runner_is_idle() - no job waits or runs. */
bool runner_is_idle(const struct runner *runner);

#endif
