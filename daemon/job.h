/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request to change the host, from its arrival to its end. Knows no socket and no clock. */
#ifndef CXL_REGIOND_DAEMON_JOB_H
#define CXL_REGIOND_DAEMON_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libregion.h"
#include "list.h"
#include "lock-table.h"

struct json_object;

#define JOB_GENERATION_MAX 64
#define JOB_TEXT_MAX	   64

enum job_kind {
	JOB_CREATE,
	JOB_DELETE,
	JOB_ENABLE,
	JOB_DISABLE,
	JOB_REPAIR,
	JOB_UNBIND_PORT,
	JOB_BIND_PORT,
	JOB_REAP,  /* delete what a port that went left of a region that this daemon made */
	JOB_LEASE, /* locks for an outside program: no worker works on it */
};

enum job_state {
	JOB_BINDING, /* waits, and its name is being looked up */
	JOB_WAITING,
	JOB_RUNNING, /* has its locks */
	JOB_DONE,
	JOB_FAILED,
};

/* How far a worker is: what it told right before it began the step. */
struct job_progress {
	uint64_t n;
	uint64_t m;
	char step[JOB_TEXT_MAX];
	char object[JOB_TEXT_MAX];
	char attribute[JOB_TEXT_MAX];
};

struct job {
	struct list node; /* in the queue */
	struct lock_request locks;
	uint64_t id;
	enum job_kind kind;
	enum job_state state;
	char region[REGION_NAME_MAX]; /* or port; empty for a create that has no name yet, and what is about none */
	char generation[JOB_GENERATION_MAX];
	uid_t uid;
	pid_t pid;
	uint64_t arrived_usec;
	uint64_t started_usec; /* 0 while it waits */
	uint64_t ended_usec;
	bool names_memdevs; /* a create that is to be on these and no others */
	bool detached;	    /* its client does not wait */
	uint64_t lease;	    /* the job whose locks it works under; 0 for none */
	bool hanging;
	struct job_progress progress;
};

/* job_kind_name() - "create", as workers and logs call it. */
const char *job_kind_name(enum job_kind kind);

/* job_kind_find() - the kind of that name. Returns false when there is none. */
bool job_kind_find(const char *name, enum job_kind *ret_kind);

/* job_kind_has_region() - is such a job about a region that is there when it arrives? */
bool job_kind_has_region(enum job_kind kind);

/* job_kind_has_many_plans() - may such a job have several plans, each a transaction of its own? */
bool job_kind_has_many_plans(enum job_kind kind);

/* job_take_progress() - note what a worker reported. A create learns its region's name from it. */
void job_take_progress(struct job *job, struct json_object *progress);

/* job_to_json() - what the interface's type Job has of it alone; see job-record.h. Returns 0 or -ENOMEM. */
int job_to_json(const struct job *job, uint64_t now_usec, struct json_object **ret_json);

#endif
