/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "cleanup.h"
#include "clock.h"
#include "job-log.h"
#include "json-members.h"
#include "member.h"
#include "replay.h"

/* Ids of tasks that recover: this and that of the job. */
#define RECOVERIES_ID (1ull << 45)
/* So often what a job left is recovered whose worker died, if the workers that recover die, too. */
#define RECOVERIES_MAX 3

/* A job with what it takes to have it done. */
struct assignment {
	struct job job;
	struct runner *runner;
	struct call *call; /* NULL once the client is gone or answered */
	struct task task;
	struct query_waiter binding;
	struct key_entry *key;	 /* NULL for a request without one */
	struct task recovery;	 /* of what its worker left when it died */
	unsigned int recoveries; /* tried; 0 while the job is not lost */
	struct failure loss;	 /* what the client will hear of that */
};

static struct assignment *assignment_of(struct job *job)
{
	return list_owner(job, struct assignment, job);
}

static void assignment_free(struct assignment *assignment)
{
	query_leave(&assignment->binding);
	json_object_put(assignment->task.parameters);
	free(assignment);
}

static void runner_advance(struct runner *runner);

/* The end of a job that did not run: nothing was written. */
static void assignment_refuse(struct assignment *assignment, const struct failure *failure)
{
	struct runner *runner = assignment->runner;
	struct call *call = assignment->call;

	job_log_end(&assignment->job, failure, clock_now());
	job_queue_remove(&runner->queue, &assignment->job);
	key_table_forget(&runner->keys, assignment->key);
	if (call)
		call_fail_job(call, failure, assignment->job.id);
	assignment_free(assignment);
}

/* What waits for a client that is gone is dropped, unless it may ask again for what it named; what runs goes on. */
static void assignment_on_abandon(void *holder)
{
	struct assignment *assignment = holder;
	struct runner *runner = assignment->runner;
	struct failure failure;

	assignment->call = NULL;
	if (assignment->job.state == JOB_RUNNING || assignment->key)
		return;
	failure_set(&failure, ERROR_CANCELLED, assignment->job.region, "The client went away while the job waited.");
	assignment_refuse(assignment, &failure);
	runner_advance(runner);
}

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

static void assignment_on_progress(struct task *task, struct json_object *progress)
{
	struct assignment *assignment = list_owner(task, struct assignment, task);
	struct json_object *parameters;

	job_take_progress(&assignment->job, progress);
	if (assignment->call && assignment->call->more && progress_for_client(&assignment->job, &parameters) == 0)
		call_progress(assignment->call, parameters);
}

static void assignment_on_hanging(struct task *task, bool hanging)
{
	list_owner(task, struct assignment, task)->job.hanging = hanging;
}

/* Remembers what this daemon made, or that it is gone, and adds that to what the client gets. */
static void assignment_note_result(struct assignment *assignment, struct json_object *result)
{
	struct inventory *inventory = assignment->runner->inventory;
	struct json_object *region;

	switch (assignment->job.kind) {
	case JOB_CREATE:
		if (json_object_object_get_ex(result, "region", &region)) {
			snprintf(assignment->job.region, sizeof(assignment->job.region), "%s",
				 json_get_string(region, "region"));
			inventory_created(inventory, assignment->job.region, json_get_string(region, "generation"));
		}
		break;
	case JOB_DELETE:
		inventory_deleted(inventory, json_get_string(result, "region"), json_get_string(result, "generation"));
		return;
	case JOB_ENABLE:
	case JOB_DISABLE:
		break;
	case JOB_REPAIR:
		recovery_take(assignment->runner->recovery, result, 0);
		json_object_object_del(result, "kept");
		json_object_object_del(result, "living");
		json_object_object_del(result, "set_aside");
		json_object_object_del(result, "last_job");
		return;
	}
	if (json_object_object_get_ex(result, "region", &region))
		inventory_overlay(inventory, region, assignment->task.started_usec);
}

/* What has taken effect keeps its key, whatever its client hears; all else may be tried again. */
static void assignment_settle_key(struct assignment *assignment, struct json_object *result,
				  const struct failure *failure)
{
	const struct job *job = &assignment->job;
	struct key_entry *key = assignment->key;

	if (!key)
		return;
	if (!key->region[0] && (result || failure->outcome == OUTCOME_DONE)) /* else a recovery found it done */
		key_entry_set_object(key, job->region, job->generation);
	if (key->region[0])
		key_entry_finish(key, clock_now(), result);
	else
		key_table_forget(&assignment->runner->keys, key);
}

