/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-repair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capacity.h"
#include "plan-check.h"

/* -- the list ---------------------------------------------------------- */

static struct finding *add_finding(struct finding_list *list, enum finding_kind kind, const char *object,
				   uint64_t inode)
{
	struct finding *grown = reallocarray(list->findings, list->n + 1, sizeof(*grown));
	struct finding *finding;

	if (!grown)
		return NULL;
	list->findings = grown;
	finding = &grown[list->n++];
	*finding = (struct finding){ .kind = kind, .inode = inode };
	snprintf(finding->object, sizeof(finding->object), "%s", object);
	return finding;
}

void finding_list_done(struct finding_list *list)
{
	free(list->findings);
	*list = (struct finding_list){ NULL, 0 };
}

bool finding_is_damage(const struct finding *finding)
{
	return finding->kind != FINDING_FIRMWARE_DPA && finding->kind != FINDING_DISABLED;
}

bool finding_has_plan(const struct finding *finding)
{
	return finding->plan.n_steps > 0;
}

void finding_leave(struct finding *finding, const char *remedy)
{
	finding->plan.n_steps = 0;
	finding->action[0] = '\0';
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy);
}

#define WHY(finding, ...)    snprintf((finding)->why, sizeof((finding)->why), __VA_ARGS__)
#define ACTION(finding, ...) snprintf((finding)->action, sizeof((finding)->action), __VA_ARGS__)
#define REMEDY(finding, ...) snprintf((finding)->remedy, sizeof((finding)->remedy), __VA_ARGS__)

/* -- what is committed ------------------------------------------------- */

/*
 * May an endpoint decoder that serves a region be committed? Where the kernel tells a port's highest committed decoder,
 * those above it are not. Where it does not (before Linux 6.3), it does not assemble firmware's regions either: what
 * is attached to an uncommitted region was attached by a program, and is not committed.
 */
static bool may_be_committed(const struct snapshot *snapshot, const struct decoder *decoder)
{
	uint64_t committed = snapshot->ports[decoder->port].decoders_committed;

	return committed != SNAPSHOT_UNKNOWN && (uint64_t)decoder->id < committed;
}

/*
 * An endpoint decoder outside any region has a range only if the kernel found it committed when it came: a range that
 * it got from a region goes with the region.
 */
static bool is_committed_alone(const struct decoder *decoder)
{
	return decoder->size > 0;
}

static unsigned int count_targets(const struct region *region)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++)
		n += region->targets[i] != SNAPSHOT_NONE;
	return n;
}

static const struct decoder *find_committed_target(const struct snapshot *snapshot, const struct region *region)
{
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++) {
		int target = region->targets[i];

		if (target != SNAPSHOT_NONE && may_be_committed(snapshot, &snapshot->decoders[target]))
			return &snapshot->decoders[target];
	}
	return NULL;
}

/* The kernel takes no size for a pmem region without a uuid, but assembles such regions from what firmware made. */
static bool lacks_uuid(const struct region *region)
{
	return region->type == REGION_TYPE_PMEM && region->size > 0 && region->uuid[0] == '\0';
}

/* sysfs counts its inodes up: whoever attaches a target finds it there, unless it is the kernel that assembles. */
static const struct decoder *find_younger_target(const struct snapshot *snapshot, const struct region *region)
{
	for (unsigned int i = 0; i < region->ways && i < REGION_WAYS_MAX; i++)
		if (region->targets[i] != SNAPSHOT_NONE && snapshot->decoders[region->targets[i]].inode > region->inode)
			return &snapshot->decoders[region->targets[i]];
	return NULL;
}

/* -- regions ----------------------------------------------------------- */

/* Returns false for a region that nobody but a program can have made, and that is committed nowhere. */
static bool explain_firmware(const struct snapshot *snapshot, const struct region *region, struct finding *finding)
{
	const struct decoder *committed = find_committed_target(snapshot, region);
	const struct decoder *younger = find_younger_target(snapshot, region);

	if (snapshot_region_is_locked(snapshot, region))
		WHY(finding, "%s is not committed, and a decoder that serves it is locked.", region->name);
	else if (committed)
		WHY(finding, "%s is not committed, but %s, which serves it, may be: %u of its %u targets are there.",
		    region->name, committed->name, count_targets(region), region->ways);
	else if (younger)
		WHY(finding, "%s is not committed, and older than its target %s: the kernel assembled it.",
		    region->name, younger->name);
	else if (lacks_uuid(region))
		WHY(finding,
		    "%s is a pmem region that is not committed and has a size but no uuid: the kernel assembled it.",
		    region->name);
	else
		return false;
	REMEDY(finding, "It is left alone, because the platform's firmware may have made it. Bring its missing memory "
			"devices back, or change it in the firmware's setup and reboot.");
	return true;
}

