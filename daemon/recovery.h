/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of jobs whose worker or whose main process died in the middle of them. Workers read the intent logs and
 * put in order what they tell of; here it is asked for, remembered and told. A look for all that was left never runs beside
 * a job.
 */
#ifndef CXL_REGIOND_DAEMON_RECOVERY_H
#define CXL_REGIOND_DAEMON_RECOVERY_H

#include <systemd/sd-event.h>

#include "inventory.h"
#include "job-queue.h"
#include "key-table.h"
#include "worker-pool.h"

/* How long workers of an earlier main process get to end what they are about, before they count as stuck. */
#define RECOVERY_PATIENCE_MS	    3000
#define RECOVERY_PERIOD_PATIENCE_MS 200
/* As long as one of them lives, it is looked for this often. */
#define RECOVERY_PERIOD_USEC 1000000ull
/* Interrupted jobs that status tells of; older ones stand in the log. */
#define RECOVERY_HISTORY_MAX 16

struct recovery {
	sd_event *event;
	struct pool *pool;
	const struct job_queue *queue;
	struct key_table *keys;	     /* learns what workers have kept */
	struct inventory *inventory; /* learns which regions were made and deleted after all */
	bool knows_keys;	     /* those of earlier main processes have been read */
	struct task task;
	bool running;
	uint64_t looked_usec; /* when the last look ended */
	bool settled;	      /* the last look was through: what can be put in order is */
	sd_event_source *timer;
	struct json_object *recovered;	/* the last ones: done or undone */
	struct json_object *unfinished; /* something of them is left */
	struct json_object *living;	/* of workers of an earlier main process that have not ended */
	uint64_t last_job;
	char problem[256]; /* a sentence, empty for none */
	void (*first_ended)(void *userdata);
	void *first_userdata;
	void (*ended)(void *userdata);
	void *userdata;
};

/*
 * recovery_init() - nothing is interrupted yet.
 *
 * @ended: called after each look: jobs may begin again
 *
 * Returns 0 or a negative errno.
 */
int recovery_init(struct recovery *recovery, sd_event *event, struct pool *pool, const struct job_queue *queue,
		  struct key_table *keys, struct inventory *inventory, void (*ended)(void *userdata), void *userdata);
void recovery_done(struct recovery *recovery);

/* recovery_is_looking() - no job may begin: what is looked for may be on its ports. */
bool recovery_is_looking(const struct recovery *recovery);

/* recovery_start() - look for what an earlier main process left; ended() is called once, whatever was found. */
void recovery_start(struct recovery *recovery, void (*ended)(void *userdata), void *userdata);

/*
 * recovery_take() - remember and log what a worker's job "recover" answered.
 *
 * @lost_job: a job of this main process whose worker was lost; 0 for none
 */
void recovery_take(struct recovery *recovery, struct json_object *result, uint64_t lost_job);

/* recovery_look_again() - something may have been left just now: look for it, soon, and change nothing before. */
void recovery_look_again(struct recovery *recovery);

/* recovery_find() - what such an answer says of one job: an InterruptedJob, or NULL. */
struct json_object *recovery_find(struct json_object *result, uint64_t job);

/* recovery_is_living() - does such an answer say that the job's worker has not ended? */
bool recovery_is_living(struct json_object *result, uint64_t job);

/* recovery_knows_keys() - is it known which keys an earlier main process had? Until then none can be taken for new. */
bool recovery_knows_keys(const struct recovery *recovery);

/* recovery_obstacle() - a sentence about an interrupted job beside which nothing may be written yet; NULL without one. */
const char *recovery_obstacle(const struct recovery *recovery);

/*
 * recovery_may_write() - may a worker have written since then that puts in order what was interrupted, or one of an
 * earlier main process?
 */
bool recovery_may_write(const struct recovery *recovery, uint64_t since_usec);

/* recovery_add_status() - "recovered", "unfinished" and "stuck". Returns 0 or -ENOMEM. */
int recovery_add_status(const struct recovery *recovery, struct json_object *status);

#endif
