/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "problem.h"

void *memory_need(void *pointer)
{
	if (!pointer) {
		fputs("cxlctl: out of memory\n", stderr);
		exit(EXIT_STATUS_INTERNAL);
	}
	return pointer;
}

char *memory_vformat(const char *format, va_list arguments)
{
	char *text = NULL;
	int length = vasprintf(&text, format, arguments);

	return memory_need(length < 0 ? NULL : text);
}

char *memory_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = memory_vformat(format, arguments);
	va_end(arguments);
	return text;
}

void memory_extend(char **text, const char *format, ...)
{
	char *before = *text, *more;
	va_list arguments;

	va_start(arguments, format);
	more = memory_vformat(format, arguments);
	va_end(arguments);
	*text = memory_format("%s%s", before, more);
	free(before);
	free(more);
}

void memory_add(struct json_object *object, const char *name, struct json_object *value)
{
	memory_need(value);
	memory_need(json_object_object_add(object, name, value) < 0 ? NULL : object);
}

void memory_add_string(struct json_object *object, const char *name, const char *text)
{
	memory_add(object, name, json_object_new_string(text));
}

void memory_add_uint(struct json_object *object, const char *name, uint64_t number)
{
	memory_add(object, name, json_object_new_uint64(number));
}

void memory_add_bool(struct json_object *object, const char *name, bool value)
{
	memory_add(object, name, json_object_new_boolean(value));
}

void memory_append(struct json_object *array, struct json_object *value)
{
	memory_need(value);
	memory_need(json_object_array_add(array, value) < 0 ? NULL : array);
}