static void explain_uncommitted(const struct region *region, struct finding *finding)
{
	unsigned int n = count_targets(region);

	if (region->size == 0) {
		finding->kind = FINDING_HALF_BUILT;
		WHY(finding, "%s is not committed and has no size: whoever built it stopped half-way.", region->name);
	} else if (n == 0) {
		finding->kind = FINDING_GHOST;
		WHY(finding,
		    "%s has addresses but no target, and is not committed: its memory devices went away, or whoever "
		    "built it, or took it down, stopped half-way.",
		    region->name);
	} else if (n < region->ways) {
		finding->kind = FINDING_TARGETS_GONE;
		WHY(finding,
		    "%s has %u of its %u targets, and is not committed: memory devices went away, or whoever built it, "
		    "or took it down, stopped half-way.",
		    region->name, n, region->ways);
	} else {
		finding->kind = FINDING_HALF_BUILT;
		WHY(finding,
		    "%s has all its targets, but is not committed: whoever built it, or took it down, stopped "
		    "half-way.",
		    region->name);
	}
}

/* What it was, for whoever wants to make it again: the uuid goes with it. */
static void describe_action(const struct region *region, const struct plan *plan, struct finding *finding)
{
	char uuid[64] = "", dpa[64] = "";
	unsigned int n = 0;

	if (region->uuid[0] != '\0')
		snprintf(uuid, sizeof(uuid), ", uuid %s", region->uuid);
	for (unsigned int i = 0; i < plan->n_steps; i++)
		n += plan->steps[i].kind == STEP_FREE_DPA;
	if (n > 0)
		snprintf(dpa, sizeof(dpa), ", and free the DPA of %u decoder%s", n, n > 1 ? "s" : "");
	ACTION(finding, "Delete %s (%s, %" PRIu64 " MiB, %u-way%s)%s.", region->name, region_type_name(region->type),
	       region->size >> 20, region->ways, uuid, dpa);
}

/* What waits for a later decoder's DPA is freed after that, in a finding of its own. */
static bool can_free_at_once(const struct snapshot *snapshot, const struct plan_target *target)
{
	int decoder = snapshot_find_decoder(snapshot, target->decoder);

	return target->dpa_size > 0 && capacity_blocked_by(snapshot, decoder) == SNAPSHOT_NONE;
}

static void plan_region_away(const struct snapshot *snapshot, const struct region *region, struct plan *plan)
{
	plan_describe_region(snapshot, region, plan);
	for (int i = (int)plan->n_targets - 1; i >= 0; i--)
		plan_add(plan, STEP_DETACH, i);
	for (int i = (int)plan->n_targets - 1; i >= 0; i--)
		if (can_free_at_once(snapshot, &plan->targets[i]))
			plan_add(plan, STEP_FREE_DPA, i);
	plan_add(plan, STEP_DELETE, -1);
}

static void look_at_uncommitted(const struct snapshot *snapshot, const struct region *region, struct finding *finding)
{
	if (explain_firmware(snapshot, region, finding))
		return;
	explain_uncommitted(region, finding);
	if (region->bound) {
		REMEDY(finding, "It is left alone, because it is bound to its driver: somebody is at work on it. Look "
				"again.");
		return;
	}
	plan_region_away(snapshot, region, &finding->plan);
	describe_action(region, &finding->plan, finding);
}

static void explain_broken(const struct region *region, struct finding *finding)
{
	WHY(finding, "%s is committed, but %u of its %u targets are missing.", region->name,
	    region->ways - count_targets(region), region->ways);
	REMEDY(finding, "It is left alone, because it is committed. 'cxlctl region delete %s' takes it down.",
	       region->name);
}

