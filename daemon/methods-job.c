/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>

#include "cleanup.h"
#include "clock.h"
#include "daemon.h"
#include "job-options.h"
#include "job-record.h"
#include "job-waiter.h"
#include "member.h"
#include "methods.h"
#include "param.h"

static void fail_unknown(struct call *call, uint64_t id)
{
	struct failure failure;

	failure_set(&failure, ERROR_NOT_FOUND, NULL,
		    "There is no job %llu, or it ended more than %llu minutes or %d jobs ago.", (unsigned long long)id,
		    JOB_HISTORY_AGE_USEC / 60000000, JOB_HISTORY_MAX);
	failure_set_remedy(&failure, "See those that there are with 'cxlctl jobs'.");
	call_fail_job(call, &failure, id);
}

static void fail_no_memory(struct call *call)
{
	struct failure failure;

	failure_set_errno(&failure, -ENOMEM, "Telling of jobs");
	call_fail(call, &failure);
}

static uint64_t job_of_call(const struct call *call)
{
	uint64_t id = 0;

	param_uint(call->parameters, "job", &id);
	return id;
}

/* -- ListJobs, GetJob ---------------------------------------------------------- */

static int add_living(struct json_object *jobs, const struct job_queue *queue, const struct job_clocks *clocks)
{
	struct json_object *record;
	int r = 0;

	for (struct list *node = queue->jobs.next; r == 0 && node != &queue->jobs; node = node->next) {
		r = job_record_new(queue, list_owner(node, struct job, node), clocks, &record);
		if (r == 0)
			r = member_append(jobs, record);
	}
	return r;
}

static int add_past(struct json_object *jobs, const struct job_history *history, const struct job_clocks *clocks)
{
	const struct job_past *past;
	struct json_object *record;
	int r = 0;

	for (size_t i = 0; r == 0 && (past = job_history_at(history, i, clocks->monotonic)); i++) {
		r = job_record_past(past, clocks, &record);
		if (r == 0)
			r = member_append(jobs, record);
	}
	return r;
}

void method_list_jobs(struct daemon *daemon, struct call *call)
{
	CLEANUP(cleanup_json) struct json_object *reply = json_object_new_object();
	struct job_clocks clocks = job_clocks_now();
	struct json_object *jobs;

	if (!reply || member_add_array(reply, "jobs", &jobs) < 0 ||
	    add_living(jobs, &daemon->runner.queue, &clocks) < 0 ||
	    add_past(jobs, &daemon->runner.history, &clocks) < 0)
		fail_no_memory(call);
	else
		call_reply(call, steal_pointer(reply));
}

/* The job as it is now. Returns 0, -ENOENT or -ENOMEM. */
static int find_record(const struct runner *runner, uint64_t id, struct json_object **ret_record)
{
	struct job_clocks clocks = job_clocks_now();
	const struct job *job = job_queue_find(&runner->queue, id);
	const struct job_past *past = job ? NULL : job_history_find(&runner->history, id, clocks.monotonic);

	if (job)
		return job_record_new(&runner->queue, job, &clocks, ret_record);
	return past ? job_record_past(past, &clocks, ret_record) : -ENOENT;
}

static void reply_job(struct daemon *daemon, struct call *call, uint64_t id)
{
	CLEANUP(cleanup_json) struct json_object *reply = json_object_new_object();
	struct json_object *record;
	int r = reply ? find_record(&daemon->runner, id, &record) : -ENOMEM;

	if (r == 0)
		r = member_add(reply, "job", record);
	if (r == 0)
		call_reply(call, steal_pointer(reply));
	else if (r == -ENOENT)
		fail_unknown(call, id);
	else
		fail_no_memory(call);
}

void method_get_job(struct daemon *daemon, struct call *call)
{
	reply_job(daemon, call, job_of_call(call));
}

/* -- WaitJob, CancelJob ---------------------------------------------------------- */

void method_wait_job(struct daemon *daemon, struct call *call)
{
	uint64_t id = job_of_call(call);
	const struct job_past *past;

	if (runner_wait(&daemon->runner, call, id))
		return;
	past = job_history_find(&daemon->runner.history, id, clock_now());
	if (past)
		job_waiter_answer(call, past);
	else
		fail_unknown(call, id);
}

void method_cancel_job(struct daemon *daemon, struct call *call)
{
	uint64_t id = job_of_call(call);
	const struct job *job = job_queue_find(&daemon->runner.queue, id);
	uid_t uid = call_credentials(call)->uid;
	struct failure failure;

	if (job && uid != 0 && uid != job->uid) {
		failure_set(&failure, ERROR_NOT_PERMITTED, NULL, "Job %llu is another user's.", (unsigned long long)id);
		call_fail_job(call, &failure, id);
		return;
	}
	failure_set(&failure, ERROR_CANCELLED, job ? job->region : NULL, "The job was cancelled by uid %u.",
		    (unsigned int)uid);
	runner_cancel(&daemon->runner, id, &failure);
	reply_job(daemon, call, id);
}

/* -- AcquireLocks ------------------------------------------------------------------ */

void method_acquire_locks(struct daemon *daemon, struct call *call)
{
	struct runner_request request = { .kind = JOB_LEASE };
	struct failure failure;

	param_array(call->parameters, "objects", &request.objects);
	if (json_object_array_length(request.objects) == 0) {
		failure_set(&failure, ERROR_INVALID_REQUEST, NULL, "A lease needs at least one port or root decoder.");
		call_fail(call, &failure);
		return;
	}
	if (!job_options_take(&daemon->config, call, &request))
		return;
	if (request.lease_seconds == 0) {
		failure_set(&failure, ERROR_INVALID_REQUEST, NULL, "max_seconds is one at the least.");
		call_fail(call, &failure);
	} else {
		runner_submit(&daemon->runner, call, &request);
	}
}
