/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of JSON objects: json-c leaves a value to the caller when it cannot be added, which is easily leaked. */
#ifndef CXL_REGIOND_PROTOCOL_MEMBER_H
#define CXL_REGIOND_PROTOCOL_MEMBER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * member_add() - add a value under a name.
 *
 * @value: taken over, also on failure; NULL stands for a constructor that failed
 *
 * Returns 0 or -ENOMEM.
 */
int member_add(struct json_object *object, const char *name, struct json_object *value);

int member_add_string(struct json_object *object, const char *name, const char *text);
int member_add_bool(struct json_object *object, const char *name, bool value);
int member_add_uint(struct json_object *object, const char *name, uint64_t number);
int member_add_int(struct json_object *object, const char *name, int64_t number);

/* member_add_array() - add an empty array, and hand it out: it stays the object's. */
int member_add_array(struct json_object *object, const char *name, struct json_object **ret_array);

/* member_append() - a value behind the last of an array; taken over as by member_add(). */
int member_append(struct json_object *array, struct json_object *value);

/* member_get() - the member of that name, if it has that type; else NULL. It stays the object's, which may be NULL. */
struct json_object *member_get(struct json_object *object, const char *name, enum json_type type);

#endif
