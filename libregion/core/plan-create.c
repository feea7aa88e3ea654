/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planning a region goes from the outside in: the memdevs that are meant, the root decoder, the ways and
 * granularity, the order of the targets, their DPA, the size, the HPA; then the ports on the way. A root
 * decoder that was not named is tried one after another, and the first that fits is taken; if none does,
 * the caller is told of the one that came furthest.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capacity.h"
#include "interleave.h"
#include "plan-check.h"

/* What is known while one root decoder is tried. */
struct attempt {
	const struct snapshot *snapshot;
	const struct create_request *request;
	const struct decoder *root;
	const struct target_order *named; /* the memdevs that were named, n = 0 for none */
	enum region_type type;
	unsigned int ways, granularity;
	struct target_order order;
	int stage; /* how far it came */
	struct failure *failure;
};

#define FAIL(attempt, code, object, ...) failure_set((attempt)->failure, code, object, __VA_ARGS__)

/* -- the memdevs that were named --------------------------------------- */

/* A memdev by name, by PCI address (or whatever its host is called), or by "serial=N". */
static int find_memdev(const struct snapshot *snapshot, const char *text)
{
	char *end;
	uint64_t serial;

	if (strncmp(text, "serial=", 7) != 0) {
		int index = snapshot_find_memdev(snapshot, text);

		for (size_t i = 0; index == SNAPSHOT_NONE && i < snapshot->n_memdevs; i++)
			if (strcmp(snapshot->memdevs[i].host, text) == 0)
				index = (int)i;
		return index;
	}
	errno = 0;
	serial = strtoull(text + 7, &end, 0);
	if (errno != 0 || end == text + 7 || *end != '\0' || text[7] == '-')
		return SNAPSHOT_NONE;
	for (size_t i = 0; i < snapshot->n_memdevs; i++)
		if (snapshot->memdevs[i].serial == serial)
			return (int)i;
	return SNAPSHOT_NONE;
}

static int check_memdev(const struct snapshot *snapshot, int memdev, struct failure *failure)
{
	const struct memdev *device = &snapshot->memdevs[memdev];

	if (device->endpoint != SNAPSHOT_NONE && snapshot->ports[device->endpoint].bound)
		return 0;
	return failure_set(failure, ERROR_CONFLICT, device->name,
			   "%s has no active port: it is not enabled, or its link is down", device->name);
}

static int name_memdevs(const struct snapshot *snapshot, const struct create_request *request,
			struct target_order *named, struct failure *failure)
{
	for (unsigned int i = 0; i < request->n_memdevs; i++) {
		int memdev = find_memdev(snapshot, request->memdevs[i]), r;

		if (memdev == SNAPSHOT_NONE)
			return failure_set(failure, ERROR_NOT_FOUND, request->memdevs[i], "there is no memdev %s",
					   request->memdevs[i]);
		for (unsigned int k = 0; k < named->n; k++)
			if (named->memdevs[k] == memdev)
				return failure_set(failure, ERROR_INVALID_REQUEST, snapshot->memdevs[memdev].name,
						   "%s is named twice: each position needs a memdev of its own",
						   snapshot->memdevs[memdev].name);
		r = check_memdev(snapshot, memdev, failure);
		if (r != 0)
			return r;
		named->memdevs[named->n++] = memdev;
	}
	return 0;
}

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

static bool qos_matches(const struct attempt *attempt, int memdev)
{
	const struct memdev *device = &attempt->snapshot->memdevs[memdev];
	uint64_t class = attempt->type == REGION_TYPE_PMEM ? device->pmem_qos_class : device->ram_qos_class;

	return class != SNAPSHOT_UNKNOWN && class == attempt->root->qos_class;
}

/* Can a memdev give anything to a region of this type? */
static bool is_candidate(const struct attempt *attempt, int memdev)
{
	const struct snapshot *snapshot = attempt->snapshot;
	struct failure ignored;

	return check_memdev(snapshot, memdev, &ignored) == 0 &&
	       capacity_dpa_free(snapshot, memdev, attempt->type) >= REGION_SIZE_ALIGN &&
	       capacity_next_decoder(snapshot, memdev) != SNAPSHOT_NONE &&
	       (!attempt->request->enforce_qos || qos_matches(attempt, memdev));
}

