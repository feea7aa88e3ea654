/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "regions.h"

#include "libregion.h"
#include "memory.h"
#include "scope.h"

int regions_ask(struct session *session, int count, char **names, struct json_object **ret_regions)
{
	CLEANUP(cleanup_json) struct json_object *parameters = memory_need(json_object_new_object());
	struct problem problem = {};
	struct json_object *wanted = NULL;

	if (count > 0) {
		wanted = memory_need(json_object_new_array());
		memory_add(parameters, "regions", wanted);
	}
	for (int i = 0; i < count; i++) {
		if (!region_name_is_valid(REGION_NAME_REGION, names[i])) {
			problem_set_invalid(&problem, names[i], "'%.64s' is no name of a region, such as region0.",
					    names[i]);
			return session_refuse(session, &problem);
		}
		memory_append(wanted, json_object_new_string(names[i]));
	}
	return session_ask_picture(session, "ListRegions", parameters, "regions", json_type_array, ret_regions);
}
