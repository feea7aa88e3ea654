/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests that have a key: those that are known, and those that are new. */
#include <json-c/json.h>
#include <stdio.h>

#include "access.h"
#include "assignment.h"
#include "clock.h"
#include "replay.h"

static void refuse_reuse(struct call *call, const struct key_entry *entry)
{
	struct failure failure;

	failure_set(&failure, ERROR_KEY_REUSED, NULL, "The key \"%s\" belongs to another request: a %s, job %llu.",
		    entry->request.key, job_kind_name(entry->request.kind), (unsigned long long)entry->request.job);
	call_fail(call, &failure);
}

/* The request is at work: its client may have come back by another connection. */
static void rejoin(struct runner *runner, struct call *call, const struct key_entry *entry)
{
	struct assignment *assignment = assignment_of(job_queue_find(&runner->queue, entry->request.job));
	struct failure failure;

	if (runner_adopt(assignment, call))
		return;
	failure_set(&failure, ERROR_TOO_BUSY, NULL, "The request with the key \"%s\" is at work, for another caller.",
		    entry->request.key);
	failure_set_remedy(&failure, "Send it again when that one has its answer: it will be the same.");
	call_fail_job(call, &failure, entry->request.job);
}

bool keyed_answer(struct runner *runner, struct call *call, const struct runner_request *request)
{
	const struct key_entry *entry = NULL;

	if (request->key)
		entry = key_table_find(&runner->keys, call_credentials(call)->uid, request->key, clock_now());
	if (!entry)
		return false;
	if (entry->request.kind != request->kind || entry->request.hash != request->hash)
		refuse_reuse(call, entry);
	else if (entry->finished)
		replay_start(runner->queries, call, entry);
	else if (request->detach)
		runner_reply_number(call, entry->request.job);
	else
		rejoin(runner, call, entry);
	return true;
}

static int refuse_unknown(struct failure *failure)
{
	failure_set(failure, ERROR_TOO_BUSY, NULL, "The keys of an earlier cxl-regiond have not been read yet.");
	failure_set_remedy(failure, "Try again; 'cxlctl status' says what keeps them from being read.");
	return failure->code;
}

int keyed_take(struct assignment *assignment, const struct runner_request *request, struct failure *ret_failure)
{
	struct runner *runner = assignment->runner;
	struct key_request key = {
		.uid = assignment->job.uid, .hash = request->hash, .kind = request->kind, .job = assignment->job.id
	};
	int r;

	if (!request->key)
		return 0;
	if (!recovery_knows_keys(runner->recovery))
		return refuse_unknown(ret_failure);
	snprintf(key.key, sizeof(key.key), "%s", request->key);
	r = key_table_add(&runner->keys, &key, &assignment->key);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "Remembering the key");
	if (r > 0)
		return failure_set(ret_failure, ERROR_TOO_BUSY, NULL, "Too many requests with a key are at work.");
	assignment->task.key = assignment->key->request.key;
	assignment->task.hash = request->hash;
	return 0;
}

void keyed_settle(struct assignment *assignment, struct json_object *result, const struct failure *failure)
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
