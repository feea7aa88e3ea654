/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inventory.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "json-members.h"
#include "member.h"

int inventory_init(struct inventory *inventory, const struct job_queue *queue, uint64_t now_usec)
{
	*inventory = (struct inventory){ .queue = queue, .taken_usec = now_usec };
	inventory->created = calloc(INVENTORY_CREATED_MAX, sizeof(*inventory->created));
	return inventory->created ? 0 : -ENOMEM;
}

void inventory_done(struct inventory *inventory)
{
	json_object_put(inventory->topology);
	json_object_put(inventory->problems);
	json_object_put(inventory->findings);
	free(inventory->created);
	*inventory = (struct inventory){};
}

void inventory_take(struct inventory *inventory, struct json_object *result, uint64_t began_usec)
{
	struct json_object *topology;

	if (inventory->topology && began_usec < inventory->taken_usec)
		return;
	if (!json_object_object_get_ex(result, "topology", &topology))
		return;
	json_object_put(inventory->topology);
	json_object_put(inventory->problems);
	json_object_put(inventory->findings);
	inventory->topology = json_object_get(topology);
	inventory->problems = json_object_get(json_get_array(result, "problems"));
	inventory->findings = json_object_get(json_get_array(result, "findings"));
	inventory->livepatch = json_object_get_boolean(member_get(result, "livepatch", json_type_boolean));
	inventory->taken_usec = began_usec;
	if (inventory->taken)
		inventory->taken(inventory->userdata);
}

void inventory_on_taken(struct inventory *inventory, void (*taken)(void *userdata), void *userdata)
{
	inventory->taken = taken;
	inventory->userdata = userdata;
}

void inventory_touch(struct inventory *inventory, uint64_t now_usec)
{
	inventory->changed_usec = now_usec;
}

bool inventory_is_old(const struct inventory *inventory)
{
	return !inventory->topology || inventory->changed_usec >= inventory->taken_usec;
}

static struct json_object *regions_of(const struct inventory *inventory)
{
	return inventory->topology ? json_get_array(inventory->topology, "regions") : NULL;
}

/* Returns false when there is none of that name. */
static bool find_region(const struct inventory *inventory, const char *name, size_t *ret_index)
{
	struct json_object *regions = regions_of(inventory);

	for (size_t i = 0; regions && i < json_object_array_length(regions); i++)
		if (strcmp(json_get_string(json_object_array_get_idx(regions, i), "region"), name) == 0) {
			*ret_index = i;
			return true;
		}
	return false;
}

struct json_object *inventory_find(const struct inventory *inventory, const char *region)
{
	size_t index;

	return find_region(inventory, region, &index) ? json_object_array_get_idx(regions_of(inventory), index) : NULL;
}

static void forget_region(struct inventory *inventory, const char *name)
{
	size_t index;

	if (find_region(inventory, name, &index))
		json_object_array_del_idx(regions_of(inventory), index, 1);
}

void inventory_put(struct inventory *inventory, struct json_object *region)
{
	forget_region(inventory, json_get_string(region, "region"));
	if (regions_of(inventory))
		(void)member_append(regions_of(inventory), json_object_get(region));
}

/* The youngest first: that is the one that is asked for most. */
static struct inventory_created *created_find(const struct inventory *inventory, const char *region,
					      const char *generation)
{
	for (size_t i = inventory->created_count; i-- > 0;)
		if (strcmp(inventory->created[i].generation, generation) == 0 &&
		    strcmp(inventory->created[i].region, region) == 0)
			return &inventory->created[i];
	return NULL;
}

static void created_forget(struct inventory *inventory, struct inventory_created *created)
{
	struct inventory_created *end = inventory->created + inventory->created_count--;

	memmove(created, created + 1, (size_t)(end - created - 1) * sizeof(*created));
}

bool inventory_has_created(const struct inventory *inventory, const char *region, const char *generation)
{
	return created_find(inventory, region, generation);
}

void inventory_created(struct inventory *inventory, const char *region, const char *generation)
{
	struct inventory_created *created;

	if (created_find(inventory, region, generation))
		return;
	if (inventory->created_count == INVENTORY_CREATED_MAX)
		created_forget(inventory, inventory->created);
	created = &inventory->created[inventory->created_count++];
	snprintf(created->region, sizeof(created->region), "%s", region);
	snprintf(created->generation, sizeof(created->generation), "%s", generation);
}

void inventory_deleted(struct inventory *inventory, const char *region, const char *generation)
{
	struct inventory_created *created = created_find(inventory, region, generation);

	if (created)
		created_forget(inventory, created);
	forget_region(inventory, region);
}

void inventory_job_ended(struct inventory *inventory, uint64_t now_usec)
{
	inventory->job_ended_usec = now_usec;
}

int inventory_overlay(const struct inventory *inventory, struct json_object *region, uint64_t began_usec)
{
	const char *name = json_get_string(region, "region");
	int r = 0;

	if (*name && created_find(inventory, name, json_get_string(region, "generation")))
		r = member_add_string(region, "origin", "daemon");
	if (r == 0 && strcmp(json_get_string(region, "state"), "damaged") == 0 &&
	    (job_queue_works_on(inventory->queue, name) || inventory->job_ended_usec >= began_usec))
		r = member_add_string(region, "state", "incomplete");
	return r;
}

int inventory_overlay_all(const struct inventory *inventory, struct json_object *regions, uint64_t began_usec)
{
	for (size_t i = 0; i < json_object_array_length(regions); i++) {
		int r = inventory_overlay(inventory, json_object_array_get_idx(regions, i), began_usec);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_at_work(const struct inventory *inventory, const char *object, uint64_t began_usec)
{
	if (inventory->job_ended_usec >= began_usec)
		return true;
	if (region_name_is_valid(REGION_NAME_REGION, object))
		return job_queue_works_on(inventory->queue, object);
	return job_queue_running(inventory->queue);
}

void inventory_overlay_findings(const struct inventory *inventory, struct json_object *findings, uint64_t began_usec)
{
	for (size_t i = json_object_array_length(findings); i-- > 0;)
		if (is_at_work(inventory, json_get_string(json_object_array_get_idx(findings, i), "object"),
			       began_usec))
			json_object_array_del_idx(findings, i, 1);
}
