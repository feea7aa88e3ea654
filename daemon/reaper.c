/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reaper.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "json-members.h"
#include "lock-scope.h"
#include "log.h"

/* What becomes of a region whose ports went, as findings call it. */
static bool is_ghost(struct json_object *finding)
{
	const char *kind = json_get_string(finding, "kind");

	return strcmp(kind, "ghost") == 0 || strcmp(kind, "targets_gone") == 0 || strcmp(kind, "half_built") == 0;
}

static struct reaper_entry *find_entry(struct reaper *reaper, const char *region, const char *generation)
{
	for (size_t i = 0; i < REAPER_MAX; i++)
		if (strcmp(reaper->entries[i].region, region) == 0 &&
		    strcmp(reaper->entries[i].generation, generation) == 0)
			return &reaper->entries[i];
	return NULL;
}

static void expect(struct reaper *reaper, const char *region, const char *generation)
{
	struct reaper_entry *entry = &reaper->entries[reaper->next];

	if (find_entry(reaper, region, generation))
		return;
	reaper->next = (reaper->next + 1) % REAPER_MAX;
	*entry = (struct reaper_entry){};
	snprintf(entry->region, sizeof(entry->region), "%s", region);
	snprintf(entry->generation, sizeof(entry->generation), "%s", generation);
}

/* Without memory nobody is on it: then status tells what is left. */
static bool is_on_port(struct json_object *topology, const char *region, const char *lock)
{
	struct lock_set set = {};
	bool on_port = lock_scope_region(topology, region, &set) == 0 && lock_set_has(&set, lock);

	lock_set_done(&set);
	return on_port;
}

void reaper_port_gone(struct reaper *reaper, const struct inventory *inventory, const char *lock)
{
	struct json_object *topology = inventory->topology;
	struct json_object *regions = topology ? json_get_array(topology, "regions") : NULL;

	for (size_t i = 0; regions && i < json_object_array_length(regions); i++) {
		struct json_object *region = json_object_array_get_idx(regions, i);
		const char *name = json_get_string(region, "region");
		const char *generation = json_get_string(region, "generation");

		if (inventory_has_created(inventory, name, generation) && is_on_port(topology, name, lock))
			expect(reaper, name, generation);
	}
}

/* It may have to wait for its locks: one job is enough. */
static bool is_asked_for(const struct job_queue *queue, const struct reaper_entry *entry)
{
	for (const struct list *node = queue->jobs.next; node != &queue->jobs; node = node->next) {
		const struct job *job = list_owner(node, struct job, node);

		if (job->kind == JOB_REAP && strcmp(job->region, entry->region) == 0 &&
		    strcmp(job->generation, entry->generation) == 0)
			return true;
	}
	return false;
}

static void reap(struct runner *runner, struct reaper_entry *entry, uint64_t now_usec)
{
	const struct runner_request request = { .kind = JOB_REAP,
						.region = entry->region,
						.generation = entry->generation };

	if (entry->tries == REAPER_TRIES_MAX || (entry->tries > 0 && now_usec - entry->tried_usec < REAPER_REST_USEC) ||
	    is_asked_for(&runner->queue, entry) || !runner_submit_own(runner, &request))
		return;
	entry->tried_usec = now_usec;
	entry->tries++;
	log_write(LOG_NOTICE, "what is left of %s, whose port went, is deleted", entry->region);
}

void reaper_look(struct reaper *reaper, struct runner *runner, uint64_t now_usec)
{
	struct json_object *findings = runner->inventory->findings;

	for (size_t i = 0; findings && i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);
		struct reaper_entry *entry =
			find_entry(reaper, json_get_string(finding, "object"), json_get_string(finding, "generation"));

		if (entry && is_ghost(finding))
			reap(runner, entry, now_usec);
	}
}
