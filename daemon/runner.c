/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "access.h"
#include "assignment.h"
#include "cleanup.h"
#include "job-waiter.h"
#include "json-members.h"
#include "lease.h"
#include "lock-scope.h"
#include "member.h"
#include "runner-timeout.h"

/* Nothing begins beside what interrupted jobs left, nor beside a look for it, nor once the daemon stops. */
void runner_advance(struct runner *runner)
{
	struct job *job;

	while (!runner->stopping && !recovery_obstacle(runner->recovery) && !recovery_is_looking(runner->recovery) &&
	       (job = job_queue_next(&runner->queue)))
		assignment_start(assignment_of(job));
}

/* -- callers ----------------------------------------------------------------- */

/* What waits for a client that is gone is dropped, unless it may ask again for what it named; what runs goes on. */
static void on_abandon(void *holder)
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

bool runner_adopt(struct assignment *assignment, struct call *call)
{
	if (assignment->call)
		return false;
	assignment->call = call;
	call_hold(call, on_abandon, assignment);
	return true;
}

/* GetJob and WaitJob have the rest. */
void runner_reply_number(struct call *call, uint64_t job)
{
	CLEANUP(cleanup_json) struct json_object *reply = json_object_new_object();

	if (reply && member_add_uint(reply, "job", job) < 0)
		json_object_put(steal_pointer(reply));
	call_reply(call, steal_pointer(reply));
}

static void detach(struct assignment *assignment, struct call *call)
{
	assignment->job.detached = true;
	runner_reply_number(call, assignment->job.id);
}

/* -- binding ----------------------------------------------------------------- */

/* Without an answer in time, what the inventory has is what the name meant, as far as can be told. */
static const char *binding_generation(struct assignment *assignment, struct json_object *result)
{
	struct json_object *known = result;

	if (!known)
		known = inventory_find(assignment->runner->inventory, assignment->job.region);
	return known ? json_get_string(known, "generation") : "";
}

static void on_bound(struct query_waiter *waiter, struct json_object *result, const struct failure *failure,
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

static int bind_name(struct assignment *assignment)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters || member_add_string(parameters, "region", assignment->job.region) < 0)
		return -ENOMEM;
	assignment->binding.answer = on_bound;
	return query_ask(assignment->runner->queries, "resolve", steal_pointer(parameters), &assignment->binding);
}

/* A job that starts at once means what its name means now. */
static bool must_bind(const struct assignment *assignment)
{
	const struct runner *runner = assignment->runner;

	return job_kind_has_region(assignment->job.kind) && !assignment->job.generation[0] &&
	       !(job_queue_has_way(&runner->queue, &assignment->job) && pool_has_idle(runner->pool) &&
		 !recovery_is_looking(runner->recovery));
}

/* -- locks ------------------------------------------------------------------- */

static int add_objects(struct json_object *topology, struct json_object *objects, struct lock_set *set,
		       struct failure *ret_failure)
{
	for (size_t i = 0; i < json_object_array_length(objects); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(objects, i));
		int r = lock_scope_object(topology, name, set);

		if (r == -ENOENT)
			return failure_set(ret_failure, ERROR_NOT_FOUND, NULL,
					   "There is no port, memdev or root decoder \"%.64s\".", name);
		if (r < 0)
			return failure_set_errno(ret_failure, r, "Finding the locks of a port");
	}
	return 0;
}

/* What the job needs, by what was last seen of the host. Returns 0 or the failure's code. */
static int choose_locks(struct assignment *assignment, const struct runner_request *request,
			struct failure *ret_failure)
{
	struct json_object *topology = assignment->runner->inventory->topology, *object = NULL;
	struct lock_set *set = &assignment->job.locks.set;
	int r = 0;

	switch (request->kind) {
	case JOB_CREATE:
		json_object_object_get_ex(request->parameters, "request", &object);
		assignment->job.names_memdevs = json_get_array(object, "memdevs");
		r = lock_scope_create(topology, object, set);
		break;
	case JOB_DELETE:
	case JOB_ENABLE:
	case JOB_DISABLE:
	case JOB_REAP:
		r = lock_scope_region(topology, request->region, set);
		break;
	case JOB_REPAIR:
		r = lock_scope_host(set);
		break;
	case JOB_UNBIND_PORT:
	case JOB_BIND_PORT:
		r = lock_scope_port(topology, request->region, set);
		break;
	case JOB_LEASE:
		return add_objects(topology, request->objects, set, ret_failure);
	}
	return r < 0 ? failure_set_errno(ret_failure, r, "Finding the locks of a job") : 0;
}

/* Within a lease a job competes with others of the same lease alone. */
static int join_lease(struct assignment *assignment, const char *token, struct failure *ret_failure)
{
	struct assignment *lease = lease_find(assignment->runner, token, assignment->job.uid);

	if (!lease)
		return failure_set(ret_failure, ERROR_NOT_FOUND, NULL,
				   "There is no such lease any more, or it is another user's.");
	if (!lock_set_covers(&lease->job.locks.set, &assignment->job.locks.set)) {
		failure_set(ret_failure, ERROR_CONFLICT, NULL,
			    "The request concerns ports that its lease (job %llu) does not cover.",
			    (unsigned long long)lease->job.id);
		failure_set_remedy(ret_failure, "Name the root decoder and the memdevs of a create; lock all that it "
						"takes, with 'cxlctl lock'; or ask outside the lease.");
		ret_failure->retryable = false;
		return ret_failure->code;
	}
	assignment->job.locks.lease = &lease->job.locks;
	assignment->job.lease = lease->job.id;
	return 0;
}

