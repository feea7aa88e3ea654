/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which job may start. Pure data: no socket, no clock, no worker; whoever changes the queue asks
 * job_queue_next() until it has no more.
 *
 * Today one job runs at a time, in order of arrival. A finer rule, by the ports that a job touches,
 * replaces what is behind job_queue_next() and nothing else.
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
	unsigned int held; /* look-ups begun since nothing runs */
};

enum job_admission {
	JOB_ADMITTED,
	JOB_REFUSED_UID,   /* too many jobs of this user */
	JOB_REFUSED_TOTAL, /* too many jobs, or too many look-ups that hold the queue up */
};

void job_queue_init(struct job_queue *queue);

/* job_queue_admits() - may a job of this user come in? */
enum job_admission job_queue_admits(const struct job_queue *queue, uid_t uid);

/* job_queue_is_idle() - would a job that arrives now start at once, without being bound first? */
bool job_queue_is_idle(const struct job_queue *queue);

/* job_queue_push() - a job arrives, in state JOB_WAITING or JOB_BINDING. */
void job_queue_push(struct job_queue *queue, struct job *job);

/* job_queue_bound() - a job that was JOB_BINDING is bound and waits. */
void job_queue_bound(struct job_queue *queue, struct job *job);

/* job_queue_next() - the job that may start now, or NULL. */
struct job *job_queue_next(struct job_queue *queue);

/* job_queue_start() - it starts; it must be what job_queue_next() gave. */
void job_queue_start(struct job_queue *queue, struct job *job);

/* job_queue_remove() - a job leaves, whatever its state. */
void job_queue_remove(struct job_queue *queue, struct job *job);

/* job_queue_running() - a job that runs, or NULL. */
struct job *job_queue_running(const struct job_queue *queue);

/* job_queue_has() - is there a job with this id? */
bool job_queue_has(const struct job_queue *queue, uint64_t id);

/* job_queue_find() - the job with this id, or NULL. */
struct job *job_queue_find(const struct job_queue *queue, uint64_t id);

/* job_queue_works_on() - does a running job work on this region? */
bool job_queue_works_on(const struct job_queue *queue, const char *region);

#endif
