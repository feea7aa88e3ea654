/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lease.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "assignment.h"
#include "cleanup.h"
#include "clock.h"
#include "lock-scope.h"
#include "log.h"
#include "member.h"
#include "peer.h"

#define USEC_PER_SECOND 1000000ull

static int make_token(char *token)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EAGAIN;
	snprintf(token, ASSIGNMENT_TOKEN_MAX, "%016" PRIx64, number);
	return 0;
}

static struct json_object *reply_new(const struct assignment *assignment)
{
	CLEANUP(cleanup_json) struct json_object *reply = json_object_new_object();
	struct json_object *names;

	if (!reply || member_add_string(reply, "lease", assignment->token) < 0 ||
	    member_add_uint(reply, "job", assignment->job.id) < 0 ||
	    lock_scope_to_json(&assignment->job.locks.set, &names) < 0 || member_add(reply, "locks", names) < 0)
		return NULL;
	return steal_pointer(reply);
}

void lease_end(struct assignment *assignment, const struct failure *failure)
{
	CLEANUP(cleanup_json) struct json_object *nothing = failure ? NULL : json_object_new_object();
	struct peer *peer = steal_pointer(assignment->holder);

	if (peer)
		peer_release(peer);
	assignment_end(assignment, nothing, failure);
}

static void on_gone(void *holder)
{
	struct assignment *assignment = holder;

	assignment->holder = NULL;
	lease_end(assignment, NULL);
}

static int on_expired(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct assignment *assignment = userdata;
	struct failure failure;

	failure_set(&failure, ERROR_TIMED_OUT, NULL, "The lease has lasted %llu s, which was its time.",
		    (unsigned long long)assignment->lease_seconds);
	log_write(LOG_WARNING, "lease %llu of pid %d ends: its time of %llu s is over",
		  (unsigned long long)assignment->job.id, (int)assignment->job.pid,
		  (unsigned long long)assignment->lease_seconds);
	lease_end(assignment, &failure);
	return 0;
}

/* Returns 0 or the failure's code. */
static int take_hold(struct assignment *assignment, struct failure *ret_failure)
{
	int r = make_token(assignment->token);

	if (r == 0)
		r = sd_event_add_time_relative(assignment->runner->event, &assignment->timer, CLOCK_MONOTONIC,
					       assignment->lease_seconds * USEC_PER_SECOND, 0, on_expired, assignment);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "Beginning a lease");
	if (!peer_hold(assignment->call->peer, on_gone, assignment))
		return failure_set(ret_failure, ERROR_CONFLICT, NULL, "This connection has a lease already.");
	assignment->holder = assignment->call->peer;
	return 0;
}

void lease_begin(struct assignment *assignment)
{
	struct failure failure;

	job_queue_start(&assignment->runner->queue, &assignment->job);
	assignment->job.started_usec = clock_now();
	if (take_hold(assignment, &failure) != 0)
		assignment_end(assignment, NULL, &failure);
	else
		call_reply(steal_pointer(assignment->call), reply_new(assignment));
}

struct assignment *lease_find(struct runner *runner, const char *token, uid_t uid)
{
	for (struct list *node = runner->queue.jobs.next; node != &runner->queue.jobs; node = node->next) {
		struct assignment *lease = assignment_of(list_owner(node, struct job, node));

		if (lease->job.kind == JOB_LEASE && lease->job.state == JOB_RUNNING && !strcmp(lease->token, token) &&
		    (uid == 0 || uid == lease->job.uid))
			return lease;
	}
	return NULL;
}
