/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a JSON value, whole or not at all. json-c's own printer leaves out what it has no memory for. */
#ifndef CXL_REGIOND_PROTOCOL_JSON_PRINT_H
#define CXL_REGIOND_PROTOCOL_JSON_PRINT_H

#include <stddef.h>

struct json_object;

/* json_print_length() - the length of its text, without a NUL. Returns 0 or -ENOMEM. */
int json_print_length(struct json_object *value, size_t *ret_length);

/* json_print() - print it, without white space, to where so much room is. Returns 0 or -ENOMEM. */
int json_print(struct json_object *value, char *text);

#endif
