/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assignment.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "access.h"
#include "cleanup.h"
#include "clock.h"
#include "job-waiter.h"
#include "json-members.h"
#include "lease.h"
#include "lock-scope.h"
#include "member.h"
#include "runner-timeout.h"

/* -- progress -------------------------------------------------------------- */

static int progress_for_client(const struct job *job, struct json_object **ret_parameters)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	struct json_object *progress = parameters ? json_object_new_object() : NULL;

	if (!progress || member_add(parameters, "progress", progress) < 0 ||
	    member_add_uint(progress, "job", job->id) < 0 || member_add_uint(progress, "n", job->progress.n) < 0 ||
	    member_add_uint(progress, "m", job->progress.m) < 0 ||
	    member_add_string(progress, "step", job->progress.step) < 0 ||
	    member_add_string(progress, "object", job->progress.object) < 0)
		return -ENOMEM;
	*ret_parameters = steal_pointer(parameters);
	return 0;
}

static void tell_progress(const struct job *job, struct call *call)
{
	struct json_object *parameters;

	if (call->more && progress_for_client(job, &parameters) == 0)
		call_progress(call, parameters);
}

static void on_progress(struct task *task, struct json_object *progress)
{
	struct assignment *assignment = list_owner(task, struct assignment, task);

	job_take_progress(&assignment->job, progress);
	if (assignment->call)
		tell_progress(&assignment->job, assignment->call);
	for (struct list *node = assignment->waiters.next; node != &assignment->waiters; node = node->next)
		tell_progress(&assignment->job, list_owner(node, struct job_waiter, node)->call);
}

static void on_hanging(struct task *task, bool hanging)
{
	list_owner(task, struct assignment, task)->job.hanging = hanging;
}

/* -- the end ------------------------------------------------------------------ */

void assignment_free(struct assignment *assignment)
{
	query_leave(&assignment->binding);
	sd_event_source_disable_unref(assignment->timer);
	json_object_put(assignment->request);
	json_object_put(assignment->task.parameters);
	json_object_put(assignment->task.locks);
	lock_set_done(&assignment->job.locks.set);
	free(assignment);
}

/* Who waits hears what the caller does, and of a job that is done its record, too. */
static void answer(struct assignment *assignment, struct json_object *result, const struct failure *failure)
{
	struct call *call = steal_pointer(assignment->call);

	if (call && failure)
		call_fail_job(call, failure, assignment->job.id);
	else if (call)
		call_reply(call, json_object_get(result));
}

/* The client comes first, then the journal, which can be slow. */
static void conclude(struct assignment *assignment, struct json_object *result, const struct failure *failure)
{
	struct runner *runner = assignment->runner;
	struct job *job = &assignment->job;

	job_queue_remove(&runner->queue, job);
	answer(assignment, result, failure);
	job->ended_usec = clock_now();
	job_log_end(&runner->log, job, failure, job->ended_usec);
	job_history_add(&runner->history, job, failure, result);
	job_waiters_end(&assignment->waiters, job_history_at(&runner->history, 0, job->ended_usec));
	assignment_free(assignment);
}

void assignment_refuse(struct assignment *assignment, const struct failure *failure)
{
	key_table_forget(&assignment->runner->keys, assignment->key);
	conclude(assignment, NULL, failure);
}

/* Remembers what this daemon made, or that it is gone, and adds that to what the client gets. */
static void note_result(struct assignment *assignment, struct json_object *result)
{
	struct inventory *inventory = assignment->runner->inventory;
	struct json_object *region;

	switch (assignment->job.kind) {
	case JOB_CREATE:
		if (json_object_object_get_ex(result, "region", &region)) {
			snprintf(assignment->job.region, sizeof(assignment->job.region), "%s",
				 json_get_string(region, "region"));
			snprintf(assignment->job.generation, sizeof(assignment->job.generation), "%s",
				 json_get_string(region, "generation"));
			inventory_created(inventory, assignment->job.region, assignment->job.generation);
		}
		break;
	case JOB_DELETE:
		inventory_deleted(inventory, json_get_string(result, "region"), json_get_string(result, "generation"));
		return;
	case JOB_ENABLE:
	case JOB_DISABLE:
		break;
	case JOB_REAP:
		inventory_deleted(inventory, assignment->job.region, assignment->job.generation);
		return;
	case JOB_UNBIND_PORT:
	case JOB_BIND_PORT:
	case JOB_LEASE:
		return;
	case JOB_REPAIR:
		recovery_take(assignment->runner->recovery, result, 0);
		json_object_object_del(result, "kept");
		json_object_object_del(result, "living");
		json_object_object_del(result, "set_aside");
		json_object_object_del(result, "last_job");
		return;
	}
	if (json_object_object_get_ex(result, "region", &region) &&
	    inventory_overlay(inventory, region, assignment->task.started_usec) == 0)
		inventory_put(inventory, region);
}

