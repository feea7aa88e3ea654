/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json-print.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Without a place to print to it only counts. */
struct print {
	char *to;
	size_t length;
};

static int print_value(struct print *print, struct json_object *value);

static void put(struct print *print, const char *text, size_t length)
{
	if (print->to)
		memcpy(print->to + print->length, text, length);
	print->length += length;
}

static void put_text(struct print *print, const char *text)
{
	put(print, text, strlen(text));
}

static void put_escaped(struct print *print, char c)
{
	static const char letters[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
	const char *escaped = c ? strchr(meant, c) : NULL;
	char text[8];

	if (escaped) {
		put(print, "\\", 1);
		put(print, &letters[escaped - meant], 1);
	} else {
		snprintf(text, sizeof(text), "\\u%04x", (unsigned char)c);
		put_text(print, text);
	}
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static void put_string(struct print *print, const char *text, size_t length)
{
	size_t plain = 0; /* where what has not been put yet begins */

	put(print, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		if (is_plain(text[i]))
			continue;
		put(print, text + plain, i - plain);
		put_escaped(print, text[i]);
		plain = i + 1;
	}
	put(print, text + plain, length - plain);
	put(print, "\"", 1);
}

static void print_int(struct print *print, struct json_object *value)
{
	int64_t number = json_object_get_int64(value);
	uint64_t rest = number < 0 ? -(uint64_t)number : json_object_get_uint64(value);
	char text[24], *start = text + sizeof(text);

	do
		*--start = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*--start = '-';
	put(print, start, (size_t)(text + sizeof(text) - start));
}

/* json-c alone knows how one that was made with its text is printed. */
static int print_double(struct print *print, struct json_object *value)
{
	size_t length = 0;
	const char *text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &length);

	if (!text || length == 0)
		return -ENOMEM;
	put(print, text, length);
	return 0;
}

static int print_array(struct print *print, struct json_object *array)
{
	int r = 0;

	put(print, "[", 1);
	for (size_t i = 0; r == 0 && i < json_object_array_length(array); i++) {
		if (i > 0)
			put(print, ",", 1);
		r = print_value(print, json_object_array_get_idx(array, i));
	}
	put(print, "]", 1);
	return r;
}

static int print_object(struct print *print, struct json_object *object)
{
	const char *before = "";

	put(print, "{", 1);
	json_object_object_foreach (object, name, member) {
		int r;

		put_text(print, before);
		put_string(print, name, strlen(name));
		put(print, ":", 1);
		r = print_value(print, member);
		if (r < 0)
			return r;
		before = ",";
	}
	put(print, "}", 1);
	return 0;
}

static int print_value(struct print *print, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		put_text(print, "null");
		return 0;
	case json_type_boolean:
		put_text(print, json_object_get_boolean(value) ? "true" : "false");
		return 0;
	case json_type_int:
		print_int(print, value);
		return 0;
	case json_type_double:
		return print_double(print, value);
	case json_type_string:
		put_string(print, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		return 0;
	case json_type_array:
		return print_array(print, value);
	case json_type_object:
		return print_object(print, value);
	}
	return -EINVAL;
}

int json_print_length(struct json_object *value, size_t *ret_length)
{
	struct print print = { .to = NULL };
	int r = print_value(&print, value);

	if (r == 0)
		*ret_length = print.length;
	return r;
}

int json_print(struct json_object *value, char *text)
{
	struct print print = { .to = text };

	return print_value(&print, value);
}
