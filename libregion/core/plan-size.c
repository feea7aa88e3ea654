/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How large a region is, and where it lies. */
#include <inttypes.h>

#include "capacity.h"
#include "plan-attempt.h"

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

int plan_check_size(struct attempt *attempt, struct plan *plan, uint64_t least)
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

int plan_check_hpa(struct attempt *attempt, struct plan *plan)
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
