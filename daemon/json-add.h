/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members added to an object. Each returns 0 or -ENOMEM. */
#ifndef CXL_REGIOND_DAEMON_JSON_ADD_H
#define CXL_REGIOND_DAEMON_JSON_ADD_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* json_add() - any value; it is taken, also on failure, and NULL is one (memory ran out when it was made). */
int json_add(struct json_object *object, const char *name, struct json_object *value);
int json_add_string(struct json_object *object, const char *name, const char *text);
/* json_add_text() - as json_add_string(), but an empty text is left out. */
int json_add_text(struct json_object *object, const char *name, const char *text);
int json_add_uint(struct json_object *object, const char *name, uint64_t number);
int json_add_bool(struct json_object *object, const char *name, bool value);
/* json_add_seconds() - a span, which is kept in microseconds, as seconds with three decimals. */
int json_add_seconds(struct json_object *object, const char *name, uint64_t microseconds);

/* json_get_string() - a member's text, or "" when there is no such string. */
const char *json_get_string(struct json_object *object, const char *name);
/* json_get_uint() - a member's number, or 0. */
uint64_t json_get_uint(struct json_object *object, const char *name);
/* json_get_array() - a member, or NULL when there is no such array. */
struct json_object *json_get_array(struct json_object *object, const char *name);

#endif
