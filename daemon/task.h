/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One piece of work for one worker. It is embedded in whatever wants it done. */
#ifndef CXL_REGIOND_DAEMON_TASK_H
#define CXL_REGIOND_DAEMON_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "list.h"

struct json_object;
struct task;
struct worker;

struct task_ops {
	/* A worker is about to take a step. progress stays the worker's. May be NULL. */
	void (*progress)(struct task *task, struct json_object *progress);
	/* No progress for long (hanging), or progress again. May be NULL. */
	void (*hanging)(struct task *task, bool hanging);
	/* The end: a result, or NULL and a failure. The task is its owner's again, who may free it. */
	void (*done)(struct task *task, struct json_object *result, const struct failure *failure);
};

struct task {
	struct list node; /* in the pool's queue while no worker has it */
	const struct task_ops *ops;
	uint64_t id; /* unique among the tasks that a pool has */
	const char *kind;
	struct json_object *parameters; /* the owner's */
	struct json_object
		*locks; /* names of those that the job has, the owner's; NULL for the whole host, and for reads */
	bool writes;
	uid_t uid;	       /* who wants it, for the log of a job that writes */
	const char *key;       /* under which it is wanted, the owner's; NULL for none */
	uint64_t hash;	       /* of the request that has the key */
	bool lost;	       /* it failed because its worker ended in the middle of it */
	struct worker *worker; /* NULL while it waits */
	uint64_t started_usec; /* CLOCK_MONOTONIC, when the worker got it */
};

#endif
