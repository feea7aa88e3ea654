/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One worker process, as the main process sees it: a socket that takes a task and tells how it goes. */
#ifndef CXL_REGIOND_DAEMON_WORKER_H
#define CXL_REGIOND_DAEMON_WORKER_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "frame.h"
#include "task.h"

/* Without progress for this long inside a task, a worker counts as hanging. */
#define WORKER_HANG_USEC (5 * 1000000ull)

/* Called from within the worker: only gone() may free it. */
struct worker_ops {
	void (*idle)(struct worker *worker);	/* its task is done, it may have another */
	void (*hanging)(struct worker *worker); /* its task hangs */
	void (*gone)(struct worker *worker);	/* its process ended; free it */
};

struct worker {
	struct list node; /* in the pool */
	const struct worker_ops *ops;
	void *userdata;
	pid_t pid;
	int fd;
	struct frame_reader reader;
	struct frame_writer writer;
	sd_event_source *io;
	sd_event_source *timer; /* of the hang */
	struct task *task;
	bool told;	/* of its task; false when there was no memory to do so */
	bool dismissed; /* for that reason, which is no fault of its own */
	bool hanging;
	uint64_t served; /* tasks that it finished */
	uint64_t born_usec;
	char step[32]; /* of the task at hand, for those who ask what hangs */
	char object[64];
	char attribute[64];
};

/* worker_new() - fd is taken, also on failure. Returns 0 or a negative errno. */
int worker_new(sd_event *event, int fd, pid_t pid, const struct worker_ops *ops, void *userdata,
	       struct worker **ret_worker);

/* worker_free() - close its socket, upon which the process ends once it has nothing to do. It must have no task. */
void worker_free(struct worker *worker);

/* worker_start() - give it a task. Whatever goes wrong is told through the task's done(), later. */
void worker_start(struct worker *worker, struct task *task);

/* worker_cancel() - ask it to stop between two steps. */
void worker_cancel(struct worker *worker);

#endif
