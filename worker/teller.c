/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "teller.h"

#include <errno.h>
#include <time.h>

#include "port-write.h"

/*
 * Waits for one period, or until a job begins where there was none in the last one: a thread that each job woke would
 * take more time than telling does.
 */
static void teller_wait(struct teller *teller)
{
	struct timespec until;

	if (!teller->active && !teller->begun) {
		teller->asleep = true;
		pthread_cond_wait(&teller->wake, &teller->lock);
		teller->asleep = false;
		return;
	}
	teller->begun = false;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TELLER_PERIOD_MS * 1000000l;
	until.tv_sec += until.tv_nsec / 1000000000l;
	until.tv_nsec %= 1000000000l;
	while (!teller->ended && pthread_cond_timedwait(&teller->wake, &teller->lock, &until) != ETIMEDOUT)
		;
}

static void teller_tell(struct teller *teller)
{
	struct json_object *progress;

	if (!teller->active || teller->progress.n == teller->told)
		return;
	teller->told = teller->progress.n;
	if (plan_progress_to_json(&teller->progress, &progress) >= 0)
		channel_progress(teller->channel, progress);
}

static void *teller_run(void *userdata)
{
	struct teller *teller = userdata;

	pthread_mutex_lock(&teller->lock);
	while (!teller->ended) {
		teller_wait(teller);
		teller_tell(teller);
	}
	pthread_mutex_unlock(&teller->lock);
	return NULL;
}

int teller_start(struct teller *teller, struct channel *channel)
{
	pthread_condattr_t attributes;

	*teller = (struct teller){ .channel = channel };
	pthread_mutex_init(&teller->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&teller->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	return -pthread_create(&teller->thread, NULL, teller_run, teller);
}

void teller_stop(struct teller *teller)
{
	pthread_mutex_lock(&teller->lock);
	teller->ended = true;
	pthread_cond_signal(&teller->wake);
	pthread_mutex_unlock(&teller->lock);
	pthread_join(teller->thread, NULL);
	pthread_cond_destroy(&teller->wake);
	pthread_mutex_destroy(&teller->lock);
}

void teller_begin(struct teller *teller)
{
	bool asleep;

	pthread_mutex_lock(&teller->lock);
	teller->active = teller->begun = true;
	teller->told = teller->progress.n = 0;
	asleep = teller->asleep;
	pthread_mutex_unlock(&teller->lock);
	if (asleep)
		pthread_cond_signal(&teller->wake);
}

void teller_end(struct teller *teller)
{
	pthread_mutex_lock(&teller->lock);
	teller->active = false;
	pthread_mutex_unlock(&teller->lock);
}

void teller_note(struct teller *teller, const struct plan *plan, unsigned int n)
{
	pthread_mutex_lock(&teller->lock);
	plan_progress_at(plan, n, &teller->progress);
	pthread_mutex_unlock(&teller->lock);
}

void teller_note_port(struct teller *teller, const struct port_plan *plan, unsigned int n)
{
	pthread_mutex_lock(&teller->lock);
	port_progress_at(plan, n, &teller->progress);
	pthread_mutex_unlock(&teller->lock);
}
