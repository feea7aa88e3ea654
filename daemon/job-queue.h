/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which jobs may start. Pure data: no socket, no clock, no worker; whoever changes the queue asks
 * job_queue_next() until it has no more.
 *
 * A job may start when it can have its locks: the table says so, in order of arrival.
 *
 * Region names are reused at once. A job that has to wait is therefore bound, when it arrives, to the
 * object that its name means then; and while any name is being looked up no waiting job may start,
 * because it could delete that object and make another of the same name.
 */
#ifndef CXL_REGIOND_DAEMON_JOB_QUEUE_H
#define CXL_REGIOND_DAEMON_JOB_QUEUE_H

#include "job.h"

/* Jobs of one user that may wait or run; nobody but root gets the last ones of the total. */
#define JOB_QUEUE_MAX_PER_UID	32
#define JOB_QUEUE_MAX		512
#define JOB_QUEUE_KEPT_FOR_ROOT 32

/*
 * Look-ups that may begin while a job could start but for look-ups. Without this limit a caller who
 * sends one after another could hold up all others for ever.
 */
#define JOB_QUEUE_HOLD_MAX 64

struct job_queue {
	struct list jobs; /* in order of arrival; the caller owns them */
	unsigned int count;
	unsigned int running;
	unsigned int binding;
	unsigned int held; /* look-ups begun since a job could have started */
	struct lock_table locks;
};

enum job_admission {
	JOB_ADMITTED,
	JOB_REFUSED_UID,   /* too many jobs of this user */
	JOB_REFUSED_TOTAL, /* too many jobs, or too many look-ups that hold the queue up */
};

void job_queue_init(struct job_queue *queue);

/* job_queue_admits() - may a job of this user come in? */
enum job_admission job_queue_admits(const struct job_queue *queue, uid_t uid);

/* job_queue_is_idle() - is there no job at all? */
bool job_queue_is_idle(const struct job_queue *queue);

/* job_queue_is_working() - does a worker work on one, or is it about to? */
bool job_queue_is_working(const struct job_queue *queue);

/* job_queue_has_way() - would a job with these locks start at once, if it arrived now? */
bool job_queue_has_way(const struct job_queue *queue, const struct job *job);

/* job_queue_push() - a job arrives, in state JOB_WAITING or JOB_BINDING, with the locks that it needs. */
void job_queue_push(struct job_queue *queue, struct job *job);

/* job_queue_bound() - a job that was JOB_BINDING is bound and waits. */
void job_queue_bound(struct job_queue *queue, struct job *job);

/* job_queue_next() - the job that may start now, or NULL. */
struct job *job_queue_next(struct job_queue *queue);

/* job_queue_start() - it starts; it must be what job_queue_next() gave. */
void job_queue_start(struct job_queue *queue, struct job *job);

/*
 * job_queue_exchange() - a job that runs gives up its locks and waits, where it stood, for others.
 *
 * @set: taken if it does
 *
 * Returns false if it did so before, or works under a lease that does not cover them: nothing has changed.
 */
bool job_queue_exchange(struct job_queue *queue, struct job *job, struct lock_set *set);

/* job_queue_blocker() - the job that keeps another from its locks, and by which of them; NULL without one. */
const struct job *job_queue_blocker(const struct job_queue *queue, const struct job *job, const char **ret_lock);

/* job_queue_remove() - a job leaves, whatever its state. */
void job_queue_remove(struct job_queue *queue, struct job *job);

/* job_queue_running() - the first that a worker works on, or NULL. */
struct job *job_queue_running(const struct job_queue *queue);

/* job_queue_has() - is there a job with this id? */
bool job_queue_has(const struct job_queue *queue, uint64_t id);

/* job_queue_find() - the job with this id, or NULL. */
struct job *job_queue_find(const struct job_queue *queue, uint64_t id);

/* job_queue_works_on() - does a running job work on this region? */
bool job_queue_works_on(const struct job_queue *queue, const char *region);

#endif
