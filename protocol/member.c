/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "member.h"

#include <errno.h>

int member_add(struct json_object *object, const char *name, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_object_add(object, name, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

int member_add_string(struct json_object *object, const char *name, const char *text)
{
	return member_add(object, name, json_object_new_string(text));
}

int member_add_bool(struct json_object *object, const char *name, bool value)
{
	return member_add(object, name, json_object_new_boolean(value));
}

int member_add_uint(struct json_object *object, const char *name, uint64_t number)
{
	return member_add(object, name, json_object_new_uint64(number));
}

int member_add_int(struct json_object *object, const char *name, int64_t number)
{
	return member_add(object, name, json_object_new_int64(number));
}

int member_add_array(struct json_object *object, const char *name, struct json_object **ret_array)
{
	struct json_object *array = json_object_new_array();
	int r = member_add(object, name, array);

	if (r >= 0)
		*ret_array = array;
	return r;
}

int member_append(struct json_object *array, struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	if (json_object_array_add(array, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

struct json_object *member_get(struct json_object *object, const char *name, enum json_type type)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, type))
		return NULL;
	return member;
}
