/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs, from the call that asks for one to its answer: binds names to objects, keeps the queue, has a
 * worker do what may start, and logs each job once, at its end.
 */
#ifndef CXL_REGIOND_DAEMON_RUNNER_H
#define CXL_REGIOND_DAEMON_RUNNER_H

#include "call.h"
#include "config.h"
#include "job-queue.h"
#include "key-table.h"
#include "query.h"
#include "recovery.h"
#include "startup.h"

struct runner {
	const struct config *config;
	const struct startup *startup; /* knows the kernel */
	struct recovery *recovery;
	struct pool *pool;
	struct queries *queries;
	struct inventory *inventory;
	struct job_queue queue;
	struct key_table keys;
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
};

void runner_init(struct runner *runner, const struct config *config, const struct startup *startup,
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

/* runner_stop() - cancel what waits, ask what runs to stop between two steps, take nothing new. */
void runner_stop(struct runner *runner);

/* runner_is_idle() - no job waits or runs. */
bool runner_is_idle(const struct runner *runner);

/* runner_has_running() - one is at work. */
bool runner_has_running(const struct runner *runner);

#endif
