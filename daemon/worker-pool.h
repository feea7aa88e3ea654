/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The workers, and which of them does what. One is kept for a job that writes, so that reads never make it wait, and one
 * for reads while others write; what hangs in the kernel keeps its worker, which is replaced by an additional one.
 * Workers that die are replaced, ever more slowly while they die at once.
 */
#ifndef CXL_REGIOND_DAEMON_WORKER_POOL_H
#define CXL_REGIOND_DAEMON_WORKER_POOL_H

#include "worker.h"

/* Additional workers, for those that hang. */
#define POOL_EXTRA_MAX 8

/* Before the next worker is started after several that did nothing but die, and that soon. */
#define POOL_YOUNG_USEC	      (1000 * 1000ull)
#define POOL_BACKOFF_MIN_USEC (100 * 1000ull)
#define POOL_BACKOFF_MAX_USEC (10 * 1000000ull)

struct pool {
	sd_event *event;
	int spawner_fd;
	unsigned int size;
	struct list workers;
	struct list waiting;	/* tasks */
	unsigned int processes; /* of workers, as far as the spawner told */
	bool closing;
	unsigned int starting; /* asked for, not there yet */
	unsigned int failures; /* workers in a row that ended before they finished a task */
	sd_event_source *spawner_io;
	sd_event_source *settle;  /* deferred: gives tasks to workers, starts and lets go workers */
	sd_event_source *backoff; /* while it is on, none is started */
	void (*spawner_gone)(void *userdata);
	void *userdata;
};

/*
 * pool_init() - start the workers.
 *
 * @spawner_fd: of spawner_fork(); taken, also on failure
 * @size: workers, two at the least: all but one may write at the same time
 * @spawner_gone: called when no further worker can be started, ever
 *
 * Returns 0 or a negative errno.
 */
int pool_init(struct pool *pool, sd_event *event, int spawner_fd, unsigned int size,
	      void (*spawner_gone)(void *userdata), void *userdata);
/* pool_done() - let all go; those that work finish by themselves. No task's done() is called. */
void pool_done(struct pool *pool);

/* pool_submit() - have a task done. Its done() is never called from within. */
void pool_submit(struct pool *pool, struct task *task);

/* pool_has_idle() - would a task that writes, and is submitted now, have a worker at once? */
bool pool_has_idle(const struct pool *pool);

/*
 * pool_close() - let go all workers, each once it has nothing to do, and, when no worker is left, the spawner:
 * then spawner_gone() is called, and no process of ours is left behind.
 */
void pool_close(struct pool *pool);

/* pool_withdraw() - take back a task that no worker has yet. */
void pool_withdraw(struct pool *pool, struct task *task);

/* pool_describe_hanging() - a sentence for each worker that hangs, into an array. Returns 0 or -ENOMEM. */
int pool_describe_hanging(const struct pool *pool, struct json_object *sentences);

/* pool_describe_busy() - the same for each that has a task. */
int pool_describe_busy(const struct pool *pool, struct json_object *sentences);

#endif