/* The end of a job that ran. */
static void assignment_end(struct assignment *assignment, struct json_object *result, const struct failure *failure)
{
	struct runner *runner = assignment->runner;
	struct call *call = assignment->call;

	job_queue_remove(&runner->queue, &assignment->job);
	if (result)
		assignment_note_result(assignment, result);
	assignment_settle_key(assignment, result, failure);
	inventory_job_ended(runner->inventory, clock_now());
	if (call && result)
		call_reply(call, json_object_get(result));
	else if (call)
		call_fail_job(call, failure, assignment->job.id);
	job_log_end(&assignment->job, failure, clock_now()); /* the journal can be slow: the client comes first */
	/* Its log stays until what is left is put in order. */
	if (failure && (failure->outcome == OUTCOME_UNKNOWN || assignment->job.kind == JOB_REPAIR))
		recovery_look_again(runner->recovery);
	assignment_free(assignment);
	runner->changed(runner->userdata);
	runner_advance(runner);
}

static void assignment_recover(struct assignment *assignment);

/* What the client hears of a job that died with its worker, now that it is known what became of the host. */
static void assignment_describe_loss(struct assignment *assignment, struct json_object *interrupted)
{
	struct failure *loss = &assignment->loss;

	loss->outcome = OUTCOME_UNCHANGED; /* without a log nothing was begun */
	if (interrupted) {
		loss->outcome = outcome_find(json_get_string(interrupted, "outcome"));
		snprintf(loss->message, sizeof(loss->message), "%.500s", json_get_string(interrupted, "message"));
	}
	/* Its log tells of one of its plans; and what an earlier look put in order has no log any more. */
	if (assignment->job.kind == JOB_REPAIR || (!interrupted && assignment->recoveries > 1))
		loss->outcome = OUTCOME_UNKNOWN;
	loss->retryable = loss->outcome == OUTCOME_UNCHANGED || loss->outcome == OUTCOME_UNDONE;
	if (loss->outcome != OUTCOME_UNKNOWN)
		failure_set_remedy(loss,
				   "%s The daemon's log ('journalctl -u cxl-regiond') may tell why the worker ended.",
				   loss->retryable ? "Try again." : "Nothing is left to be done.");
}

/* A worker that recovers can die as well; and one that was let go may not have ended yet. */
static bool must_recover_again(const struct assignment *assignment, struct json_object *result)
{
	return result ? recovery_is_living(result, assignment->job.id) : assignment->recovery.lost;
}

static void assignment_on_recovered(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct assignment *assignment = list_owner(task, struct assignment, recovery);

	json_object_put(steal_pointer(task->parameters));
	if (must_recover_again(assignment, result) && assignment->recoveries < RECOVERIES_MAX) {
		assignment_recover(assignment);
		return;
	}
	if (result) {
		recovery_take(assignment->runner->recovery, result, assignment->job.id);
		assignment_describe_loss(assignment, recovery_find(result, assignment->job.id));
	}
	assignment_end(assignment, NULL, &assignment->loss);
}

/* The job keeps its place meanwhile: nobody else works on what it left. */
static void assignment_recover(struct assignment *assignment)
{
	static const struct task_ops ops = { .done = assignment_on_recovered };
	struct json_object *parameters = json_object_new_object();

	if (parameters && member_add_uint(parameters, "patience_ms", RECOVERY_PATIENCE_MS) < 0)
		json_object_put(steal_pointer(parameters));
	assignment->recoveries++;
	assignment->recovery = (struct task){
		.ops = &ops, .id = RECOVERIES_ID + assignment->job.id, .kind = "recover", .parameters = parameters
	};
	list_init(&assignment->recovery.node);
	pool_submit(assignment->runner->pool, &assignment->recovery);
}

static void assignment_on_done(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct assignment *assignment = list_owner(task, struct assignment, task);

	/* A worker that never heard of the job left nothing. */
	if (!task->lost || failure->outcome == OUTCOME_UNCHANGED) {
		assignment_end(assignment, result, failure);
		return;
	}
	assignment->loss = *failure;
	assignment_recover(assignment);
}

