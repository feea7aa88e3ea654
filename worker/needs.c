/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "needs.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "member.h"
#include "snapshot-json.h"

void needs_begin(struct needs *needs, struct json_object *locks)
{
	json_object_put(needs->told);
	*needs = (struct needs){ .locks = locks };
}

static bool has_lock(struct json_object *locks, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(locks); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(locks, i)), name) == 0)
			return true;
	return false;
}

static int add_name(struct json_object *names, const char *name)
{
	return has_lock(names, name) ? 0 : member_append(names, json_object_new_string(name));
}

static int add_path(struct json_object *names, const struct snapshot *snapshot, int port)
{
	int path[SNAPSHOT_DEPTH_MAX], r = 0;
	size_t n = snapshot_path(snapshot, port, path);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (snapshot->ports[path[i]].kind != PORT_ROOT)
			r = add_name(names, snapshot->ports[path[i]].uport);
	return r;
}

/* What has no memdev any more may be behind any bridge of the window. */
static int add_window(struct json_object *names, const struct snapshot *snapshot, const char *root_decoder)
{
	int root = snapshot_find_decoder(snapshot, root_decoder), r = 0;

	for (size_t i = 0; r == 0 && root != SNAPSHOT_NONE && i < snapshot->n_ports; i++)
		if (snapshot->ports[i].kind != PORT_ROOT &&
		    snapshot_decoder_reaches_port(snapshot, &snapshot->decoders[root], (int)i))
			r = add_name(names, snapshot->ports[i].uport);
	return r;
}

static int add_target(struct json_object *names, const struct snapshot *snapshot, const struct plan *plan,
		      const struct plan_target *target)
{
	int memdev = snapshot_find_memdev(snapshot, target->memdev);
	int endpoint = memdev == SNAPSHOT_NONE ? SNAPSHOT_NONE : snapshot->memdevs[memdev].endpoint;

	return endpoint == SNAPSHOT_NONE ? add_window(names, snapshot, plan->root_decoder)
					 : add_path(names, snapshot, endpoint);
}

static int list_needs(const struct snapshot *snapshot, const struct plan *plan, struct json_object **ret_names)
{
	CLEANUP(cleanup_json) struct json_object *names = json_object_new_array();
	int r = names && snapshot ? add_name(names, plan->root_decoder) : -ENOMEM;

	for (unsigned int i = 0; r == 0 && i < plan->n_targets; i++)
		r = add_target(names, snapshot, plan, &plan->targets[i]);
	if (r == 0)
		*ret_names = steal_pointer(names);
	return r;
}

static bool covers(struct json_object *locks, struct json_object *names)
{
	for (size_t i = 0; i < json_object_array_length(names); i++)
		if (!has_lock(locks, json_object_get_string(json_object_array_get_idx(names, i))))
			return false;
	return true;
}

/* With the object that the plan was made for: under its name there may be another when the job has its locks. */
static int tell(struct needs *needs, const struct plan *plan, struct json_object *names)
{
	CLEANUP(cleanup_json) struct json_object *told = json_object_new_object();
	char generation[GENERATION_MAX];
	int r = told ? member_add(told, "needs", json_object_get(names)) : -ENOMEM;

	if (r == 0 && plan->region_inode)
		r = member_add_string(told, "generation", generation_format(plan->region_inode, generation));
	if (r == 0)
		needs->told = steal_pointer(told);
	return r;
}

int needs_check(struct needs *needs, const struct snapshot *snapshot, const struct plan *plan,
		struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *names = NULL;
	int r;

	if (!needs->locks)
		return 0;
	r = list_needs(snapshot, plan, &names);
	if (r == 0 && covers(needs->locks, names))
		return 0;
	if (r == 0)
		r = tell(needs, plan, names);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking which locks the plan needs");
	return failure_set(ret_failure, ERROR_CONFLICT, plan->region[0] ? plan->region : NULL,
			   "the host is not as it was when the job's ports were locked");
}

int needs_check_port(struct needs *needs, const char *uport, struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *told = NULL;
	struct json_object *names;
	int r;

	if (!needs->locks || has_lock(needs->locks, uport))
		return 0;
	told = json_object_new_object();
	r = told ? member_add_array(told, "needs", &names) : -ENOMEM;
	if (r >= 0)
		r = add_name(names, uport);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking which locks the port needs");
	needs->told = steal_pointer(told);
	return failure_set(ret_failure, ERROR_CONFLICT, NULL,
			   "the host is not as it was when the job's ports were locked");
}

bool needs_take(struct needs *needs, struct json_object **ret_result)
{
	if (!needs->told)
		return false;
	*ret_result = steal_pointer(needs->told);
	return true;
}
