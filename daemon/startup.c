/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "startup.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "json-members.h"
#include "log.h"

/* Ids of tasks that are neither jobs nor queries. */
#define STARTUP_ID_PROBE    (1ull << 47)
#define STARTUP_ID_DISCOVER (STARTUP_ID_PROBE + 1)

static void startup_become_ready(struct startup *startup)
{
	if (startup->ready)
		return;
	startup->ready = true;
	startup->timer = sd_event_source_disable_unref(startup->timer);
	startup->on_ready(startup->userdata);
}

static void startup_check(struct startup *startup)
{
	if (startup->probe_ended && startup->discover_ended)
		startup_become_ready(startup);
}

static void startup_on_probe(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct startup *startup = list_owner(task, struct startup, probe);

	startup->probe_ended = true;
	startup->probed = json_object_get(result);
	if (failure) {
		snprintf(startup->problem, sizeof(startup->problem), "The kernel's fix could not be looked for: %.200s",
			 failure->message);
		log_write(LOG_ERR, "%s", startup->problem);
	}
	startup_check(startup);
}

static void startup_on_discover(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct startup *startup = list_owner(task, struct startup, discover);

	startup->discover_ended = true;
	if (result)
		inventory_take(startup->inventory, result, task->started_usec);
	else
		log_write(LOG_ERR, "the first look at the host failed: %s", failure->message);
	startup_check(startup);
}

static const struct task_ops probe_ops = { .done = startup_on_probe };
static const struct task_ops discover_ops = { .done = startup_on_discover };

static int startup_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct startup *startup = userdata;

	log_write(LOG_WARNING, "the kernel has not answered the first scan yet, callers are served all the same");
	startup_become_ready(startup);
	return 0;
}

static void startup_submit(struct startup *startup, struct task *task, const struct task_ops *ops, uint64_t id,
			   const char *kind)
{
	*task = (struct task){ .ops = ops, .id = id, .kind = kind };
	list_init(&task->node);
	pool_submit(startup->pool, task);
}

static void startup_on_recovered(void *userdata)
{
	struct startup *startup = userdata;

	startup_submit(startup, &startup->discover, &discover_ops, STARTUP_ID_DISCOVER, "discover");
}

int startup_init(struct startup *startup, sd_event *event, struct pool *pool, struct recovery *recovery,
		 struct inventory *inventory, void (*on_ready)(void *userdata), void *userdata)
{
	int r;

	*startup = (struct startup){
		.pool = pool, .recovery = recovery, .inventory = inventory, .on_ready = on_ready, .userdata = userdata
	};
	uname(&startup->kernel);
	r = sd_event_add_time_relative(event, &startup->timer, CLOCK_MONOTONIC, STARTUP_TIMEOUT_USEC, 0,
				       startup_on_timer, startup);
	if (r < 0)
		return r;
	startup_submit(startup, &startup->probe, &probe_ops, STARTUP_ID_PROBE, "probe");
	recovery_start(recovery, startup_on_recovered, startup);
	return 0;
}

void startup_done(struct startup *startup)
{
	startup->timer = sd_event_source_disable_unref(startup->timer);
	json_object_put(startup->probed);
	startup->probed = NULL;
}

static const char *startup_probed(const struct startup *startup, const char *name, const char *otherwise)
{
	const char *text = startup->probed ? json_get_string(startup->probed, name) : "";

	return *text ? text : otherwise;
}

const char *startup_kernel(const struct startup *startup)
{
	return startup_probed(startup, "kernel", startup->kernel.release);
}

/* A livepatch comes and goes: each look at the host tells of it. */
static bool is_livepatched(const struct startup *startup)
{
	return startup->inventory->livepatch && strcmp(startup_probed(startup, "kernel_fix", "none"), "none") == 0;
}

const char *startup_kernel_fix(const struct startup *startup)
{
	return is_livepatched(startup) ? "livepatch" : startup_probed(startup, "kernel_fix", "unknown");
}

const char *startup_kernel_fix_detail(const struct startup *startup)
{
	if (is_livepatched(startup))
		return "cxl-regiond's livepatch against the region deletion race (CVE-2026-74272) is active";
	return startup_probed(startup, "kernel_fix_detail", "No worker has told yet what the running kernel has.");
}

bool startup_kernel_is_fixed(const struct startup *startup)
{
	const char *fix = startup_kernel_fix(startup);

	return strcmp(fix, "none") != 0 && strcmp(fix, "unknown") != 0;
}