static const struct task_ops assignment_task_ops = {
	.progress = assignment_on_progress,
	.hanging = assignment_on_hanging,
	.done = assignment_on_done,
};

static int assignment_fill_parameters(struct assignment *assignment)
{
	struct json_object *parameters = assignment->task.parameters;

	if (!job_kind_has_region(assignment->job.kind))
		return 0;
	if (config_add_policy(assignment->runner->config, parameters) < 0 ||
	    member_add_string(parameters, "region", assignment->job.region) < 0)
		return -ENOMEM;
	return json_add_text(parameters, "generation", assignment->job.generation);
}

static void assignment_start(struct assignment *assignment)
{
	struct failure failure;

	if (assignment_fill_parameters(assignment) < 0) {
		failure_set_errno(&failure, -ENOMEM, "Starting the job");
		assignment_refuse(assignment, &failure);
		return;
	}
	job_queue_start(&assignment->runner->queue, &assignment->job);
	assignment->job.started_usec = clock_now();
	assignment->task.writes = true;
	pool_submit(assignment->runner->pool, &assignment->task);
}

static void runner_advance(struct runner *runner)
{
	struct job *job;

	while ((job = job_queue_next(&runner->queue)))
		assignment_start(assignment_of(job));
}

/* Without an answer in time, what the inventory has is what the name meant, as far as can be told. */
static const char *binding_generation(struct assignment *assignment, struct json_object *result)
{
	struct json_object *known = result;

	if (!known)
		known = inventory_find(assignment->runner->inventory, assignment->job.region);
	return known ? json_get_string(known, "generation") : "";
}

static void binding_on_answer(struct query_waiter *waiter, struct json_object *result, const struct failure *failure,
			      uint64_t began_usec)
{
	struct assignment *assignment = list_owner(waiter, struct assignment, binding);
	struct runner *runner = assignment->runner;
	const char *generation = failure ? "" : binding_generation(assignment, result);
	struct failure unbound;

	if (*generation) {
		snprintf(assignment->job.generation, sizeof(assignment->job.generation), "%s", generation);
		job_queue_bound(&runner->queue, &assignment->job);
	} else {
		failure_set(&unbound, ERROR_TOO_BUSY, assignment->job.region,
			    "The kernel did not answer in time what %s is.", assignment->job.region);
		assignment_refuse(assignment, failure ? failure : &unbound);
	}
	runner_advance(runner);
}

static int assignment_bind(struct assignment *assignment)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters || member_add_string(parameters, "region", assignment->job.region) < 0)
		return -ENOMEM;
	assignment->binding.answer = binding_on_answer;
	return query_ask(assignment->runner->queries, "resolve", steal_pointer(parameters), &assignment->binding);
}

static bool assignment_must_bind(const struct assignment *assignment)
{
	bool starts_at_once = job_queue_is_idle(&assignment->runner->queue) && pool_has_idle(assignment->runner->pool);

	return job_kind_has_region(assignment->job.kind) && !assignment->job.generation[0] && !starts_at_once;
}

static int runner_admit(struct runner *runner, const struct credentials *credentials, struct failure *failure)
{
	unsigned int uid = (unsigned int)credentials->uid;

	if (runner->stopping)
		return failure_set(failure, ERROR_CANCELLED, NULL, "cxl-regiond is stopping.");
	if (runner->config->refuse_unfixed_kernel && !startup_kernel_is_fixed(runner->startup)) {
		failure_set(
			failure, ERROR_KERNEL_UNFIXED, NULL,
			"The running kernel is not known to delete regions safely, and the configuration refuses it.");
		failure_set_remedy(failure,
				   "Boot a kernel that carries the fix ('cxlctl status' says what was found), or "
				   "set UnfixedKernel=warn in cxl-regiond.conf(5).");
		return ERROR_KERNEL_UNFIXED;
	}
	if (recovery_obstacle(runner->recovery)) {
		failure_set(failure, ERROR_TOO_BUSY, NULL, "%s", recovery_obstacle(runner->recovery));
		failure_set_remedy(failure, "Try again when it is through; 'cxlctl status' shows it until then.");
		return ERROR_TOO_BUSY;
	}
	switch (job_queue_admits(&runner->queue, credentials->uid)) {
	case JOB_ADMITTED:
		return 0;
	case JOB_REFUSED_UID:
		return failure_set(failure, ERROR_TOO_BUSY, NULL, "User id %u has %d jobs waiting already.", uid,
				   JOB_QUEUE_MAX_PER_UID);
	case JOB_REFUSED_TOTAL:
		break;
	}
	return failure_set(failure, ERROR_TOO_BUSY, NULL, "Too many jobs are waiting.");
}