static void explain_disabled(const struct region *region, struct finding *finding)
{
	WHY(finding,
	    "%s is committed, but not bound to its driver: somebody disabled it, or stopped before enabling it.",
	    region->name);
	REMEDY(finding,
	       "It is left alone, because it is whole. 'cxlctl region enable %s' binds it, 'cxlctl region delete %s' "
	       "takes it down.",
	       region->name, region->name);
}

/* Which of the kinds that need no closer look: FINDING_FIRMWARE_REGION stands for all that is not committed. */
static bool is_found(const struct region *region, enum finding_kind *ret_kind)
{
	if (!region->committed)
		*ret_kind = FINDING_FIRMWARE_REGION;
	else if (count_targets(region) < region->ways)
		*ret_kind = FINDING_BROKEN;
	else if (!region->bound)
		*ret_kind = FINDING_DISABLED;
	else
		return false;
	return true;
}

static int look_at_region(const struct snapshot *snapshot, const struct region *region, struct finding_list *list)
{
	struct finding *finding;
	enum finding_kind kind;

	if (!is_found(region, &kind))
		return 0;
	finding = add_finding(list, kind, region->name, region->inode);
	if (!finding)
		return -ENOMEM;
	if (kind == FINDING_FIRMWARE_REGION)
		look_at_uncommitted(snapshot, region, finding);
	else if (kind == FINDING_BROKEN)
		explain_broken(region, finding);
	else
		explain_disabled(region, finding);
	return 0;
}

/* -- DPA --------------------------------------------------------------- */

static const struct plan *find_region_plan(const struct finding_list *list, const char *region)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->findings[i].object, region) == 0 && finding_has_plan(&list->findings[i]))
			return &list->findings[i].plan;
	return NULL;
}

static bool frees(const struct plan *plan, const char *decoder)
{
	for (unsigned int i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == STEP_FREE_DPA &&
		    strcmp(plan->targets[plan->steps[i].target].decoder, decoder) == 0)
			return true;
	return false;
}

/* The region that goes before the DPA of this decoder can, or NULL when it is in none. */
static const struct region *region_of(const struct snapshot *snapshot, const struct decoder *decoder)
{
	return decoder->region == SNAPSHOT_NONE ? NULL : &snapshot->regions[decoder->region];
}

/* Will the DPA of this decoder be free, when all that can be repaired has been? */
static bool goes(const struct snapshot *snapshot, const struct decoder *decoder, const struct finding_list *list)
{
	const struct region *region = region_of(snapshot, decoder);

	return region ? find_region_plan(list, region->name) != NULL : !is_committed_alone(decoder);
}

/* A later decoder of the endpoint whose DPA stays, and keeps this one's from being freed; or NULL. */
static const struct decoder *find_blocker(const struct snapshot *snapshot, const struct decoder *decoder,
					  const struct finding_list *list)
{
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		const struct decoder *other = &snapshot->decoders[i];

		if (other->port == decoder->port && other->id > decoder->id && other->dpa_size > 0 &&
		    !goes(snapshot, other, list))
			return other;
	}
	return NULL;
}

/* Steps are carried out below a root decoder: the first whose window reaches the endpoint. */
static const struct decoder *root_above(const struct snapshot *snapshot, const struct decoder *decoder)
{
	for (size_t i = 0; i < snapshot->n_decoders; i++)
		if (snapshot->decoders[i].kind == DECODER_ROOT &&
		    snapshot_decoder_reaches_port(snapshot, &snapshot->decoders[i], decoder->port))
			return &snapshot->decoders[i];
	return NULL;
}

static const char *memdev_of(const struct snapshot *snapshot, const struct decoder *decoder)
{
	int memdev = snapshot->ports[decoder->port].memdev;

	return memdev == SNAPSHOT_NONE ? "" : snapshot->memdevs[memdev].name;
}

static void plan_free(const struct snapshot *snapshot, const struct decoder *decoder, const struct decoder *root,
		      struct plan *plan)
{
	struct plan_target *target = &plan->targets[0];

