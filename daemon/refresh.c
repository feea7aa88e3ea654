/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refresh.h"

#include "clock.h"

static void refresh_arm(struct refresh *refresh)
{
	uint64_t when = clock_now() + REFRESH_QUIET_USEC;
	int enabled = SD_EVENT_OFF;

	sd_event_source_get_enabled(refresh->timer, &enabled);
	if (enabled == SD_EVENT_OFF)
		refresh->due_usec = clock_now() + REFRESH_LATEST_USEC;
	if (when > refresh->due_usec)
		when = refresh->due_usec;
	sd_event_source_set_time(refresh->timer, when);
	sd_event_source_set_enabled(refresh->timer, SD_EVENT_ONESHOT);
}

/* Somebody's own question may have brought a younger scan meanwhile. */
static int refresh_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct refresh *refresh = userdata;

	if (inventory_is_old(refresh->inventory) && !refresh->runner->stopping)
		query_ask(refresh->queries, "scan", NULL, NULL);
	return 0;
}

int refresh_init(struct refresh *refresh, sd_event *event, struct inventory *inventory, struct queries *queries,
		 const struct runner *runner)
{
	int r;

	*refresh = (struct refresh){ .inventory = inventory, .queries = queries, .runner = runner };
	r = sd_event_add_time(event, &refresh->timer, CLOCK_MONOTONIC, 0, 0, refresh_on_timer, refresh);
	if (r >= 0)
		r = sd_event_source_set_enabled(refresh->timer, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

void refresh_done(struct refresh *refresh)
{
	refresh->timer = sd_event_source_disable_unref(refresh->timer);
}

void refresh_changed(struct refresh *refresh)
{
	inventory_touch(refresh->inventory, clock_now());
	refresh_arm(refresh);
}
