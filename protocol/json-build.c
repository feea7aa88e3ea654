/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each build_x() stands at the first byte of an x, and leaves the build behind its last one. That the text is right
 * is known: what has to be watched for is memory.
 */
#include "json-build.h"

#include <errno.h>
#include <json-c/json.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "member.h"

struct build {
	const char *at;
	const char *end;
	char *room; /* free space for decoded texts; one and its NUL are never longer than what they were decoded from */
};

static int build_value(struct build *build, struct json_object **ret_value);

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct build *build)
{
	while (build->at < build->end && is_space(*build->at))
		build->at++;
}

static bool take(struct build *build, char c)
{
	skip_space(build);
	if (*build->at != c)
		return false;
	build->at++;
	return true;
}

static unsigned int take_hex4(struct build *build)
{
	unsigned int unit = 0;

	for (int i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)*build->at++;

		unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return unit;
}

static char *put_utf8(char *to, unsigned int code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

/* Behind "\u"; the scan made sure that the first half of a pair has its second. */
static unsigned int take_unicode(struct build *build)
{
	unsigned int unit = take_hex4(build);

	if (unit < 0xd800 || unit > 0xdfff)
		return unit;
	build->at += strlen("\\u");
	return 0x10000 + ((unit - 0xd800) << 10) + (take_hex4(build) - 0xdc00);
}

/* Behind the backslash. */
static char *take_escape(struct build *build, char *to)
{
	static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
	char c = *build->at++;
	const char *letter = strchr(letters, c);

	if (c == 'u')
		return put_utf8(to, take_unicode(build));
	*to++ = letter ? meant[letter - letters] : c;
	return to;
}

/* Decodes a string into the room, which then begins behind it. */
static const char *take_string(struct build *build, size_t *ret_length)
{
	char *text = build->room, *to = text;

	build->at++;
	while (*build->at != '"') {
		if (*build->at == '\\') {
			build->at++;
			to = take_escape(build, to);
		} else {
			*to++ = *build->at++;
		}
	}
	build->at++;
	*to = '\0';
	*ret_length = (size_t)(to - text);
	build->room = to + 1;
	return text;
}

static int build_string(struct build *build, struct json_object **ret_value)
{
	char *room = build->room;
	const char *text;
	size_t length;

	text = take_string(build, &length);
	*ret_value = json_object_new_string_len(text, (int)length);
	build->room = room;
	return *ret_value ? 0 : -ENOMEM;
}

/* The text stays with the number, so that it is printed as it came. Its point is a point in any locale. */
static int new_double(const char *text, struct json_object **ret_value)
{
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", NULL);
	double number;

	if (!c_locale)
		return -ENOMEM;
	number = strtod_l(text, NULL, c_locale);
	freelocale(c_locale);
	if (!isfinite(number))
		return -EBADMSG;
	*ret_value = json_object_new_double_s(number, text);
	return *ret_value ? 0 : -ENOMEM;
}

static int build_number(struct build *build, struct json_object **ret_value)
{
	char *text = build->room, *to = text;

	while (build->at < build->end && memchr("+-.0123456789Ee", *build->at, 15))
		*to++ = *build->at++;
	*to = '\0';
	if (strpbrk(text, ".eE"))
		return new_double(text, ret_value);
	*ret_value = *text == '-' ? json_object_new_int64(strtoll(text, NULL, 10))
				  : json_object_new_uint64(strtoull(text, NULL, 10));
	return *ret_value ? 0 : -ENOMEM;
}

static int build_element(struct build *build, struct json_object *array)
{
	struct json_object *value;
	int r = build_value(build, &value);

	if (r < 0)
		return r;
	if (json_object_array_add(array, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int build_member(struct build *build, struct json_object *object)
{
	struct json_object *value;
	char *room = build->room;
	const char *name;
	size_t length;
	int r;

	skip_space(build);
	name = take_string(build, &length);
	if (json_object_object_get_ex(object, name, NULL))
		return -EBADMSG;
	take(build, ':');
	r = build_value(build, &value);
	if (r < 0)
		return r;
	r = json_object_object_add(object, name, value);
	build->room = room;
	if (r < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int build_container(struct build *build, char closing, struct json_object *container,
			   int (*build_one)(struct build *, struct json_object *), struct json_object **ret_value)
{
	CLEANUP(cleanup_json) struct json_object *taken = container;
	int r = 0;

	if (!container)
		return -ENOMEM;
	build->at++;
	if (!take(build, closing)) {
		do
			r = build_one(build, container);
		while (r == 0 && take(build, ','));
		if (r < 0)
			return r;
		take(build, closing);
	}
	*ret_value = steal_pointer(taken);
	return 0;
}

static int build_literal(struct build *build, const char *literal, struct json_object *value,
			 struct json_object **ret_value)
{
	build->at += strlen(literal);
	*ret_value = value;
	return value ? 0 : -ENOMEM;
}

static int build_value(struct build *build, struct json_object **ret_value)
{
	skip_space(build);
	switch (*build->at) {
	case '{':
		return build_container(build, '}', json_object_new_object(), build_member, ret_value);
	case '[':
		return build_container(build, ']', json_object_new_array(), build_element, ret_value);
	case '"':
		return build_string(build, ret_value);
	case 't':
		return build_literal(build, "true", json_object_new_boolean(true), ret_value);
	case 'f':
		return build_literal(build, "false", json_object_new_boolean(false), ret_value);
	case 'n': /* null is no object at all */
		build->at += strlen("null");
		*ret_value = NULL;
		return 0;
	default:
		return build_number(build, ret_value);
	}
}

int json_build(const char *text, size_t size, struct json_object **ret_object)
{
	CLEANUP(cleanup_free) char *room = malloc(size + 1);
	struct build build = { .at = text, .end = text + size, .room = room };

	return room ? build_value(&build, ret_object) : -ENOMEM;
}