/* Jobs of an earlier main process are told of by their ids. */
static uint64_t runner_next_id(struct runner *runner)
{
	if (runner->next_id <= runner->recovery->last_job)
		runner->next_id = runner->recovery->last_job + 1;
	return runner->next_id++;
}

static struct assignment *assignment_new(struct runner *runner, struct call *call, const struct runner_request *request,
					 struct json_object *parameters)
{
	struct assignment *assignment = calloc(1, sizeof(*assignment));
	const struct credentials *credentials = call_credentials(call);

	if (!assignment)
		return NULL;
	assignment->runner = runner;
	assignment->call = call;
	assignment->job = (struct job){ .id = runner_next_id(runner),
					.kind = request->kind,
					.state = JOB_WAITING,
					.uid = credentials->uid,
					.pid = credentials->pid,
					.arrived_usec = clock_now() };
	assignment->task = (struct task){ .ops = &assignment_task_ops,
					  .id = assignment->job.id,
					  .kind = job_kind_name(request->kind),
					  .uid = credentials->uid,
					  .parameters = json_object_get(parameters) };
	snprintf(assignment->job.region, sizeof(assignment->job.region), "%s", request->region ? request->region : "");
	snprintf(assignment->job.generation, sizeof(assignment->job.generation), "%s",
		 request->generation ? request->generation : "");
	list_init(&assignment->job.node);
	list_init(&assignment->task.node);
	list_init(&assignment->binding.node);
	return assignment;
}

static void assignment_enter(struct assignment *assignment)
{
	struct runner *runner = assignment->runner;
	struct failure failure;
	int r = 0;

	call_hold(assignment->call, assignment_on_abandon, assignment);
	if (assignment_must_bind(assignment)) {
		assignment->job.state = JOB_BINDING;
		r = assignment_bind(assignment);
	}
	job_queue_push(&runner->queue, &assignment->job);
	if (r < 0) {
		failure_set_errno(&failure, r, "Looking the region up");
		assignment_refuse(assignment, &failure);
	}
	runner_advance(runner);
}

/* -- keys ------------------------------------------------------------------- */

static void runner_refuse_reuse(struct call *call, const struct key_entry *entry)
{
	struct failure failure;

	failure_set(&failure, ERROR_KEY_REUSED, NULL, "The key \"%s\" belongs to another request: a %s, job %llu.",
		    entry->request.key, job_kind_name(entry->request.kind), (unsigned long long)entry->request.job);
	call_fail(call, &failure);
}

/* The request is at work: its client may have come back by another connection. */
static void runner_rejoin(struct runner *runner, struct call *call, const struct key_entry *entry)
{
	struct assignment *assignment = assignment_of(job_queue_find(&runner->queue, entry->request.job));
	struct failure failure;

	if (!assignment->call) {
		assignment->call = call;
		call_hold(call, assignment_on_abandon, assignment);
		return;
	}
	failure_set(&failure, ERROR_TOO_BUSY, NULL, "The request with the key \"%s\" is at work, for another caller.",
		    entry->request.key);
	failure_set_remedy(&failure, "Send it again when that one has its answer: it will be the same.");
	call_fail_job(call, &failure, entry->request.job);
}

/* Answers a call whose key is known. Returns false for one that is not: then it is a new request. */
static bool runner_answer_known(struct runner *runner, struct call *call, const struct runner_request *request)
{
	const struct key_entry *entry =
		key_table_find(&runner->keys, call_credentials(call)->uid, request->key, clock_now());

	if (!entry)
		return false;
	if (entry->request.kind != request->kind || entry->request.hash != request->hash)
		runner_refuse_reuse(call, entry);
	else if (entry->finished)
		replay_start(runner->queries, call, entry);
	else
		runner_rejoin(runner, call, entry);
	return true;
}

