/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planning a region goes from the outside in: the memdevs that are meant, the root decoder, the ways and
 * granularity, the order of the targets, their DPA, the size, the HPA; then the ports on the way. A root
 * decoder that was not named is tried one after another, and the first that fits is taken; if none does,
 * the caller is told of the one that came furthest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "plan-attempt.h"
#include "plan-check.h"

/* -- one root decoder -------------------------------------------------- */

static int check_type(struct attempt *attempt)
{
	const struct decoder *root = attempt->root;
	enum region_type type = attempt->type;
	bool can = type == REGION_TYPE_PMEM ? root->can_pmem : root->can_ram;
	bool offered = type == REGION_TYPE_PMEM ? root->create_pmem : root->create_ram;

	if (!can)
		return FAIL(attempt, ERROR_INVALID_REQUEST, root->name, "%s does not decode %s memory", root->name,
			    region_type_name(type));
	if (!offered)
		return FAIL(attempt, ERROR_INVALID_REQUEST, root->name,
			    "this kernel cannot create %s regions: %s has no attribute create_%s_region",
			    region_type_name(type), root->name, region_type_name(type));
	if (type == REGION_TYPE_PMEM && !attempt->snapshot->pmem_driver)
		return plan_refuse_pmem(root->name, attempt->failure);
	return 0;
}

/* Ways as the kernel takes them: on a root of one way a power of two, else a power of two times its ways. */
static int check_ways(struct attempt *attempt)
{
	const struct decoder *root = attempt->root;
	uint64_t ways = attempt->request->ways;
	unsigned int multiple;

	if (!attempt->request->has_ways)
		ways = attempt->named->n > 0 ? attempt->named->n : root->ways;
	if (attempt->named->n > 0 && ways != attempt->named->n)
		return FAIL(attempt, ERROR_INVALID_REQUEST, NULL,
			    "%" PRIu64 " ways were asked for, but %u memdevs are named: each way needs one", ways,
			    attempt->named->n);
	if (ways == 0 || ways > REGION_WAYS_MAX)
		return FAIL(attempt, ERROR_INVALID_REQUEST, NULL, "%" PRIu64 " ways: CXL has 1 to %d", ways,
			    REGION_WAYS_MAX);
	multiple = (unsigned int)ways / (root->ways > 0 ? root->ways : 1);
	if (root->ways == 0 || ways % root->ways != 0 || (multiple & (multiple - 1)) != 0)
		return FAIL(attempt, ERROR_INVALID_REQUEST, root->name,
			    "%" PRIu64 " ways do not fit %s, which is %u-way interleaved: the ways must be %u times a "
			    "power of two",
			    ways, root->name, root->ways, root->ways);
	attempt->ways = (unsigned int)ways;
	return 0;
}

static int check_granularity(struct attempt *attempt)
{
	const struct decoder *root = attempt->root;
	uint64_t granularity = attempt->request->granularity;

	if (!attempt->request->has_granularity)
		granularity = root->granularity;
	if (granularity < 256 || granularity > 16384 || (granularity & (granularity - 1)) != 0)
		return FAIL(attempt, ERROR_INVALID_REQUEST, NULL,
			    "an interleave granularity of %" PRIu64
			    " bytes: it must be a power of two from 256 to 16384",
			    granularity);
	if (root->ways > 1 && granularity != root->granularity)
		return FAIL(attempt, ERROR_INVALID_REQUEST, root->name,
			    "an interleave granularity of %" PRIu64
			    " bytes does not fit %s, which is interleaved at %u bytes",
			    granularity, root->name, root->granularity);
	attempt->granularity = (unsigned int)granularity;
	return 0;
}

static int refuse_uuid(struct failure *failure)
{
	return failure_set(failure, ERROR_INVALID_REQUEST, NULL, "a uuid was given, but only pmem regions have one");
}

