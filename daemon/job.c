/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "json-members.h"
#include "member.h"

static const char *const kind_names[] = {
	[JOB_CREATE] = "create",       [JOB_DELETE] = "delete", [JOB_ENABLE] = "enable",
	[JOB_DISABLE] = "disable",     [JOB_REPAIR] = "repair", [JOB_UNBIND_PORT] = "unbind-port",
	[JOB_BIND_PORT] = "bind-port", [JOB_REAP] = "reap",	[JOB_LEASE] = "lease",
};

const char *job_kind_name(enum job_kind kind)
{
	return kind_names[kind];
}

bool job_kind_find(const char *name, enum job_kind *ret_kind)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
		if (strcmp(kind_names[i], name) == 0) {
			*ret_kind = (enum job_kind)i;
			return true;
		}
	return false;
}

bool job_kind_has_region(enum job_kind kind)
{
	return kind == JOB_DELETE || kind == JOB_ENABLE || kind == JOB_DISABLE || kind == JOB_REAP;
}

bool job_kind_has_many_plans(enum job_kind kind)
{
	return kind == JOB_REPAIR || kind == JOB_UNBIND_PORT || kind == JOB_BIND_PORT;
}

static void take_text(char *text, size_t size, struct json_object *progress, const char *name)
{
	snprintf(text, size, "%s", json_get_string(progress, name));
}

void job_take_progress(struct job *job, struct json_object *progress)
{
	struct job_progress *taken = &job->progress;

	taken->n = json_get_uint(progress, "n");
	taken->m = json_get_uint(progress, "m");
	take_text(taken->step, sizeof(taken->step), progress, "step");
	take_text(taken->object, sizeof(taken->object), progress, "object");
	take_text(taken->attribute, sizeof(taken->attribute), progress, "attribute");
	if (job->kind == JOB_CREATE && !job->region[0] && region_name_is_valid(REGION_NAME_REGION, taken->object))
		snprintf(job->region, sizeof(job->region), "%.*s", (int)sizeof(job->region) - 1, taken->object);
}

static const char *job_state_name(const struct job *job)
{
	switch (job->state) {
	case JOB_BINDING:
	case JOB_WAITING:
		return "waiting";
	case JOB_RUNNING:
		break;
	case JOB_DONE:
		return "done";
	case JOB_FAILED:
		return "failed";
	}
	return job->hanging ? "hanging" : "running";
}

int job_to_json(const struct job *job, uint64_t now_usec, struct json_object **ret_json)
{
	uint64_t since = job->started_usec != 0 ? job->started_usec : job->arrived_usec;
	uint64_t until = job->ended_usec != 0 ? job->ended_usec : now_usec;
	CLEANUP(cleanup_json) struct json_object *json = json_object_new_object();

	if (!json || member_add_uint(json, "job", job->id) < 0 ||
	    member_add_string(json, "kind", job_kind_name(job->kind)) < 0 ||
	    json_add_text(json, "object", job->region) < 0 || json_add_text(json, "generation", job->generation) < 0 ||
	    member_add_string(json, "state", job_state_name(job)) < 0 || member_add_uint(json, "uid", job->uid) < 0 ||
	    member_add_uint(json, "pid", (uint64_t)job->pid) < 0 || member_add_uint(json, "n", job->progress.n) < 0 ||
	    member_add_uint(json, "m", job->progress.m) < 0 || json_add_text(json, "step", job->progress.step) < 0 ||
	    json_add_text(json, "step_object", job->progress.object) < 0 ||
	    json_add_text(json, "attribute", job->progress.attribute) < 0 ||
	    json_add_seconds(json, "seconds", until - since) < 0)
		return -ENOMEM;
	*ret_json = steal_pointer(json);
	return 0;
}
