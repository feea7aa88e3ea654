/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "finding-json.h"

#include <errno.h>

#include "cleanup.h"
#include "member.h"
#include "plan-json.h"
#include "snapshot-json.h"

static const char *const kinds[] = {
	[FINDING_HALF_BUILT] = "half_built",
	[FINDING_GHOST] = "ghost",
	[FINDING_TARGETS_GONE] = "targets_gone",
	[FINDING_FIRMWARE_REGION] = "firmware_region",
	[FINDING_BROKEN] = "broken",
	[FINDING_STRAY_DPA] = "stray_dpa",
	[FINDING_FIRMWARE_DPA] = "firmware_dpa",
	[FINDING_DISABLED] = "disabled",
};

static int add_text(struct json_object *object, const char *name, const char *text)
{
	return text[0] ? member_add_string(object, name, text) : 0;
}

int finding_to_json(const struct finding *finding, struct json_object **ret_finding)
{
	CLEANUP(cleanup_json) struct json_object *object = json_object_new_object();
	char generation[GENERATION_MAX];
	struct json_object *steps;
	int r = object ? 0 : -ENOMEM;

	if (r >= 0)
		r = member_add_string(object, "kind", kinds[finding->kind]);
	if (r >= 0)
		r = member_add_string(object, "object", finding->object);
	if (r >= 0)
		r = member_add_string(object, "generation", generation_format(finding->inode, generation));
	if (r >= 0)
		r = member_add_bool(object, "damaged", finding_is_damage(finding));
	if (r >= 0)
		r = member_add_string(object, "why", finding->why);
	if (r >= 0)
		r = add_text(object, "action", finding->action);
	if (r >= 0)
		r = add_text(object, "remedy", finding->remedy);
	if (r >= 0)
		r = plan_steps_to_json(&finding->plan, &steps);
	if (r >= 0)
		r = member_add(object, "steps", steps);
	if (r < 0)
		return r;
	*ret_finding = steal_pointer(object);
	return 0;
}

int finding_list_to_json(const struct finding_list *list, struct json_object **ret_findings)
{
	CLEANUP(cleanup_json) struct json_object *array = json_object_new_array();
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		struct json_object *finding;

		r = finding_to_json(&list->findings[i], &finding);
		if (r >= 0)
			r = member_append(array, finding);
	}
	if (r < 0)
		return r;
	*ret_findings = steal_pointer(array);
	return 0;
}