/* Chooses memdevs: those with the most free capacity first, so that the region can be large. */
static int choose_targets(struct attempt *attempt)
{
	const struct snapshot *snapshot = attempt->snapshot;
	int candidates[INTERLEAVE_CANDIDATES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n_memdevs && n < INTERLEAVE_CANDIDATES_MAX; i++) {
		uint64_t room = capacity_dpa_free(snapshot, (int)i, attempt->type);
		size_t at = n;

		if (!is_candidate(attempt, (int)i))
			continue;
		for (; at > 0 && capacity_dpa_free(snapshot, candidates[at - 1], attempt->type) < room; at--)
			candidates[at] = candidates[at - 1];
		candidates[at] = (int)i;
		n++;
	}
	if (interleave_select(snapshot, attempt->root, candidates, n, attempt->ways, &attempt->order))
		return 0;
	return FAIL(attempt, ERROR_NO_CAPACITY, attempt->root->name,
		    "no %u memdev%s with free %s capacity, a free decoder and a valid interleave lie below %s",
		    attempt->ways, attempt->ways == 1 ? "" : "s", region_type_name(attempt->type), attempt->root->name);
}

static int order_targets(struct attempt *attempt)
{
	const struct snapshot *snapshot = attempt->snapshot;

	for (unsigned int i = 0; i < attempt->named->n; i++) {
		const struct memdev *memdev = &snapshot->memdevs[attempt->named->memdevs[i]];

		if (!interleave_reaches(snapshot, attempt->root, attempt->named->memdevs[i]))
			return FAIL(attempt, ERROR_INVALID_REQUEST, memdev->name, "%s does not lie below %s",
				    memdev->name, attempt->root->name);
		if (attempt->request->enforce_qos && !qos_matches(attempt, attempt->named->memdevs[i]))
			return FAIL(attempt, ERROR_NO_CAPACITY, memdev->name,
				    "the QoS class of %s is not that of %s, and it is to be enforced", memdev->name,
				    attempt->root->name);
	}
	if (interleave_order(snapshot, attempt->root, attempt->named, &attempt->order))
		return 0;
	return FAIL(
		attempt, ERROR_INVALID_REQUEST, attempt->root->name,
		"these memdevs cannot be interleaved below %s in any order: each bridge and each switch port in use "
		"must serve the same number of them",
		attempt->root->name);
}

/* Each target's decoder and DPA. The least of them limits all. */
static int check_dpa(struct attempt *attempt, struct plan *plan, uint64_t *ret_least)
{
	const struct snapshot *snapshot = attempt->snapshot;
	const char *type = region_type_name(attempt->type);

	*ret_least = UINT64_MAX;
	for (unsigned int i = 0; i < attempt->ways; i++) {
		int memdev = attempt->order.memdevs[i], decoder = capacity_next_decoder(snapshot, memdev);
		const struct memdev *device = &snapshot->memdevs[memdev];
		uint64_t room = capacity_dpa_free(snapshot, memdev, attempt->type);
		struct plan_target *target = &plan->targets[i];

		if ((attempt->type == REGION_TYPE_PMEM ? device->pmem_size : device->ram_size) == 0)
			return FAIL(attempt, ERROR_INVALID_REQUEST, device->name, "%s has no %s capacity", device->name,
				    type);
		if (decoder == SNAPSHOT_NONE)
			return FAIL(attempt, ERROR_NO_CAPACITY, device->name,
				    "each decoder of %s serves a region or holds DPA", device->name);
		if (snapshot->decoders[decoder].locked)
			return FAIL(attempt, ERROR_REGION_LOCKED, device->name, "firmware locked %s of %s",
				    snapshot->decoders[decoder].name, device->name);
		*target = (struct plan_target){ .position = i,
						.decoder_inode = snapshot->decoders[decoder].inode,
						.dpa_start = capacity_dpa_start(snapshot, memdev, attempt->type) };
		strcpy(target->memdev, device->name);
		strcpy(target->decoder, snapshot->decoders[decoder].name);
		if (room < *ret_least)
			*ret_least = room;
	}
	plan->n_targets = attempt->ways;
	return 0;
}

/* The highest region that stands on a port of the new one, which has to lie above it. */
static uint64_t find_floor(const struct attempt *attempt, int *ret_region)
{
	uint64_t floor = 0;

	for (unsigned int i = 0; i < attempt->ways; i++) {
		const struct memdev *memdev = &attempt->snapshot->memdevs[attempt->order.memdevs[i]];
		int path[SNAPSHOT_DEPTH_MAX], region;
		size_t n = snapshot_path(attempt->snapshot, memdev->endpoint, path);

		for (size_t k = 0; k + 1 < n; k++) { /* the root itself has no order */
			uint64_t end = capacity_port_floor(attempt->snapshot, path[k], &region);

			if (end > floor) {
				floor = end;
				*ret_region = region;
			}
		}
	}
	return floor;
}

