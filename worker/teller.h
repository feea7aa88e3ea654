/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells main at which step a job is. A write can hang in the kernel, and the thread that makes it cannot say so any
 * more; and most jobs are through before anybody could read of their steps. So the steps are noted, and a thread of
 * its own tells of the one at hand, every TELLER_PERIOD_MS while a job goes on.
 */
#ifndef CXL_REGIOND_WORKER_TELLER_H
#define CXL_REGIOND_WORKER_TELLER_H

#include <pthread.h>

#include "channel.h"
#include "plan-json.h"
#include "plan-port.h"

#define TELLER_PERIOD_MS 100

struct teller {
	struct channel *channel;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below, and of the channel's writer while a job goes on */
	pthread_cond_t wake;
	bool active; /* a job goes on */
	bool begun;  /* one began since the thread last looked */
	bool asleep; /* the thread waits for a job to begin */
	bool ended;  /* the thread is to end */
	unsigned int told;
	struct plan_progress progress;
};

/* teller_start() - start the thread. Returns 0 or a negative errno. */
int teller_start(struct teller *teller, struct channel *channel);
void teller_stop(struct teller *teller);

/* teller_begin() - a job goes on; teller_end() - its answer is next: no progress comes behind it. */
void teller_begin(struct teller *teller);
void teller_end(struct teller *teller);

/* teller_note() - the job is about to make the n-th step of its plan. */
void teller_note(struct teller *teller, const struct plan *plan, unsigned int n);

/* teller_note_port() - the job is about to make the n-th bind or unbind of its plan. */
void teller_note_port(struct teller *teller, const struct port_plan *plan, unsigned int n);

#endif