	strcpy(plan->root_decoder, root->name);
	plan->root_inode = root->inode;
	strcpy(target->decoder, decoder->name);
	strcpy(target->memdev, memdev_of(snapshot, decoder));
	target->decoder_inode = decoder->inode;
	target->dpa_start = decoder->dpa_start;
	target->dpa_size = decoder->dpa_size;
	plan->n_targets = 1;
	plan_add(plan, STEP_FREE_DPA, 0);
}

static void explain_stray(const struct snapshot *snapshot, const struct decoder *decoder, struct finding *finding)
{
	const struct region *region = region_of(snapshot, decoder);
	uint64_t size = decoder->dpa_size >> 20;

	if (region)
		WHY(finding, "%s holds %" PRIu64 " MiB of %s for %s, which goes.", decoder->name, size,
		    memdev_of(snapshot, decoder), region->name);
	else
		WHY(finding, "%s holds %" PRIu64 " MiB of %s, but serves no region and is not committed.",
		    decoder->name, size, memdev_of(snapshot, decoder));
}

static void look_at_stray(const struct snapshot *snapshot, const struct decoder *decoder,
			  const struct finding_list *list, struct finding *finding)
{
	const struct decoder *blocker = find_blocker(snapshot, decoder, list);
	const struct decoder *root = root_above(snapshot, decoder);

	explain_stray(snapshot, decoder, finding);
	if (blocker) {
		REMEDY(finding,
		       "It cannot be freed yet, because %s holds memory of the same device behind it. Delete the "
		       "region of %s first, then repair again.",
		       blocker->name, blocker->name);
	} else if (!root) {
		REMEDY(finding,
		       "It is left alone, because no root decoder reaches it. Free it by hand: write 0 to its dpa_size "
		       "in /sys/bus/cxl/devices/%s.",
		       decoder->name);
	} else {
		plan_free(snapshot, decoder, root, &finding->plan);
		ACTION(finding, "Free the %" PRIu64 " MiB of %s that %s holds.", decoder->dpa_size >> 20,
		       memdev_of(snapshot, decoder), decoder->name);
	}
}

static void explain_firmware_dpa(const struct decoder *decoder, struct finding *finding)
{
	WHY(finding, "%s is committed, but serves no region that the kernel knows.", decoder->name);
	REMEDY(finding, "It is left alone, because the platform's firmware may have made memory of it. sysfs cannot "
			"reset it; a reset of the PCI device, or a reboot, can.");
}

static int look_at_dpa(const struct snapshot *snapshot, const struct decoder *decoder, struct finding_list *list)
{
	const struct region *region = region_of(snapshot, decoder);
	const struct plan *plan = region ? find_region_plan(list, region->name) : NULL;
	bool alone = !region && is_committed_alone(decoder);
	struct finding *finding;

	if (region && (!plan || frees(plan, decoder->name)))
		return 0;
	finding = add_finding(list, alone ? FINDING_FIRMWARE_DPA : FINDING_STRAY_DPA, decoder->name, decoder->inode);
	if (!finding)
		return -ENOMEM;
	if (alone)
		explain_firmware_dpa(decoder, finding);
	else
		look_at_stray(snapshot, decoder, list, finding);
	return 0;
}

/* Highest decoder first, whichever memdev it is of. */
static int look_at_all_dpa(const struct snapshot *snapshot, struct finding_list *list)
{
	int highest = -1;

	for (size_t i = 0; i < snapshot->n_decoders; i++)
		if (snapshot->decoders[i].kind == DECODER_ENDPOINT && snapshot->decoders[i].id > highest)
			highest = snapshot->decoders[i].id;
	for (int id = highest; id >= 0; id--) {
		for (size_t i = 0; i < snapshot->n_decoders; i++) {
			const struct decoder *decoder = &snapshot->decoders[i];
			int r;

			if (decoder->kind != DECODER_ENDPOINT || decoder->id != id || decoder->dpa_size == 0)
				continue;
			r = look_at_dpa(snapshot, decoder, list);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int plan_repair(const struct snapshot *snapshot, struct finding_list *ret_list)
{
	struct finding_list list = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < snapshot->n_regions; i++)
		r = look_at_region(snapshot, &snapshot->regions[i], &list);
	if (r >= 0)
		r = look_at_all_dpa(snapshot, &list);
	if (r < 0) {
		finding_list_done(&list);
		return r;
	}
	*ret_list = list;
	return 0;
}
