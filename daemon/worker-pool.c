/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker-pool.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "member.h"
#include "spawner.h"

/* What the workers are at. */
struct pool_census {
	unsigned int all;
	unsigned int hanging;
	unsigned int writing;
	unsigned int idle_count;
	struct worker *idle;
};

static struct worker *worker_of(struct list *node)
{
	return list_owner(node, struct worker, node);
}

static struct pool_census pool_count(const struct pool *pool)
{
	struct pool_census census = {};

	for (struct list *node = pool->workers.next; node != &pool->workers; node = node->next) {
		struct worker *worker = worker_of(node);

		census.all++;
		if (!worker->task) {
			census.idle_count++;
			census.idle = worker;
		} else {
			census.writing += worker->task->writes;
			census.hanging += worker->hanging;
		}
	}
	return census;
}

static void pool_wake(struct pool *pool)
{
	sd_event_source_set_enabled(pool->settle, SD_EVENT_ONESHOT);
}

static void pool_start_backoff(struct pool *pool)
{
	uint64_t delay = POOL_BACKOFF_MIN_USEC;

	for (unsigned int i = 1; i < pool->failures && delay < POOL_BACKOFF_MAX_USEC; i++)
		delay *= 2;
	if (delay > POOL_BACKOFF_MAX_USEC)
		delay = POOL_BACKOFF_MAX_USEC;
	sd_event_source_set_time_relative(pool->backoff, delay);
	sd_event_source_set_enabled(pool->backoff, SD_EVENT_ONESHOT);
}

static void pool_note_failure(struct pool *pool)
{
	pool->failures++;
	pool_start_backoff(pool);
}

static bool pool_is_backing_off(struct pool *pool)
{
	int enabled = SD_EVENT_OFF;

	sd_event_source_get_enabled(pool->backoff, &enabled);
	return enabled != SD_EVENT_OFF;
}

/*
 * May a task have a worker now? The last idle one is kept: for a write while nobody writes, so that no read makes it
 * wait, and else for a read.
 */
static bool pool_has_room(const struct pool_census *census, const struct task *task)
{
	if (census->idle_count > 1)
		return true;
	return census->idle_count == 1 && (census->writing > 0) != task->writes;
}

/* The first waiting task that may have a worker now. */
static struct task *pool_next_task(struct pool *pool, const struct pool_census *census)
{
	for (struct list *node = pool->waiting.next; node != &pool->waiting; node = node->next) {
		struct task *task = list_owner(node, struct task, node);

		if (pool_has_room(census, task))
			return task;
	}
	return NULL;
}

static void pool_assign(struct pool *pool)
{
	struct pool_census census = pool_count(pool);
	struct task *task;

	while ((task = pool_next_task(pool, &census))) {
		list_remove(&task->node);
		worker_start(census.idle, task);
		census = pool_count(pool);
	}
}

static void pool_resize(struct pool *pool)
{
	struct pool_census census = pool_count(pool);
	unsigned int extra = census.hanging < POOL_EXTRA_MAX ? census.hanging : POOL_EXTRA_MAX;
	unsigned int wanted = pool->size + extra;

	if (census.all > wanted && census.idle)
		worker_free(census.idle);
	while (census.all + pool->starting < wanted && !pool_is_backing_off(pool)) {
		if (spawner_request(pool->spawner_fd) < 0) {
			pool_note_failure(pool);
			return;
		}
		pool->starting++;
	}
}

/* It ends when it can get no further request, and its end of the socket goes with it. */
static void pool_close_spawner(struct pool *pool)
{
	if (pool->processes == 0)
		shutdown(pool->spawner_fd, SHUT_WR);
}

static void pool_let_go(struct pool *pool)
{
	struct worker *idle;

	while ((idle = pool_count(pool).idle))
		worker_free(idle);
	pool_close_spawner(pool);
}

static int pool_on_settle(sd_event_source *source, void *userdata)
{
	struct pool *pool = userdata;

	if (pool->closing) {
		pool_let_go(pool);
		return 0;
	}
	pool_assign(pool);
	pool_resize(pool);
	return 0;
}

static int pool_on_backoff(sd_event_source *source, uint64_t usec, void *userdata)
{
	pool_wake(userdata);
	return 0;
}

static void pool_on_idle(struct worker *worker)
{
	struct pool *pool = worker->userdata;

	pool->failures = 0;
	/* A turn of the loop is spared where nobody waits for a worker and there are as many as there are to be. */
	if (pool->closing || !list_is_empty(&pool->waiting) || pool_count(pool).all != pool->size)
		pool_wake(pool);
}

static void pool_on_hanging(struct worker *worker)
{
	log_write(LOG_WARNING, "worker %d makes no progress in \"%s\"%s%s%s%s", (int)worker->pid, worker->task->kind,
		  *worker->attribute ? ", attribute " : "", worker->attribute, *worker->object ? " of " : "",
		  worker->object);
	pool_wake(worker->userdata);
}

static void pool_on_gone(struct worker *worker)
{
	struct pool *pool = worker->userdata;

	if (!worker->dismissed && worker->served == 0 && clock_now() - worker->born_usec < POOL_YOUNG_USEC)
		pool_note_failure(pool);
	worker_free(worker);
	pool_wake(pool);
}