static int check_uuid(struct attempt *attempt, struct plan *plan)
{
	const struct create_request *request = attempt->request;

	if (attempt->type == REGION_TYPE_RAM)
		return request->uuid ? refuse_uuid(attempt->failure) : 0;
	for (size_t i = 0; request->uuid && i < attempt->snapshot->n_regions; i++)
		if (strcasecmp(attempt->snapshot->regions[i].uuid, request->uuid) == 0)
			return FAIL(attempt, ERROR_CONFLICT, attempt->snapshot->regions[i].name,
				    "the uuid %s is in use by %s", request->uuid, attempt->snapshot->regions[i].name);
	snprintf(plan->uuid, sizeof(plan->uuid), "%s", request->uuid ? request->uuid : request->new_uuid);
	for (char *c = plan->uuid; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
	return 0;
}

/* The order of the checks is that of the stages. */
static int try_root(struct attempt *attempt, struct plan *plan)
{
	uint64_t least = 0;
	int r;

	attempt->stage = 0;
	r = check_type(attempt);
	if (r == 0 && ++attempt->stage)
		r = check_ways(attempt);
	if (r == 0 && ++attempt->stage)
		r = check_granularity(attempt);
	if (r == 0 && ++attempt->stage)
		r = attempt->named->n > 0 ? plan_order_targets(attempt) : plan_choose_targets(attempt);
	if (r == 0 && ++attempt->stage)
		r = plan_check_dpa(attempt, plan, &least);
	if (r == 0 && ++attempt->stage)
		r = plan_check_size(attempt, plan, least);
	if (r == 0 && ++attempt->stage)
		r = plan_check_hpa(attempt, plan);
	if (r == 0 && ++attempt->stage)
		r = plan_check_ports(attempt->snapshot, &attempt->order, attempt->granularity, attempt->failure);
	if (r == 0 && ++attempt->stage)
		r = check_uuid(attempt, plan);
	return r;
}

/* -- the steps --------------------------------------------------------- */

static void add_steps(struct plan *plan, const struct snapshot *snapshot)
{
	plan_add(plan, STEP_CLAIM, -1);
	plan_add(plan, STEP_GRANULARITY, -1);
	plan_add(plan, STEP_WAYS, -1);
	if (plan->type == REGION_TYPE_PMEM)
		plan_add(plan, STEP_UUID, -1);
	plan_add(plan, STEP_SIZE, -1);
	for (unsigned int i = 0; i < plan->n_targets; i++) {
		const struct decoder *decoder =
			&snapshot->decoders[snapshot_find_decoder(snapshot, plan->targets[i].decoder)];

		if (decoder->mode != (plan->type == REGION_TYPE_PMEM ? DECODER_MODE_PMEM : DECODER_MODE_RAM))
			plan_add(plan, STEP_MODE, (int)i);
		plan_add(plan, STEP_DPA, (int)i);
		plan_add(plan, STEP_ATTACH, (int)i);
	}
	plan_add(plan, STEP_COMMIT, -1);
	plan_add(plan, STEP_BIND, -1);
	if (plan->type == REGION_TYPE_PMEM)
		plan_add(plan, STEP_SETTLE, -1);
}

static bool is_reordered(const struct target_order *named, const struct target_order *order)
{
	for (unsigned int i = 0; i < named->n; i++)
		if (named->memdevs[i] != order->memdevs[i])
			return true;
	return false;
}

static void complete(const struct attempt *attempt, struct plan *plan)
{
	strcpy(plan->root_decoder, attempt->root->name);
	plan->root_inode = attempt->root->inode;
	plan->type = attempt->type;
	plan->ways = attempt->ways;
	plan->granularity = attempt->granularity;
	plan->reordered = is_reordered(attempt->named, &attempt->order);
	for (unsigned int i = 0; i < plan->n_targets; i++)
		plan->targets[i].dpa_size = plan->size / plan->ways;
	add_steps(plan, attempt->snapshot);
}

/* Without a type: pmem where the root decoder has it, as `cxl create-region` does. */
static enum region_type choose_type(const struct create_request *request, const struct decoder *root)
{
	if (request->has_type)
		return request->type;
	return root->can_pmem ? REGION_TYPE_PMEM : REGION_TYPE_RAM;
}

static int check_request(const struct create_request *request, struct failure *failure)
{
	if (request->uuid && !region_uuid_is_valid(request->uuid))
		return failure_set(failure, ERROR_INVALID_REQUEST, NULL,
				   "\"%.64s\" is no uuid: 8-4-4-4-12 hexadecimal digits, not all zero", request->uuid);
	if (request->uuid && request->has_type && request->type == REGION_TYPE_RAM)
		return refuse_uuid(failure);
	if (request->commit_is_refused)
		return plan_refuse_guest(NULL, failure);
	return 0;
}

static int try_named_root(struct attempt *attempt, struct plan *plan)
{
	const struct snapshot *snapshot = attempt->snapshot;
	const char *name = attempt->request->root_decoder;
	int index = snapshot_find_decoder(snapshot, name);

	if (index == SNAPSHOT_NONE)
		return FAIL(attempt, ERROR_NOT_FOUND, name, "there is no decoder %s", name);
	if (snapshot->decoders[index].kind != DECODER_ROOT)
		return FAIL(
			attempt, ERROR_INVALID_REQUEST, name,
			"%s is no root decoder: regions are made below decoder0.0 and the like (see: cxlctl topology)",
			name);
	attempt->root = &snapshot->decoders[index];
	attempt->type = choose_type(attempt->request, attempt->root);
	return try_root(attempt, plan);
}

static int try_each_root(struct attempt *attempt, struct plan *plan)
{
	struct failure *ret_failure = attempt->failure, failure;
	int furthest = -1;

	attempt->failure = &failure;
	for (size_t i = 0; i < attempt->snapshot->n_decoders; i++) {
		if (attempt->snapshot->decoders[i].kind != DECODER_ROOT)
			continue;
		attempt->root = &attempt->snapshot->decoders[i];
		attempt->type = choose_type(attempt->request, attempt->root);
		if (try_root(attempt, plan) == 0)
			return 0;
		if (attempt->stage > furthest) {
			furthest = attempt->stage;
			*ret_failure = failure;
		}
	}
	if (furthest < 0)
		return failure_set(ret_failure, ERROR_NO_CAPACITY, NULL, "this host has no CXL root decoder");
	return ret_failure->code;
}

int plan_create(const struct snapshot *snapshot, const struct create_request *request, struct plan *ret_plan,
		struct failure *ret_failure)
{
	struct target_order named = { .n = 0 };
	struct attempt attempt = { .snapshot = snapshot, .request = request, .named = &named, .failure = ret_failure };
	struct plan plan = { .n_steps = 0 };
	int r;

	r = check_request(request, ret_failure);
	if (r == 0)
		r = plan_name_memdevs(snapshot, request, &named, ret_failure);
	if (r == 0)
		r = request->root_decoder ? try_named_root(&attempt, &plan) : try_each_root(&attempt, &plan);
	if (r != 0)
		return r;
	complete(&attempt, &plan);
	*ret_plan = plan;
	return 0;
}