/* -- submission ----------------------------------------------------------------- */

static int admit(struct runner *runner, const struct credentials *credentials, struct failure *failure)
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
uint64_t runner_next_id(struct runner *runner)
{
	if (runner->next_id <= runner->recovery->last_job)
		runner->next_id = runner->recovery->last_job + 1;
	return runner->next_id++;
}

/* What can be refused is refused here, before the job is one. Returns 0 or the failure's code. */
static int prepare(struct assignment *assignment, const struct runner_request *request, struct failure *ret_failure)
{
	int r = choose_locks(assignment, request, ret_failure);

	if (r == 0 && request->lease)
		r = join_lease(assignment, request->lease, ret_failure);
	if (r != 0)
		return r;
	assignment->timeout_seconds = request->timeout_seconds;
	r = runner_limit_wait(assignment);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "Setting a timer");
	return keyed_take(assignment, request, ret_failure);
}

static void enter(struct assignment *assignment)
{
	struct runner *runner = assignment->runner;
	struct failure failure;
	int r = 0;

	if (must_bind(assignment)) {
		assignment->job.state = JOB_BINDING;
		r = bind_name(assignment);
	}
	job_queue_push(&runner->queue, &assignment->job);
	if (r < 0) {
		failure_set_errno(&failure, r, "Looking the region up");
		assignment_refuse(assignment, &failure);
	}
	runner_advance(runner);
}

static void submit(struct runner *runner, struct call *call, const struct runner_request *request)
{
	struct assignment *assignment;
	struct failure failure;

	if (keyed_answer(runner, call, request))
		return;
	if (admit(runner, call_credentials(call), &failure) != 0) {
		call_fail(call, &failure);
		return;
	}
	assignment = assignment_new(runner, call, request);
	if (!assignment) {
		failure_set_errno(&failure, -ENOMEM, "Making a job");
		call_fail(call, &failure);
		return;
	}
	if (prepare(assignment, request, &failure) != 0) {
		call_fail(call, &failure);
		assignment_free(assignment);
		return;
	}
	if (request->detach)
		detach(assignment, call);
	else
		runner_adopt(assignment, call);
	enter(assignment);
}

void runner_submit(struct runner *runner, struct call *call, const struct runner_request *request)
{
	submit(runner, call, request);
	json_object_put(request->parameters);
}

bool runner_submit_own(struct runner *runner, const struct runner_request *request)
{
	struct assignment *assignment = NULL;
	struct failure failure;

	if (runner->stopping || recovery_obstacle(runner->recovery))
		return false;
	assignment = assignment_new(runner, NULL, request);
	if (!assignment)
		return false;
	if (prepare(assignment, request, &failure) != 0) {
		assignment_free(assignment);
		return false;
	}
	assignment->job.detached = true;
	enter(assignment);
	return true;
}

/* -- jobs that are there ----------------------------------------------------------- */

bool runner_wait(struct runner *runner, struct call *call, uint64_t id)
{
	struct job *job = job_queue_find(&runner->queue, id);

	if (job)
		job_waiter_add(&assignment_of(job)->waiters, call);
	return job;
}

bool runner_cancel(struct runner *runner, uint64_t id, const struct failure *failure)
{
	struct job *job = job_queue_find(&runner->queue, id);

	if (!job)
		return false;
	assignment_cancel(assignment_of(job), failure);
	runner_advance(runner);
	return true;
}

/* -- life ---------------------------------------------------------------------------- */

void runner_init(struct runner *runner, sd_event *event, const struct config *config, const struct startup *startup,
		 struct recovery *recovery, struct pool *pool, struct queries *queries, struct inventory *inventory,
		 void (*changed)(void *userdata), void *userdata)
{
	*runner = (struct runner){ .event = event,
				   .config = config,
				   .startup = startup,
				   .recovery = recovery,
				   .pool = pool,
				   .queries = queries,
				   .inventory = inventory,
				   .next_id = 1,
				   .changed = changed,
				   .userdata = userdata };
	job_queue_init(&runner->queue);
	job_history_init(&runner->history);
	key_table_init(&runner->keys);
}

void runner_done(struct runner *runner)
{
	if (!runner->config)
		return;
	while (!list_is_empty(&runner->queue.jobs)) {
		struct job *job = list_owner(runner->queue.jobs.next, struct job, node);

		job_queue_remove(&runner->queue, job);
		assignment_free(assignment_of(job));
	}
	job_history_done(&runner->history);
	key_table_done(&runner->keys);
}

void runner_stop(struct runner *runner)
{
	struct list *node = runner->queue.jobs.next;
	struct failure failure;

	runner->stopping = true;
	while (node != &runner->queue.jobs) {
		struct list *next = node->next;
		struct job *job = list_owner(node, struct job, node);

		failure_set(&failure, ERROR_CANCELLED, job->region, "cxl-regiond stopped before the job began.");
		assignment_cancel(assignment_of(job), &failure);
		node = next;
	}
}

bool runner_is_idle(const struct runner *runner)
{
	return job_queue_is_idle(&runner->queue);
}
