/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs that a worker can do: one table row a kind. */
#ifndef CXL_REGIOND_WORKER_JOBS_H
#define CXL_REGIOND_WORKER_JOBS_H

#include "channel.h"
#include "host.h"
#include "intents.h"
#include "needs.h"
#include "param.h"
#include "teller.h"

struct worker {
	struct channel channel;
	struct teller teller;
	struct host host;
	struct intents intents;
	struct intent_job job; /* the one at hand */
	struct needs needs;    /* what it may touch */
};

/*
 * A job: returns 0 with *ret_result, or the code of *ret_failure.
 *
 * @parameters: hold what the kind's row lists
 */
typedef int (*job_fn)(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		      struct failure *ret_failure);

int job_list(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	     struct failure *ret_failure);
int job_resolve(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		struct failure *ret_failure);
int job_plan_create(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure);
int job_create(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure);
int job_plan_delete(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure);
int job_delete(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure);
int job_enable(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure);
int job_disable(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		struct failure *ret_failure);

int job_plan_repair(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure);
int job_repair(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	       struct failure *ret_failure);
int job_reap(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
	     struct failure *ret_failure);

int job_unbind_port(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure);
int job_bind_port(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		  struct failure *ret_failure);

/* jobs_commit_is_refused() - is a commit, or a reset, out of the question on this host and by the parameters' policy? */
bool jobs_commit_is_refused(struct worker *worker, struct json_object *parameters);

/*
 * jobs_apply() - carry a plan of the job at hand out, as a transaction that is recovered if this process dies. A plan that
 * needs locks which the job does not have fails, and main is told which.
 *
 * Returns 0, or the code of *ret_failure.
 */
int jobs_apply(struct worker *worker, struct plan *plan, struct failure *ret_failure);

/* jobs_run() - do the job of one message from main, and answer. Returns 0, or a negative errno when main cannot be reached. */
int jobs_run(struct worker *worker, struct json_object *message);

#endif