/* Gives a new job its key. Returns 0 or the failure's code. */
static int assignment_take_key(struct assignment *assignment, const struct runner_request *request,
			       struct failure *failure)
{
	struct runner *runner = assignment->runner;
	struct key_request key = {
		.uid = assignment->job.uid, .hash = request->hash, .kind = request->kind, .job = assignment->job.id
	};
	int r;

	snprintf(key.key, sizeof(key.key), "%s", request->key);
	r = key_table_add(&runner->keys, &key, &assignment->key);
	if (r < 0)
		return failure_set_errno(failure, r, "Remembering the key");
	if (r > 0)
		return failure_set(failure, ERROR_TOO_BUSY, NULL, "Too many requests with a key are at work.");
	assignment->task.key = assignment->key->request.key;
	assignment->task.hash = request->hash;
	return 0;
}

static int runner_admit_key(const struct runner *runner, struct failure *failure)
{
	if (recovery_knows_keys(runner->recovery))
		return 0;
	failure_set(failure, ERROR_TOO_BUSY, NULL, "The keys of an earlier cxl-regiond have not been read yet.");
	failure_set_remedy(failure, "Try again; 'cxlctl status' says what keeps them from being read.");
	return failure->code;
}

void runner_submit(struct runner *runner, struct call *call, const struct runner_request *request)
{
	CLEANUP(cleanup_json)
	struct json_object *taken = request->parameters ? request->parameters : json_object_new_object();
	struct assignment *assignment;
	struct failure failure;

	if (request->key && runner_answer_known(runner, call, request))
		return;
	if (request->key && runner_admit_key(runner, &failure) != 0) {
		call_fail(call, &failure);
		return;
	}
	if (runner_admit(runner, call_credentials(call), &failure) != 0) {
		call_fail(call, &failure);
		return;
	}
	assignment = taken ? assignment_new(runner, call, request, taken) : NULL;
	if (!assignment) {
		failure_set_errno(&failure, -ENOMEM, "Making a job");
		call_fail(call, &failure);
		return;
	}
	if (request->key && assignment_take_key(assignment, request, &failure) != 0) {
		call_fail(call, &failure);
		assignment_free(assignment);
		return;
	}
	assignment_enter(assignment);
}

void runner_init(struct runner *runner, const struct config *config, const struct startup *startup,
		 struct recovery *recovery, struct pool *pool, struct queries *queries, struct inventory *inventory,
		 void (*changed)(void *userdata), void *userdata)
{
	*runner = (struct runner){ .config = config,
				   .startup = startup,
				   .recovery = recovery,
				   .pool = pool,
				   .queries = queries,
				   .inventory = inventory,
				   .next_id = 1,
				   .changed = changed,
				   .userdata = userdata };
	job_queue_init(&runner->queue);
	key_table_init(&runner->keys);
}

void runner_done(struct runner *runner)
{
	while (runner->config && !list_is_empty(&runner->queue.jobs)) {
		struct job *job = list_owner(runner->queue.jobs.next, struct job, node);

		job_queue_remove(&runner->queue, job);
		assignment_free(assignment_of(job));
	}
	if (runner->config)
		key_table_done(&runner->keys);
}

static void assignment_stop(struct assignment *assignment)
{
	struct failure failure;

	if (assignment->recoveries > 0)
		return;
	if (assignment->task.worker) {
		worker_cancel(assignment->task.worker);
		return;
	}
	pool_withdraw(assignment->runner->pool, &assignment->task);
	failure_set(&failure, ERROR_CANCELLED, assignment->job.region, "cxl-regiond stopped before the job began.");
	assignment_refuse(assignment, &failure);
}

void runner_stop(struct runner *runner)
{
	struct list *node = runner->queue.jobs.next;

	runner->stopping = true;
	while (node != &runner->queue.jobs) {
		struct list *next = node->next;

		assignment_stop(assignment_of(list_owner(node, struct job, node)));
		node = next;
	}
}

bool runner_is_idle(const struct runner *runner)
{
	return job_queue_is_idle(&runner->queue);
}

bool runner_has_running(const struct runner *runner)
{
	return job_queue_running(&runner->queue);
}
