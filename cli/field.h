/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the members of what the daemon answered. A member that is missing or of another type reads as
 * empty: a newer or older daemon must not stop a command from showing the rest.
 */
#ifndef CXLCTL_FIELD_H
#define CXLCTL_FIELD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* field_get() - the member if it has that type, else NULL. It stays the object's. */
struct json_object *field_get(struct json_object *object, const char *name, enum json_type type);

/* field_string() - a string; "" if there is none. */
const char *field_string(struct json_object *object, const char *name);

/* field_uint() - a number; 0 if there is none. */
uint64_t field_uint(struct json_object *object, const char *name);

/* field_seconds() - a number with or without a fraction; 0 if there is none. */
double field_seconds(struct json_object *object, const char *name);

bool field_bool(struct json_object *object, const char *name);
bool field_has(struct json_object *object, const char *name);

/* Arrays: their length, 0 for none, and one element, NULL beyond the end. */
size_t field_count(struct json_object *object, const char *name);
struct json_object *field_at(struct json_object *object, const char *name, size_t index);

/* field_is() - is it a string, and this one? */
bool field_is(struct json_object *object, const char *name, const char *text);

#endif
