/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner-ports.h"

#include <stdio.h>

#include "assignment.h"
#include "clock.h"
#include "lock-scope.h"

/* What the kernel tells of a port may be read that long after the job that did it. */
#define UNBIND_TOLD_USEC 1000000ull

static void port_gone(struct assignment *assignment, const char *lock)
{
	struct failure failure;

	snprintf(assignment->gone, sizeof(assignment->gone), "%s", lock);
	failure_set(&failure, ERROR_PORT_GONE, assignment->job.region, "%s lost its driver while the job waited.",
		    lock);
	assignment_cancel(assignment, &failure);
}

/* Whose ports were chosen for it may be placed elsewhere; and who works on ports expects them to come and go. */
static bool job_counts_on(const struct job *job)
{
	switch (job->kind) {
	case JOB_CREATE:
		return job->names_memdevs;
	case JOB_DELETE:
	case JOB_ENABLE:
	case JOB_DISABLE:
		return true;
	case JOB_REPAIR:
	case JOB_UNBIND_PORT:
	case JOB_BIND_PORT:
	case JOB_REAP:
	case JOB_LEASE:
		break;
	}
	return false;
}

void runner_port_gone(struct runner *runner, const char *lock)
{
	struct list *node = runner->queue.jobs.next;

	while (node != &runner->queue.jobs) {
		struct list *next = node->next;
		struct job *job = list_owner(node, struct job, node);

		if (job_counts_on(job) && lock_set_has(&job->locks.set, lock))
			port_gone(assignment_of(job), lock);
		node = next;
	}
	runner_advance(runner);
}

static bool has_lock(const struct job *job, const char *lock)
{
	return lock_scope_has_host(&job->locks.set) || lock_set_has(&job->locks.set, lock);
}

static bool is_unbind_of(const struct job *job, const char *lock)
{
	return job->kind == JOB_UNBIND_PORT && has_lock(job, lock);
}

bool runner_unbinds(const struct runner *runner, const char *lock)
{
	const struct list *jobs = &runner->queue.jobs;
	const struct job_past *past;
	uint64_t now = clock_now();

	for (struct list *node = jobs->next; node != jobs; node = node->next) {
		const struct job *job = list_owner(node, struct job, node);

		if (job->state == JOB_RUNNING && is_unbind_of(job, lock))
			return true;
	}
	for (size_t i = 0; (past = job_history_at(&runner->history, i, now)); i++)
		if (now - past->job.ended_usec < UNBIND_TOLD_USEC && is_unbind_of(&past->job, lock))
			return true;
	return false;
}

bool runner_had_lock(const struct runner *runner, const char *lock, uint64_t since_usec)
{
	const struct list *jobs = &runner->queue.jobs;
	const struct job_past *past;

	for (struct list *node = jobs->next; node != jobs; node = node->next) {
		const struct job *job = list_owner(node, struct job, node);

		if (job->state == JOB_RUNNING && has_lock(job, lock))
			return true;
	}
	for (size_t i = 0; (past = job_history_at(&runner->history, i, clock_now())); i++) {
		if (past->job.ended_usec < since_usec)
			break;
		if (has_lock(&past->job, lock))
			return true;
	}
	return false;
}