static int choose_size(struct attempt *attempt, struct plan *plan, uint64_t least)
{
	uint64_t unit = REGION_SIZE_ALIGN * attempt->ways, most = least - least % REGION_SIZE_ALIGN;
	int region = SNAPSHOT_NONE;

	plan->size = capacity_hpa_max_size(attempt->snapshot, attempt->root, find_floor(attempt, &region),
					   most * attempt->ways, unit);
	if (plan->size > 0)
		return 0;
	return FAIL(attempt, ERROR_NO_CAPACITY, attempt->root->name,
		    "%s and its memdevs have no room for a %u-way region, the smallest of which has %" PRIu64 " MiB",
		    attempt->root->name, attempt->ways, unit >> 20);
}

static int check_size(struct attempt *attempt, struct plan *plan, uint64_t least)
{
	uint64_t size = attempt->request->size, unit = REGION_SIZE_ALIGN * attempt->ways;
	char wanted[REGION_SIZE_TEXT_MAX], room[REGION_SIZE_TEXT_MAX];

	if (!attempt->request->has_size)
		return choose_size(attempt, plan, least);
	if (size == 0 || size % unit != 0)
		return FAIL(attempt, ERROR_INVALID_REQUEST, NULL,
			    "a size of %s: it must be a multiple of %" PRIu64 " MiB (256 MiB for each of %u ways)",
			    region_size_format(size, wanted), unit >> 20, attempt->ways);
	for (unsigned int i = 0; i < attempt->ways; i++) {
		uint64_t has = capacity_dpa_free(attempt->snapshot, attempt->order.memdevs[i], attempt->type);

		if (size / attempt->ways > has)
			return FAIL(attempt, ERROR_NO_CAPACITY, plan->targets[i].memdev,
				    "%s would have to give %s of %s, but has %s left", plan->targets[i].memdev,
				    region_size_format(size / attempt->ways, wanted), region_type_name(attempt->type),
				    region_size_format(has, room));
	}
	plan->size = size;
	return 0;
}

static int check_hpa(struct attempt *attempt, struct plan *plan)
{
	char wanted[REGION_SIZE_TEXT_MAX], room[REGION_SIZE_TEXT_MAX];
	const struct decoder *root = attempt->root;
	int region = SNAPSHOT_NONE;
	uint64_t floor = find_floor(attempt, &region);

	if (!capacity_hpa_first_fit(attempt->snapshot, root, plan->size, &plan->start))
		return FAIL(attempt, ERROR_NO_CAPACITY, root->name, "%s has no free range of %s: the largest has %s",
			    root->name, region_size_format(plan->size, wanted),
			    region_size_format(capacity_hpa_max_extent(attempt->snapshot, root), room));
	if (plan->start < floor)
		return FAIL(
			attempt, ERROR_NO_CAPACITY, attempt->snapshot->regions[region].name,
			"the kernel would put the region at 0x%" PRIx64
			", below %s, which is already on one of its ports; a port takes regions in rising order only",
			plan->start, attempt->snapshot->regions[region].name);
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
		r = attempt->named->n > 0 ? order_targets(attempt) : choose_targets(attempt);
	if (r == 0 && ++attempt->stage)
		r = check_dpa(attempt, plan, &least);
	if (r == 0 && ++attempt->stage)
		r = check_size(attempt, plan, least);
	if (r == 0 && ++attempt->stage)
		r = check_hpa(attempt, plan);
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
	if (request->commit_is_refused) {
		failure_set(
			failure, ERROR_CONFLICT, NULL,
			"this is a virtual machine that shows the hypervisor bit: the kernel would answer the commit "
			"of a region with a warning, since it cannot invalidate CPU caches here");
		failure_set_remedy(failure, "Hide the bit from the guest (QEMU: -cpu host,hypervisor=off), or set "
					    "GuestCommit=try in cxl-regiond.conf(5) and take the warning.");
		failure->retryable = false;
		return failure->code;
	}
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
		r = name_memdevs(snapshot, request, &named, ret_failure);
	if (r == 0)
		r = request->root_decoder ? try_named_root(&attempt, &plan) : try_each_root(&attempt, &plan);
	if (r != 0)
		return r;
	complete(&attempt, &plan);
	*ret_plan = plan;
	return 0;
}
