/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-members.h"

#include "member.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#define USEC_PER_SECOND 1000000u
#define USEC_PER_MSEC	1000u

int json_add_text(struct json_object *object, const char *name, const char *text)
{
	return *text ? member_add_string(object, name, text) : 0;
}

int json_add_seconds(struct json_object *object, const char *name, uint64_t microseconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu.%03u", (unsigned long long)(microseconds / USEC_PER_SECOND),
		 (unsigned int)(microseconds % USEC_PER_SECOND / USEC_PER_MSEC));
	return member_add(object, name, json_object_new_double_s((double)microseconds / (double)USEC_PER_SECOND, text));
}

int json_add_time(struct json_object *object, const char *name, uint64_t microseconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu.%06u", (unsigned long long)(microseconds / USEC_PER_SECOND),
		 (unsigned int)(microseconds % USEC_PER_SECOND));
	return member_add(object, name, json_object_new_double_s((double)microseconds / (double)USEC_PER_SECOND, text));
}

const char *json_get_string(struct json_object *object, const char *name)
{
	struct json_object *member = member_get(object, name, json_type_string);

	return member ? json_object_get_string(member) : "";
}

uint64_t json_get_uint(struct json_object *object, const char *name)
{
	struct json_object *member = member_get(object, name, json_type_int);

	return member ? json_object_get_uint64(member) : 0;
}

struct json_object *json_get_array(struct json_object *object, const char *name)
{
	return member_get(object, name, json_type_array);
}
