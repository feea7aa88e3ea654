/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"

#include <string.h>

struct json_object *field_get(struct json_object *object, const char *name, enum json_type type)
{
	struct json_object *member;

	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, name, &member) ||
	    !json_object_is_type(member, type))
		return NULL;
	return member;
}

const char *field_string(struct json_object *object, const char *name)
{
	struct json_object *member = field_get(object, name, json_type_string);

	return member ? json_object_get_string(member) : "";
}

/* An int of the wire can carry an unsigned number; a negative one (a node of -1) reads as 0. */
uint64_t field_uint(struct json_object *object, const char *name)
{
	struct json_object *member = field_get(object, name, json_type_int);

	return member ? json_object_get_uint64(member) : 0;
}

double field_seconds(struct json_object *object, const char *name)
{
	struct json_object *member = field_get(object, name, json_type_double);

	return member ? json_object_get_double(member) : field_uint(object, name);
}

bool field_bool(struct json_object *object, const char *name)
{
	struct json_object *member = field_get(object, name, json_type_boolean);

	return member && json_object_get_boolean(member);
}

bool field_has(struct json_object *object, const char *name)
{
	struct json_object *member;

	return json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, name, &member) &&
	       member;
}

size_t field_count(struct json_object *object, const char *name)
{
	struct json_object *array = field_get(object, name, json_type_array);

	return array ? json_object_array_length(array) : 0;
}

struct json_object *field_at(struct json_object *object, const char *name, size_t index)
{
	struct json_object *array = field_get(object, name, json_type_array);

	return array ? json_object_array_get_idx(array, index) : NULL;
}

bool field_is(struct json_object *object, const char *name, const char *text)
{
	return strcmp(field_string(object, name), text) == 0;
}
