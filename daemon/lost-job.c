/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job whose worker died in the middle of it, or could neither finish nor undo it: another worker puts in order what
 * it left, by its log.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "assignment.h"
#include "cleanup.h"
#include "json-members.h"
#include "member.h"

/* Ids of tasks that recover: this and that of the job. */
#define RECOVERIES_ID (1ull << 45)
/* So often what a job left is recovered whose worker died, if the workers that recover die, too. */
#define RECOVERIES_MAX 3

/* The worker told what went wrong; only what became of the host is news. A log tells of one plan, and a job may have several. */
static void describe_rest(struct assignment *assignment, struct json_object *interrupted)
{
	struct failure *failure = &assignment->loss;

	if (!interrupted || job_kind_has_many_plans(assignment->job.kind))
		return;
	failure->outcome = outcome_find(json_get_string(interrupted, "outcome"));
}

/* What the client hears, now that it is known what became of the host. */
static void describe_loss(struct assignment *assignment, struct json_object *interrupted)
{
	struct failure *loss = &assignment->loss;

	loss->outcome = OUTCOME_UNCHANGED; /* without a log nothing was begun */
	if (interrupted) {
		loss->outcome = outcome_find(json_get_string(interrupted, "outcome"));
		snprintf(loss->message, sizeof(loss->message), "%.500s", json_get_string(interrupted, "message"));
	}
	/* A log tells of one plan, where a job has several; and what an earlier look put in order has no log any more. */
	if (job_kind_has_many_plans(assignment->job.kind) || (!interrupted && assignment->recoveries > 1))
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

static void recover(struct assignment *assignment);

static void on_recovered(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct assignment *assignment = list_owner(task, struct assignment, recovery);

	json_object_put(steal_pointer(task->parameters));
	if (must_recover_again(assignment, result) && assignment->recoveries < RECOVERIES_MAX) {
		recover(assignment);
		return;
	}
	assignment->unsettled = !result;
	if (result) {
		recovery_take(assignment->runner->recovery, result, assignment->job.id);
		if (assignment->task.lost)
			describe_loss(assignment, recovery_find(result, assignment->job.id));
		else
			describe_rest(assignment, recovery_find(result, assignment->job.id));
	}
	assignment_end(assignment, NULL, &assignment->loss);
}

static struct json_object *parameters_new(const struct assignment *assignment)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters || member_add_uint(parameters, "patience_ms", RECOVERY_PATIENCE_MS) < 0 ||
	    member_add_uint(parameters, "job", assignment->job.id) < 0)
		return NULL;
	return steal_pointer(parameters);
}

/* The job keeps its place and its locks meanwhile: nobody else works on what it left. */
static void recover(struct assignment *assignment)
{
	static const struct task_ops ops = { .done = on_recovered };

	assignment->recoveries++;
	assignment->recovery = (struct task){ .ops = &ops,
					      .id = RECOVERIES_ID + assignment->job.id,
					      .kind = "recover",
					      .parameters = parameters_new(assignment) };
	list_init(&assignment->recovery.node);
	pool_submit(assignment->runner->pool, &assignment->recovery);
}

void lost_job_recover(struct assignment *assignment, const struct failure *failure)
{
	assignment->loss = *failure;
	recover(assignment);
}