/* It was stopped because of a port: that is what its client is to hear. */
static void blame_port(const struct assignment *assignment, struct failure *failure)
{
	failure->code = ERROR_PORT_GONE;
	snprintf(failure->message, sizeof(failure->message), "%.64s lost its driver while the job ran (%s).",
		 assignment->gone, outcome_name(failure->outcome));
	failure_set_remedy(failure, "%s", error_row_get(ERROR_PORT_GONE)->remedy);
}

void assignment_end(struct assignment *assignment, struct json_object *result, const struct failure *failure)
{
	struct runner *runner = assignment->runner;
	struct failure told;
	/* Its log stays until what is left is put in order. */
	bool must_look = failure && (assignment->job.kind == JOB_REPAIR || assignment->unsettled);

	if (failure && failure->code == ERROR_CANCELLED && assignment->gone[0]) {
		told = *failure;
		blame_port(assignment, &told);
		failure = &told;
	}
	if (result)
		note_result(assignment, result);
	keyed_settle(assignment, result, failure);
	inventory_job_ended(runner->inventory, clock_now());
	conclude(assignment, result, failure);
	if (must_look)
		recovery_look_again(runner->recovery);
	runner->changed(runner->userdata);
	runner_advance(runner);
}

/* -- the task ------------------------------------------------------------------- */

static void fail_exchange(struct assignment *assignment)
{
	struct failure failure;

	failure_set(&failure, ERROR_CONFLICT, assignment->job.region[0] ? assignment->job.region : NULL,
		    assignment->job.locks.lease ? "The request concerns ports that its lease does not cover."
						: "What the request concerns has changed twice while it waited.");
	assignment_end(assignment, NULL, &failure);
}

/* Nothing was written: the worker only looked. */
static void end_cancelled(struct assignment *assignment)
{
	struct failure failure;

	failure_set(&failure, ERROR_CANCELLED, assignment->job.region[0] ? assignment->job.region : NULL, NULL);
	assignment_end(assignment, NULL, &failure);
}

/* Whose plans depend on what it finds waits for the whole host: no other set is sure to be enough. */
static int take_needs(const struct job *job, struct json_object *result, struct lock_set *set)
{
	if (job_kind_has_many_plans(job->kind))
		return lock_scope_host(set);
	return lock_scope_names(json_get_array(result, "needs"), set);
}

/* The worker found that the host is not as it was last seen: the job waits, where it stood, for what it names. */
static void exchange_locks(struct assignment *assignment, struct json_object *result)
{
	struct job *job = &assignment->job;
	const char *generation = json_get_string(result, "generation");
	struct lock_set set = {};
	struct failure failure;

	if (take_needs(job, result, &set) < 0 || runner_limit_wait(assignment) < 0) {
		failure_set_errno(&failure, -ENOMEM, "Waiting for other locks");
		assignment_end(assignment, NULL, &failure);
	} else if (!job_queue_exchange(&assignment->runner->queue, job, &set)) {
		fail_exchange(assignment);
	} else {
		job->hanging = false;
		if (!job->generation[0] && job_kind_has_region(job->kind))
			snprintf(job->generation, sizeof(job->generation), "%s", generation);
		runner_advance(assignment->runner);
	}
	lock_set_done(&set);
}

/* A worker that never heard of the job left nothing. After a repair, which works on the whole host, all is looked at. */
static bool may_have_left(const struct assignment *assignment, const struct failure *failure)
{
	if (assignment->task.lost)
		return failure->outcome != OUTCOME_UNCHANGED;
	return failure && failure->outcome == OUTCOME_UNKNOWN && assignment->job.kind != JOB_REPAIR;
}