static const struct worker_ops pool_worker_ops = {
	.idle = pool_on_idle,
	.hanging = pool_on_hanging,
	.gone = pool_on_gone,
};

static void pool_add(struct pool *pool, pid_t pid, int fd)
{
	struct worker *worker;

	if (worker_new(pool->event, fd, pid, &pool_worker_ops, pool, &worker) < 0) {
		pool_note_failure(pool);
		return;
	}
	list_append(&pool->workers, &worker->node);
}

static void pool_log_exit(const struct spawner_message *message)
{
	if (WIFSIGNALED(message->status))
		log_write(LOG_ERR, "worker %d was killed by signal %d (SIG%s)", (int)message->pid,
			  WTERMSIG(message->status), sigabbrev_np(WTERMSIG(message->status)));
	else if (WEXITSTATUS(message->status) != 0)
		log_write(LOG_ERR, "worker %d ended with status %d", (int)message->pid, WEXITSTATUS(message->status));
	else
		log_write(LOG_DEBUG, "worker %d ended", (int)message->pid);
}

static void pool_take_message(struct pool *pool, const struct spawner_message *message, int fd)
{
	switch (message->event) {
	case SPAWNER_STARTED:
		pool->starting--;
		pool->processes++;
		pool_add(pool, message->pid, fd);
		break;
	case SPAWNER_FAILED:
		pool->starting--;
		log_write(LOG_ERR, "cannot start a worker: %s", strerror(-message->error));
		pool_note_failure(pool);
		break;
	case SPAWNER_EXITED:
		pool->processes--;
		pool_log_exit(message);
		break;
	}
}

static int pool_on_spawner(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct pool *pool = userdata;
	struct spawner_message message;
	int worker_fd, r;

	r = spawner_receive(fd, &message, &worker_fd);
	if (r == -EAGAIN || r == -EINTR)
		return 0;
	if (r <= 0) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		pool->spawner_gone(pool->userdata);
		return 0;
	}
	pool_take_message(pool, &message, worker_fd);
	if (pool->closing)
		pool_close_spawner(pool);
	pool_wake(pool);
	return 0;
}

int pool_init(struct pool *pool, sd_event *event, int spawner_fd, unsigned int size,
	      void (*spawner_gone)(void *userdata), void *userdata)
{
	int r;

	*pool = (struct pool){ .event = event,
			       .spawner_fd = spawner_fd,
			       .size = size,
			       .spawner_gone = spawner_gone,
			       .userdata = userdata };
	list_init(&pool->workers);
	list_init(&pool->waiting);
	r = sd_event_add_io(event, &pool->spawner_io, spawner_fd, EPOLLIN, pool_on_spawner, pool);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &pool->backoff, CLOCK_MONOTONIC, 0, 0, pool_on_backoff, pool);
	if (r >= 0)
		r = sd_event_source_set_enabled(pool->backoff, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(event, &pool->settle, pool_on_settle, pool);
	if (r < 0) {
		pool_done(pool);
		return r;
	}
	return 0;
}

void pool_done(struct pool *pool)
{
	if (!pool->event)
		return;
	while (!list_is_empty(&pool->workers))
		worker_free(worker_of(pool->workers.next));
	sd_event_source_disable_unref(pool->spawner_io);
	sd_event_source_disable_unref(pool->backoff);
	sd_event_source_disable_unref(pool->settle);
	cleanup_close(&pool->spawner_fd);
	pool->event = NULL;
}

void pool_close(struct pool *pool)
{
	pool->closing = true;
	pool_let_go(pool);
}

void pool_submit(struct pool *pool, struct task *task)
{
	task->worker = NULL;
	list_append(&pool->waiting, &task->node);
	/* Reads wait for the next turn of the loop: equal questions that come in this one share it. */
	if (task->writes && !pool->closing)
		pool_assign(pool);
	if (!list_is_empty(&pool->waiting))
		pool_wake(pool);
}

bool pool_has_idle(const struct pool *pool)
{
	const struct task writing = { .writes = true };
	struct pool_census census = pool_count(pool);

	return pool_has_room(&census, &writing);
}

void pool_withdraw(struct pool *pool, struct task *task)
{
	list_remove(&task->node);
}

static int pool_describe_worker(const struct worker *worker, struct json_object *sentences)
{
	char text[256];

	snprintf(text, sizeof(text), "Worker %d %s in \"%s\"%s%s%s%s, for %llu s.", (int)worker->pid,
		 worker->hanging ? "hangs" : "is", worker->task->kind, *worker->attribute ? ", attribute " : "",
		 worker->attribute, *worker->object ? " of " : "", worker->object,
		 (unsigned long long)((clock_now() - worker->task->started_usec) / 1000000));
	return member_append(sentences, json_object_new_string(text));
}

int pool_describe_hanging(const struct pool *pool, struct json_object *sentences)
{
	int r = 0;

	for (struct list *node = pool->workers.next; r == 0 && node != &pool->workers; node = node->next)
		if (worker_of(node)->hanging)
			r = pool_describe_worker(worker_of(node), sentences);
	return r;
}

int pool_describe_busy(const struct pool *pool, struct json_object *sentences)
{
	int r = 0;

	for (struct list *node = pool->workers.next; r == 0 && node != &pool->workers; node = node->next)
		if (worker_of(node)->task)
			r = pool_describe_worker(worker_of(node), sentences);
	return r;
}
