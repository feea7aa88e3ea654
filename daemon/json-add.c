/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-add.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#define USEC_PER_SECOND 1000000u
#define USEC_PER_MSEC	1000u

int json_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, name, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int json_add_string(struct json_object *object, const char *name, const char *text)
{
	return json_add(object, name, json_object_new_string(text));
}

int json_add_text(struct json_object *object, const char *name, const char *text)
{
	return *text ? json_add_string(object, name, text) : 0;
}

int json_add_uint(struct json_object *object, const char *name, uint64_t number)
{
	return json_add(object, name, json_object_new_uint64(number));
}

int json_add_bool(struct json_object *object, const char *name, bool value)
{
	return json_add(object, name, json_object_new_boolean(value));
}

int json_add_seconds(struct json_object *object, const char *name, uint64_t microseconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu.%03u", (unsigned long long)(microseconds / USEC_PER_SECOND),
		 (unsigned int)(microseconds % USEC_PER_SECOND / USEC_PER_MSEC));
	return json_add(object, name, json_object_new_double_s((double)microseconds / (double)USEC_PER_SECOND, text));
}

const char *json_get_string(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_string))
		return "";
	return json_object_get_string(member);
}

uint64_t json_get_uint(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_int))
		return 0;
	return json_object_get_uint64(member);
}

struct json_object *json_get_array(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_array))
		return NULL;
	return member;
}