static void on_done(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct assignment *assignment = list_owner(task, struct assignment, task);

	if (may_have_left(assignment, failure))
		lost_job_recover(assignment, failure);
	else if (result && json_get_array(result, "needs") && assignment->cancelled)
		end_cancelled(assignment);
	else if (result && json_get_array(result, "needs"))
		exchange_locks(assignment, result);
	else
		assignment_end(assignment, result, failure);
}

static const struct task_ops assignment_task_ops = {
	.progress = on_progress,
	.hanging = on_hanging,
	.done = on_done,
};

/* Region and generation may have become known since the last try. */
static int fill_parameters(struct assignment *assignment)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL;
	struct task *task = &assignment->task;

	json_object_put(steal_pointer(task->parameters));
	if (!job_kind_has_region(assignment->job.kind)) {
		task->parameters = json_object_get(assignment->request);
		return 0;
	}
	parameters = json_object_new_object();
	if (!parameters || config_add_policy(assignment->runner->config, parameters) < 0 ||
	    member_add_string(parameters, "region", assignment->job.region) < 0 ||
	    json_add_text(parameters, "generation", assignment->job.generation) < 0)
		return -ENOMEM;
	task->parameters = steal_pointer(parameters);
	return 0;
}

/* A worker that has the whole host need not be told what it may touch. */
static int fill_locks(struct assignment *assignment)
{
	const struct lock_set *set = &assignment->job.locks.set;

	json_object_put(steal_pointer(assignment->task.locks));
	return lock_scope_has_host(set) ? 0 : lock_scope_to_json(set, &assignment->task.locks);
}

void assignment_start(struct assignment *assignment)
{
	struct failure failure;

	assignment->timer = sd_event_source_disable_unref(assignment->timer);
	if (assignment->job.kind == JOB_LEASE) {
		lease_begin(assignment);
		return;
	}
	if (fill_parameters(assignment) < 0 || fill_locks(assignment) < 0) {
		failure_set_errno(&failure, -ENOMEM, "Starting the job");
		assignment_refuse(assignment, &failure);
		return;
	}
	job_queue_start(&assignment->runner->queue, &assignment->job);
	assignment->job.started_usec = clock_now();
	assignment->task.writes = true;
	pool_submit(assignment->runner->pool, &assignment->task);
}

void assignment_cancel(struct assignment *assignment, const struct failure *failure)
{
	if (assignment->job.kind == JOB_LEASE && assignment->job.state == JOB_RUNNING) {
		lease_end(assignment, failure);
		return;
	}
	if (assignment->recoveries > 0)
		return;
	if (assignment->task.worker) {
		assignment->cancelled = true;
		worker_cancel(assignment->task.worker);
		return;
	}
	pool_withdraw(assignment->runner->pool, &assignment->task);
	assignment_refuse(assignment, failure);
}

struct assignment *assignment_new(struct runner *runner, struct call *call, const struct runner_request *request)
{
	struct assignment *assignment = calloc(1, sizeof(*assignment));

	if (!assignment)
		return NULL;
	assignment->runner = runner;
	assignment->request = json_object_get(request->parameters);
	assignment->lease_seconds = request->lease_seconds;
	assignment->job = (struct job){ .id = runner_next_id(runner),
					.kind = request->kind,
					.state = JOB_WAITING,
					.uid = call ? call_credentials(call)->uid : getuid(),
					.pid = call ? call_credentials(call)->pid : getpid(),
					.arrived_usec = clock_now() };
	assignment->task = (struct task){ .ops = &assignment_task_ops,
					  .id = assignment->job.id,
					  .kind = job_kind_name(request->kind),
					  .uid = assignment->job.uid };
	snprintf(assignment->job.region, sizeof(assignment->job.region), "%s", request->region ? request->region : "");
	snprintf(assignment->job.generation, sizeof(assignment->job.generation), "%s",
		 request->generation ? request->generation : "");
	list_init(&assignment->job.node);
	list_init(&assignment->job.locks.node);
	list_init(&assignment->task.node);
	list_init(&assignment->binding.node);
	list_init(&assignment->waiters);
	return assignment;
}
