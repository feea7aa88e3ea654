/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "clock.h"
#include "json-members.h"
#include "log.h"
#include "member.h"

/* The task ends: from here on the worker has none, whatever its owner does in done(). */
static void worker_finish(struct worker *worker, struct json_object *result, const struct failure *failure)
{
	struct task *task = worker->task;

	worker->task = NULL;
	worker->hanging = false;
	sd_event_source_set_enabled(worker->timer, SD_EVENT_OFF);
	if (!task)
		return;
	task->worker = NULL;
	task->ops->done(task, result, failure);
}

static void worker_describe_end(struct worker *worker, struct failure *failure)
{
	const struct task *task = worker->task;

	if (!worker->told) {
		failure_set_errno(failure, -ENOMEM, "Passing the request on");
		return;
	}
	failure_set(failure, ERROR_INTERNAL, worker->object, "The worker that did \"%s\" ended in the middle of it.",
		    task->kind);
	if (*worker->step)
		failure_set(failure, ERROR_INTERNAL, worker->object,
			    "The worker that did \"%s\" ended in step %s (%s of %s).", task->kind, worker->step,
			    worker->attribute, worker->object);
	failure->outcome = task->writes ? OUTCOME_UNKNOWN : OUTCOME_UNCHANGED;
	snprintf(failure->step, sizeof(failure->step), "%s", worker->step);
	snprintf(failure->attribute, sizeof(failure->attribute), "%s", worker->attribute);
	failure_set_remedy(failure, task->writes
					    ? "See with 'cxlctl status' and 'cxlctl region list' what became of it."
					    : "Try again; the daemon's log ('journalctl -u cxl-regiond') tells more.");
}

static void worker_end(struct worker *worker)
{
	struct failure failure;

	sd_event_source_set_enabled(worker->io, SD_EVENT_OFF);
	list_remove(&worker->node); /* the end of its task can be the start of another, which must not come here */
	if (worker->task) {
		worker_describe_end(worker, &failure);
		worker->task->lost = true;
		worker_finish(worker, NULL, &failure);
	}
	worker->ops->gone(worker);
}

static void worker_arm_timer(struct worker *worker)
{
	sd_event_source_set_time_relative(worker->timer, WORKER_HANG_USEC);
	sd_event_source_set_enabled(worker->timer, SD_EVENT_ONESHOT);
}

static void worker_set_hanging(struct worker *worker, bool hanging)
{
	if (worker->hanging == hanging)
		return;
	worker->hanging = hanging;
	if (worker->task->ops->hanging)
		worker->task->ops->hanging(worker->task, hanging);
}

static int worker_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct worker *worker = userdata;

	if (!worker->task)
		return 0;
	worker_set_hanging(worker, true);
	worker->ops->hanging(worker);
	return 0;
}

static void worker_take_progress(struct worker *worker, struct json_object *progress)
{
	snprintf(worker->step, sizeof(worker->step), "%s", json_get_string(progress, "step"));
	snprintf(worker->object, sizeof(worker->object), "%s", json_get_string(progress, "object"));
	snprintf(worker->attribute, sizeof(worker->attribute), "%s", json_get_string(progress, "attribute"));
	worker_arm_timer(worker);
	worker_set_hanging(worker, false);
	if (worker->task->ops->progress)
		worker->task->ops->progress(worker->task, progress);
}

static void worker_take_error(struct worker *worker, const char *name, struct json_object *parameters)
{
	struct failure failure;

	failure_from_json(&failure, name, parameters);
	worker_finish(worker, NULL, &failure);
}

/* Returns 0, or -EBADMSG for what no worker of ours says. */
static int worker_take_message(struct worker *worker, struct json_object *message)
{
	struct json_object *member = NULL;
	const char *error = json_get_string(message, "error");

	if (!worker->task || json_get_uint(message, "job") != worker->task->id)
		return -EBADMSG;
	if (json_object_object_get_ex(message, "progress", &member)) {
		worker_take_progress(worker, member);
		return 0;
	}
	if (*error) {
		json_object_object_get_ex(message, "parameters", &member);
		worker_take_error(worker, error, member);
	} else if (json_object_object_get_ex(message, "result", &member)) {
		worker_finish(worker, member, NULL);
	} else {
		return -EBADMSG;
	}
	worker->served++;
	worker->ops->idle(worker);
	return 0;
}

