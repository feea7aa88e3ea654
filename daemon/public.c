/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "public.h"

#include <errno.h>
#include <json-c/json.h>

#include "access.h"
#include "call.h"
#include "daemon.h"
#include "json-members.h"
#include "member.h"

/* A view of all for those who may change regions; otherwise a copy, from which things can be taken. */
static int view(const struct daemon *daemon, const struct call *call, struct json_object *object,
		struct json_object **ret_view, bool *ret_whole)
{
	struct json_object *copy = NULL;
	struct failure ignored;

	*ret_whole = access_check(&daemon->config, ACCESS_REGION, call_credentials(call), &ignored) == 0;
	if (*ret_whole) {
		*ret_view = json_object_get(object);
		return 0;
	}
	if (json_object_deep_copy(object, &copy, NULL) < 0)
		return -ENOMEM;
	*ret_view = copy;
	return 0;
}

int public_topology(const struct daemon *daemon, const struct call *call, struct json_object *topology,
		    struct json_object **ret_view)
{
	struct json_object *decoders;
	bool whole;
	int r = view(daemon, call, topology, ret_view, &whole);

	if (r < 0 || whole)
		return r;
	decoders = json_get_array(*ret_view, "decoders");
	for (size_t i = 0; decoders && i < json_object_array_length(decoders); i++)
		json_object_object_del(json_object_array_get_idx(decoders, i), "resource");
	return 0;
}

int public_plan(const struct daemon *daemon, const struct call *call, struct json_object *result,
		struct json_object **ret_view)
{
	struct json_object *plan;
	bool whole;
	int r = view(daemon, call, result, ret_view, &whole);

	if (r < 0 || whole)
		return r;
	plan = member_get(*ret_view, "plan", json_type_object);
	if (plan)
		json_object_object_del(plan, "resource");
	return 0;
}
