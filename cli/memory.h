/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command that is out of memory can only say so and end, which leaves nothing undone: the daemon
 * finishes what it has begun. So the functions here do not fail.
 */
#ifndef CXLCTL_MEMORY_H
#define CXLCTL_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* memory_need() - returns pointer; ends the program with status 1 if it is NULL. */
void *memory_need(void *pointer);

/* memory_format() - a new string, as printf. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_vformat(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* memory_extend() - puts more, as printf, at the end of such a string. */
void memory_extend(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adding to a JSON object or array. The value, if it is one, is taken over. */
void memory_add(struct json_object *object, const char *name, struct json_object *value);
void memory_add_string(struct json_object *object, const char *name, const char *text);
void memory_add_uint(struct json_object *object, const char *name, uint64_t number);
void memory_add_bool(struct json_object *object, const char *name, bool value);
void memory_append(struct json_object *array, struct json_object *value);

#endif
