/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "param.h"

#include <json-c/json.h>
#include <string.h>

const struct param param_create_request[] = {
	{ "root_decoder", PARAM_STRING },
	{ "memdevs", PARAM_STRINGS },
	{ "interleave_ways", PARAM_UINT },
	{ "interleave_granularity", PARAM_UINT },
	{ "size", PARAM_UINT },
	{ "type", PARAM_STRING },
	{ "uuid", PARAM_STRING },
	{ "enforce_qos", PARAM_BOOL },
	{ NULL },
};

static const char *const type_names[] = {
	[PARAM_STRING] = "a string",	[PARAM_UINT] = "a whole number from 0 to 18446744073709551615",
	[PARAM_BOOL] = "true or false", [PARAM_STRINGS] = "an array of strings",
	[PARAM_OBJECT] = "an object",
};

/* json-c clamps a number beyond INT64_MAX to it, so the sign is right for any number. */
static bool value_is_uint(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0;
}

static bool value_is_strings(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_string))
			return false;
	}
	return true;
}

static bool value_has_type(struct json_object *value, enum param_type type)
{
	switch (type) {
	case PARAM_STRING:
		return json_object_is_type(value, json_type_string);
	case PARAM_UINT:
		return value_is_uint(value);
	case PARAM_BOOL:
		return json_object_is_type(value, json_type_boolean);
	case PARAM_STRINGS:
		return value_is_strings(value);
	case PARAM_OBJECT:
		return json_object_is_type(value, json_type_object);
	}
	return false;
}

static bool string_is_too_long(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) && json_object_get_string_len(value) > PARAM_STRING_MAX;
}

static bool value_is_too_long(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array))
		return string_is_too_long(value);
	if (json_object_array_length(value) > PARAM_ARRAY_MAX)
		return true;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		if (string_is_too_long(json_object_array_get_idx(value, i)))
			return true;
	}
	return false;
}

static const struct param *find_param(const struct param *params, const char *name)
{
	for (; params->name; params++) {
		if (strcmp(params->name, name) == 0)
			return params;
	}
	return NULL;
}

static int check_member(const struct param *params, const char *name, struct json_object *value,
			struct failure *ret_failure)
{
	const struct param *param = find_param(params, name);

	if (!param)
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL, "There is no parameter '%.64s'.", name);
	if (!value)
		return 0;
	if (!value_has_type(value, param->type))
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL, "Parameter '%s' must be %s.", name,
				   type_names[param->type]);
	if (value_is_too_long(value))
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL,
				   "Parameter '%s' is too long: at most %d elements, strings of at most %d bytes.",
				   name, PARAM_ARRAY_MAX, PARAM_STRING_MAX);
	return param->type == PARAM_OBJECT && param->members ? param_check(param->members, value, ret_failure) : 0;
}

static struct json_object *get_member(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;

	json_object_object_get_ex(object, name, &member);
	return member;
}

int param_check(const struct param *params, struct json_object *object, struct failure *ret_failure)
{
	int r;

	if (object) {
		json_object_object_foreach (object, name, value) {
			r = check_member(params, name, value, ret_failure);
			if (r)
				return r;
		}
	}
	for (; params->name; params++) {
		if (params->required && !get_member(object, params->name))
			return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL, "Parameter '%s' is missing.",
					   params->name);
	}
	return 0;
}

bool param_string(struct json_object *object, const char *name, const char **ret_string)
{
	struct json_object *member = get_member(object, name);

	if (member)
		*ret_string = json_object_get_string(member);
	return member;
}

bool param_uint(struct json_object *object, const char *name, uint64_t *ret_number)
{
	struct json_object *member = get_member(object, name);

	if (member)
		*ret_number = json_object_get_uint64(member);
	return member;
}

bool param_bool(struct json_object *object, const char *name, bool *ret_bool)
{
	struct json_object *member = get_member(object, name);

	if (member)
		*ret_bool = json_object_get_boolean(member);
	return member;
}

bool param_array(struct json_object *object, const char *name, struct json_object **ret_array)
{
	struct json_object *member = get_member(object, name);

	if (member)
		*ret_array = member;
	return member;
}

bool param_object(struct json_object *object, const char *name, struct json_object **ret_object)
{
	return param_array(object, name, ret_object);
}