/* Takes all messages that have arrived. */
static int worker_take_messages(struct worker *worker)
{
	for (;;) {
		CLEANUP(cleanup_json) struct json_object *message = NULL;
		int r = frame_reader_next(&worker->reader, &message);

		if (r == 0)
			return 0;
		if (r > 0)
			r = worker_take_message(worker, message);
		if (r < 0)
			return r;
	}
}

static int worker_flush(struct worker *worker)
{
	int r = frame_writer_flush(&worker->writer, worker->fd);

	if (r < 0)
		return r;
	return sd_event_source_set_io_events(worker->io, r ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

static int worker_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct worker *worker = userdata;
	int r = 0;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		r = frame_reader_fill(&worker->reader, fd);
		if (r > 0)
			r = worker_take_messages(worker);
		else if (r == -EAGAIN)
			r = 0;
		else
			r = r < 0 ? r : -EPIPE;
	}
	/* An end of the process shows as end of the stream; a failed write to it is followed by that. */
	if (r == 0 && (events & EPOLLOUT))
		worker_flush(worker);
	if (r == 0)
		return 0;
	if (r == -EBADMSG || r == -EMSGSIZE || r == -ENOBUFS)
		log_write(LOG_ERR, "worker %d sent what is no answer, it is let go", (int)worker->pid);
	worker_end(worker);
	return 0;
}

static int worker_watch(struct worker *worker, sd_event *event)
{
	int r;

	r = fcntl(worker->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (r == 0)
		r = sd_event_add_io(event, &worker->io, worker->fd, EPOLLIN, worker_on_io, worker);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &worker->timer, CLOCK_MONOTONIC, WORKER_HANG_USEC, 0,
					       worker_on_timer, worker);
	if (r >= 0)
		r = sd_event_source_set_enabled(worker->timer, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

int worker_new(sd_event *event, int fd, pid_t pid, const struct worker_ops *ops, void *userdata,
	       struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker) {
		close(fd);
		return -ENOMEM;
	}
	list_init(&worker->node);
	worker->ops = ops;
	worker->userdata = userdata;
	worker->pid = pid;
	worker->born_usec = clock_now();
	worker->fd = fd;
	frame_reader_init(&worker->reader, FRAME_REPLY_MAX);
	frame_writer_init(&worker->writer, FRAME_REPLY_MAX);
	r = worker_watch(worker, event);
	if (r < 0) {
		worker_free(worker);
		return r;
	}
	*ret_worker = worker;
	return 0;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	list_remove(&worker->node);
	sd_event_source_disable_unref(worker->io);
	sd_event_source_disable_unref(worker->timer);
	frame_reader_done(&worker->reader);
	frame_writer_done(&worker->writer);
	cleanup_close(&worker->fd);
	free(worker);
}

static int worker_send(struct worker *worker, struct json_object *message)
{
	int r = frame_writer_push(&worker->writer, message);

	if (r < 0)
		return r;
	/* A broken pipe is no failure here: the end of the stream tells it, and the loop takes that. */
	worker_flush(worker);
	return 0;
}

static int worker_send_task(struct worker *worker, struct task *task)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();

	if (!message || member_add_uint(message, "job", task->id) < 0 ||
	    member_add_string(message, "kind", task->kind) < 0)
		return -ENOMEM;
	if (task->writes && member_add_uint(message, "uid", task->uid) < 0)
		return -ENOMEM;
	if (task->key &&
	    (member_add_string(message, "key", task->key) < 0 || member_add_uint(message, "hash", task->hash) < 0))
		return -ENOMEM;
	if (task->locks && member_add(message, "locks", json_object_get(task->locks)) < 0)
		return -ENOMEM;
	if (member_add(message, "parameters",
		       task->parameters ? json_object_get(task->parameters) : json_object_new_object()) < 0)
		return -ENOMEM;
	return worker_send(worker, message);
}

void worker_start(struct worker *worker, struct task *task)
{
	worker->task = task;
	task->worker = worker;
	task->started_usec = clock_now();
	worker->step[0] = worker->object[0] = worker->attribute[0] = '\0';
	worker_arm_timer(worker);
	worker->told = worker_send_task(worker, task) >= 0;
	/* Out of memory: the worker never heard of it. It is let go, and its end fails the task from the loop. */
	worker->dismissed = !worker->told;
	if (worker->dismissed)
		shutdown(worker->fd, SHUT_RDWR);
}

void worker_cancel(struct worker *worker)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();

	if (message && member_add_uint(message, "cancel", worker->task->id) == 0)
		worker_send(worker, message);
}
