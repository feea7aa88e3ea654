/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-queue.h"

#include <string.h>

static struct job *job_of(struct list *node)
{
	return list_owner(node, struct job, node);
}

void job_queue_init(struct job_queue *queue)
{
	*queue = (struct job_queue){};
	list_init(&queue->jobs);
	lock_table_init(&queue->locks);
}

static struct job *job_of_request(const struct lock_request *request)
{
	return list_owner(request, struct job, locks);
}

static unsigned int job_queue_count_of(const struct job_queue *queue, uid_t uid)
{
	unsigned int count = 0;

	for (struct list *node = queue->jobs.next; node != &queue->jobs; node = node->next)
		count += job_of(node)->uid == uid;
	return count;
}

enum job_admission job_queue_admits(const struct job_queue *queue, uid_t uid)
{
	unsigned int kept = uid == 0 ? 0 : JOB_QUEUE_KEPT_FOR_ROOT;

	if (queue->count >= JOB_QUEUE_MAX - kept || queue->held >= JOB_QUEUE_HOLD_MAX)
		return JOB_REFUSED_TOTAL;
	return job_queue_count_of(queue, uid) < JOB_QUEUE_MAX_PER_UID ? JOB_ADMITTED : JOB_REFUSED_UID;
}

bool job_queue_is_idle(const struct job_queue *queue)
{
	return queue->count == 0;
}

bool job_queue_is_working(const struct job_queue *queue)
{
	return job_queue_running(queue);
}

bool job_queue_has_way(const struct job_queue *queue, const struct job *job)
{
	return queue->binding == 0 && lock_table_may_grant(&queue->locks, &job->locks);
}

void job_queue_push(struct job_queue *queue, struct job *job)
{
	list_append(&queue->jobs, &job->node);
	lock_table_add(&queue->locks, &job->locks);
	queue->count++;
	if (job->state == JOB_BINDING) {
		queue->binding++;
		queue->held += lock_table_next(&queue->locks) != NULL;
	}
}

/* Once nobody is looked up any more, whoever waits may start: the hold is over. */
static void job_queue_unbind(struct job_queue *queue)
{
	queue->binding--;
	if (queue->binding == 0)
		queue->held = 0;
}

void job_queue_bound(struct job_queue *queue, struct job *job)
{
	job->state = JOB_WAITING;
	job_queue_unbind(queue);
}

struct job *job_queue_next(struct job_queue *queue)
{
	struct lock_request *request = queue->binding > 0 ? NULL : lock_table_next(&queue->locks);

	return request ? job_of_request(request) : NULL;
}

void job_queue_start(struct job_queue *queue, struct job *job)
{
	lock_table_grant(&queue->locks, &job->locks);
	job->state = JOB_RUNNING;
	queue->running++;
	queue->held = 0;
}

bool job_queue_exchange(struct job_queue *queue, struct job *job, struct lock_set *set)
{
	if (!lock_table_exchange(&queue->locks, &job->locks, set))
		return false;
	job->state = JOB_WAITING;
	job->started_usec = 0;
	queue->running--;
	return true;
}

const struct job *job_queue_blocker(const struct job_queue *queue, const struct job *job, const char **ret_lock)
{
	const struct lock_request *request = lock_table_blocker(&queue->locks, &job->locks, ret_lock);

	return request ? job_of_request(request) : NULL;
}

void job_queue_remove(struct job_queue *queue, struct job *job)
{
	list_remove(&job->node);
	lock_table_remove(&queue->locks, &job->locks);
	queue->count--;
	switch (job->state) {
	case JOB_BINDING:
		job_queue_unbind(queue);
		break;
	case JOB_WAITING:
		break;
	case JOB_RUNNING:
		queue->running--;
		break;
	case JOB_DONE:
	case JOB_FAILED:
		break;
	}
}

/* Nobody of ours works on a lease. */
static bool is_worked_on(const struct job *job)
{
	return job->state == JOB_RUNNING && job->kind != JOB_LEASE;
}

struct job *job_queue_running(const struct job_queue *queue)
{
	for (struct list *node = queue->jobs.next; node != &queue->jobs; node = node->next)
		if (is_worked_on(job_of(node)))
			return job_of(node);
	return NULL;
}

struct job *job_queue_find(const struct job_queue *queue, uint64_t id)
{
	for (struct list *node = queue->jobs.next; node != &queue->jobs; node = node->next)
		if (job_of(node)->id == id)
			return job_of(node);
	return NULL;
}

bool job_queue_has(const struct job_queue *queue, uint64_t id)
{
	return job_queue_find(queue, id);
}

bool job_queue_works_on(const struct job_queue *queue, const char *region)
{
	for (struct list *node = queue->jobs.next; node != &queue->jobs; node = node->next)
		/* A create that has not told its region's name yet can be the one. */
		if (is_worked_on(job_of(node)) &&
		    (job_kind_has_many_plans(job_of(node)->kind) || job_of(node)->region[0] == '\0' ||
		     strcmp(job_of(node)->region, region) == 0))
			return true;
	return false;
}
