/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and plans in the shapes of the interface io.cxlregiond.Region. */
#ifndef CXL_REGIOND_CORE_PLAN_JSON_H
#define CXL_REGIOND_CORE_PLAN_JSON_H

#include "plan.h"

struct json_object;

/*
 * create_request_from_json() - the type CreateRequest.
 *
 * @object: must live as long as the request, which points into it; NULL for a request without wishes
 *
 * Returns 0 or the code of *ret_failure.
 */
int create_request_from_json(struct json_object *object, struct create_request *ret_request,
			     struct failure *ret_failure);

/* plan_to_json() - the type CreatePlan. Returns 0 or -ENOMEM. */
int plan_to_json(const struct plan *plan, struct json_object **ret_plan);

/* plan_steps_to_json() - an array of the type Step. Returns 0 or -ENOMEM. */
int plan_steps_to_json(const struct plan *plan, struct json_object **ret_steps);

/* At which step of how many a plan is. It stands by itself: the plan may go on. */
struct plan_progress {
	unsigned int n; /* counted from 1 */
	unsigned int m;
	const char *step; /* a literal */
	char object[REGION_NAME_MAX];
	char attribute[REGION_NAME_MAX];
};

/* plan_progress_at() - about the n-th step. */
void plan_progress_at(const struct plan *plan, unsigned int n, struct plan_progress *ret_progress);

/* plan_progress_to_json() - the type Progress without its job, and with the attribute. Returns 0 or -ENOMEM. */
int plan_progress_to_json(const struct plan_progress *progress, struct json_object **ret_progress);

#endif
