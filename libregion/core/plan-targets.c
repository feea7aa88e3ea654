/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which memdevs a region is made of, and what each gives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capacity.h"
#include "plan-attempt.h"
#include "plan-check.h"

int plan_find_memdev(const struct snapshot *snapshot, const char *text)
{
	int found = SNAPSHOT_NONE;
	uint64_t serial;
	char *end;

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
	for (size_t i = 0; i < snapshot->n_memdevs; i++) {
		if (snapshot->memdevs[i].serial != serial)
			continue;
		if (found != SNAPSHOT_NONE)
			return SNAPSHOT_NONE; /* two have it: it names neither */
		found = (int)i;
	}
	return found;
}

static int check_memdev(const struct snapshot *snapshot, int memdev, struct failure *failure)
{
	const struct memdev *device = &snapshot->memdevs[memdev];

	if (device->endpoint != SNAPSHOT_NONE && snapshot->ports[device->endpoint].bound)
		return 0;
	return failure_set(failure, ERROR_CONFLICT, device->name,
			   "%s has no active port: it is not enabled, or its link is down", device->name);
}

int plan_name_memdevs(const struct snapshot *snapshot, const struct create_request *request, struct target_order *named,
		      struct failure *failure)
{
	for (unsigned int i = 0; i < request->n_memdevs; i++) {
		int memdev = plan_find_memdev(snapshot, request->memdevs[i]), r;

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

int plan_choose_targets(struct attempt *attempt)
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

int plan_order_targets(struct attempt *attempt)
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

int plan_check_dpa(struct attempt *attempt, struct plan *plan, uint64_t *ret_least)
{
	const struct snapshot *snapshot = attempt->snapshot;
	const char *type = region_type_name(attempt->type);

	*ret_least = UINT64_MAX;
	for (unsigned int i = 0; i < attempt->ways; i++) {
		int memdev = attempt->order.memdevs[i], decoder = capacity_next_decoder(snapshot, memdev);
		const struct memdev *device = &snapshot->memdevs[memdev];
		uint64_t room = capacity_dpa_free(snapshot, memdev, attempt->type);
		int below;
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
		below = capacity_uncommitted_below(snapshot, decoder);
		if (below != SNAPSHOT_NONE)
			return FAIL(attempt, ERROR_CONFLICT, snapshot->decoders[below].name,
				    "%s of %s holds DPA and is not committed: no later decoder can be used before its "
				    "DPA is freed",
				    snapshot->decoders[below].name, device->name);
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
