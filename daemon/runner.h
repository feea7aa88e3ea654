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
	uint64_t next_id;
	bool stopping;
	void (*changed)(void *userdata); /* a job ended: the inventory is old */
	void *userdata;
};

void runner_init(struct runner *runner, const struct config *config, const struct startup *startup,
		 struct recovery *recovery, struct pool *pool, struct queries *queries, struct inventory *inventory,
		 void (*changed)(void *userdata), void *userdata);

/* runner_done() - forget all jobs. Their calls must be gone. */
void runner_done(struct runner *runner);

/*
 * runner_submit() - answer a call by a job.
 *
 * @region: what it is about; NULL for a create and a repair
 * @generation: the object that the caller means, or NULL for the one that has the name now
 * @parameters: what the worker is told, beside region and generation; taken, also on failure; NULL for none
 */
void runner_submit(struct runner *runner, struct call *call, enum job_kind kind, const char *region,
		   const char *generation, struct json_object *parameters);

/* runner_stop() - cancel what waits, ask what runs to stop between two steps, take nothing new. */
void runner_stop(struct runner *runner);

/* runner_is_idle() - no job waits or runs. */
bool runner_is_idle(const struct runner *runner);

/* runner_has_running() - one is at work. */
bool runner_has_running(const struct runner *runner);

#endif
