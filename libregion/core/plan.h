/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan: the steps that turn what a snapshot shows into what a request asks for, or a named refusal.
 * Planning is pure: it reads the snapshot and the request, and nothing else.
 */
#ifndef CXL_REGIOND_CORE_PLAN_H
#define CXL_REGIOND_CORE_PLAN_H

#include "failure.h"
#include "snapshot.h"

/* The steps there are; what each does stands in step.c's table. */
enum step_kind {
	STEP_CLAIM,
	STEP_GRANULARITY,
	STEP_WAYS,
	STEP_UUID,
	STEP_SIZE,
	STEP_MODE,
	STEP_DPA,
	STEP_ATTACH,
	STEP_COMMIT,
	STEP_BIND,
	STEP_SETTLE,
	STEP_UNBIND,
	STEP_RESET,
	STEP_DETACH,
	STEP_FREE_DPA,
	STEP_RELEASE,
	STEP_DELETE,
	STEP_NONE, /* what undoes a step that leaves nothing behind */
};

/* A step; target is the place in the plan's targets, -1 for a step of the region itself. */
struct plan_step {
	enum step_kind kind;
	int target;
};

/* One position of the region. */
struct plan_target {
	unsigned int position;
	char memdev[REGION_NAME_MAX];
	char decoder[REGION_NAME_MAX];
	uint64_t decoder_inode;
	uint64_t dpa_start;
	uint64_t dpa_size;
};

/* claim, granularity, ways, uuid, size, commit, bind, settle; mode, DPA and attach of each target; some to spare. */
#define PLAN_STEPS_MAX (16 + 3 * REGION_WAYS_MAX)

struct plan {
	char region[REGION_NAME_MAX]; /* empty until a create has claimed its name */
	uint64_t region_inode;
	char root_decoder[REGION_NAME_MAX];
	uint64_t root_inode;
	enum region_type type;
	char uuid[37];
	uint64_t start; /* HPA that the kernel is expected to give */
	uint64_t size;
	unsigned int ways, granularity;
	bool reordered; /* the targets stand in another order than the caller gave */
	struct plan_target targets[REGION_WAYS_MAX];
	unsigned int n_targets;
	struct plan_step steps[PLAN_STEPS_MAX];
	unsigned int n_steps;
};

/* What a create asks for. NULL, an empty list, or a has_x that is false stands for a choice of ours. */
struct create_request {
	const char *root_decoder;
	const char *memdevs[REGION_WAYS_MAX];
	unsigned int n_memdevs;
	uint64_t ways;
	uint64_t granularity; /* bytes */
	uint64_t size;	      /* bytes */
	bool has_ways, has_granularity, has_size, has_type;
	enum region_type type;
	const char *uuid;     /* for a pmem region; NULL: new_uuid serves */
	const char *new_uuid; /* a fresh random one, since a plan draws no random numbers */
	bool enforce_qos;
	bool commit_is_refused; /* the kernel would answer a commit with a WARN: a guest with the hypervisor bit */
};

/*
 * plan_create() - plan a region.
 *
 * Returns 0; or the code of *ret_failure, whose outcome is unchanged: ERROR_INVALID_REQUEST,
 * ERROR_NOT_FOUND, ERROR_NO_CAPACITY, ERROR_CONFLICT, ERROR_REGION_LOCKED, ERROR_DAMAGED.
 */
int plan_create(const struct snapshot *snapshot, const struct create_request *request, struct plan *ret_plan,
		struct failure *ret_failure);

struct consumer_list;

/*
 * What delete, enable and disable need to know of their region beside the snapshot: generation is the
 * inode that the caller means, 0 for whatever has the name; consumers who uses it.
 */
struct region_request {
	const char *region;
	uint64_t generation;
	const struct consumer_list *consumers;
	bool commit_is_refused; /* as for a create: the kernel would WARN at a reset, too */
};

/*
 * plan_delete(), plan_enable(), plan_disable() - plan what becomes of a region. A plan without steps
 * says that it is so already.
 *
 * Returns 0; or the code of *ret_failure, whose outcome is unchanged: ERROR_NOT_FOUND (also another object
 * under the name), ERROR_REGION_IN_USE, ERROR_REGION_LOCKED, ERROR_CONFLICT, ERROR_DAMAGED.
 */
int plan_delete(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		struct failure *ret_failure);
int plan_enable(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		struct failure *ret_failure);
int plan_disable(const struct snapshot *snapshot, const struct region_request *request, struct plan *ret_plan,
		 struct failure *ret_failure);

/* plan_add() - append a step. */
void plan_add(struct plan *plan, enum step_kind kind, int target);

#endif
