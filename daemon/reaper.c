/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reaper.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "json-members.h"
#include "log.h"

/* What becomes of a region whose ports went, as findings call it. */
static bool is_ghost(struct json_object *finding)
{
	const char *kind = json_get_string(finding, "kind");

	return strcmp(kind, "ghost") == 0 || strcmp(kind, "targets_gone") == 0 || strcmp(kind, "half_built") == 0;
}

static struct reaper_tried *entry_of(struct reaper *reaper, const char *region, const char *generation)
{
	struct reaper_tried *entry;

	for (size_t i = 0; i < REAPER_TRIED_MAX; i++)
		if (strcmp(reaper->tried[i].region, region) == 0 &&
		    strcmp(reaper->tried[i].generation, generation) == 0)
			return &reaper->tried[i];
	entry = &reaper->tried[reaper->next];
	reaper->next = (reaper->next + 1) % REAPER_TRIED_MAX;
	*entry = (struct reaper_tried){};
	snprintf(entry->region, sizeof(entry->region), "%s", region);
	snprintf(entry->generation, sizeof(entry->generation), "%s", generation);
	return entry;
}

static void reap(struct reaper *reaper, struct runner *runner, const char *region, const char *generation,
		 uint64_t now_usec)
{
	const struct runner_request request = { .kind = JOB_REAP, .region = region, .generation = generation };
	struct reaper_tried *entry = entry_of(reaper, region, generation);

	if (entry->times == REAPER_TRIES_MAX || (entry->times > 0 && now_usec - entry->usec < REAPER_REST_USEC))
		return;
	if (!runner_submit_own(runner, &request))
		return;
	entry->usec = now_usec;
	entry->times++;
	log_write(LOG_NOTICE, "what is left of %s, whose port went, is deleted", region);
}

void reaper_look(struct reaper *reaper, struct runner *runner, uint64_t now_usec)
{
	struct json_object *findings = runner->inventory->findings;

	for (size_t i = 0; findings && i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);
		const char *region = json_get_string(finding, "object");
		const char *generation = json_get_string(finding, "generation");

		if (is_ghost(finding) && inventory_has_created(runner->inventory, region, generation))
			reap(reaper, runner, region, generation, now_usec);
	}
}
