/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the daemon needs of members: added ones return 0 or -ENOMEM, missing ones read as empty. */
#ifndef CXL_REGIOND_DAEMON_JSON_MEMBERS_H
#define CXL_REGIOND_DAEMON_JSON_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* json_add_text() - a text, unless it is empty. */
int json_add_text(struct json_object *object, const char *name, const char *text);
/* json_add_seconds() - a span, which is kept in microseconds, as seconds with three decimals. */
int json_add_seconds(struct json_object *object, const char *name, uint64_t microseconds);
/* json_add_time() - a moment, in microseconds since 1970, as seconds with six decimals. */
int json_add_time(struct json_object *object, const char *name, uint64_t microseconds);

/* json_get_string() - a member's text, or "" when there is no such string. */
const char *json_get_string(struct json_object *object, const char *name);
/* json_get_uint() - a member's number, or 0. */
uint64_t json_get_uint(struct json_object *object, const char *name);
/* json_get_array() - a member, or NULL when there is no such array. */
struct json_object *json_get_array(struct json_object *object, const char *name);

#endif
