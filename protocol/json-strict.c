/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recursive descent over the grammar of RFC 8259, which looks and builds nothing. Each scan_x() stands
 * at the first byte of an x and leaves the scan behind its last one, or returns false.
 */
#include "json-strict.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

/*
 * An empty object costs two bytes of text and most of a kilobyte when it is built: a message may have no more
 * objects and arrays than messages that mean something.
 */
#define CONTAINERS_FREE	    32
#define BYTES_PER_CONTAINER 32

struct scan {
	const char *at;
	const char *end;
	unsigned int depth_left;
	size_t containers_left;
};

static bool scan_value(struct scan *scan);

static int peek(const struct scan *scan)
{
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static bool take(struct scan *scan, char c)
{
	if (peek(scan) != c)
		return false;
	scan->at++;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end && is_space(*scan->at))
		scan->at++;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool scan_literal(struct scan *scan, const char *literal)
{
	size_t length = strlen(literal);

	if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, literal, length) != 0)
		return false;
	scan->at += length;
	return true;
}

static bool scan_hex4(struct scan *scan, unsigned int *ret_unit)
{
	unsigned int unit = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(scan);

		if (is_digit(c))
			unit = unit * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			unit = unit * 16 + (c | 0x20) - 'a' + 10;
		else
			return false;
		scan->at++;
	}
	*ret_unit = unit;
	return true;
}

/* Behind "\u". */
static bool scan_unicode(struct scan *scan)
{
	unsigned int unit, low;

	if (!scan_hex4(scan, &unit) || unit == 0)
		return false;
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	return unit < 0xdc00 && scan_literal(scan, "\\u") && scan_hex4(scan, &low) && low >= 0xdc00 && low <= 0xdfff;
}

/* Behind the backslash. */
static bool scan_escape(struct scan *scan)
{
	int c = peek(scan);

	if (c <= 0 || !strchr("\"\\/bfnrtu", c))
		return false;
	scan->at++;
	return c != 'u' || scan_unicode(scan);
}

static bool scan_character(struct scan *scan)
{
	size_t length;

	if (take(scan, '\\'))
		return scan_escape(scan);
	if (peek(scan) < 0x20)
		return false;
	length = utf8_character(scan->at, scan->end - scan->at);
	scan->at += length;
	return length > 0;
}

static bool scan_string(struct scan *scan)
{
	if (!take(scan, '"'))
		return false;
	while (!take(scan, '"')) {
		if (!scan_character(scan))
			return false;
	}
	return true;
}

static bool scan_digits(struct scan *scan)
{
	if (!is_digit(peek(scan)))
		return false;
	while (is_digit(peek(scan)))
		scan->at++;
	return true;
}

static bool digits_fit(const char *digits, const char *end, bool negative)
{
	uint64_t number = 0;

	for (; digits < end; digits++) {
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*digits - '0'), &number))
			return false;
	}
	return !negative || number <= (uint64_t)INT64_MAX + 1;
}

static bool scan_exponent(struct scan *scan)
{
	if (!take(scan, '+'))
		take(scan, '-');
	return scan_digits(scan);
}

static bool scan_number(struct scan *scan)
{
	bool negative = take(scan, '-'), whole = true;
	const char *digits = scan->at, *digits_end;

	if (!scan_digits(scan) || (*digits == '0' && scan->at - digits > 1))
		return false;
	digits_end = scan->at;
	if (take(scan, '.')) {
		whole = false;
		if (!scan_digits(scan))
			return false;
	}
	if (take(scan, 'e') || take(scan, 'E')) {
		whole = false;
		if (!scan_exponent(scan))
			return false;
	}
	return !whole || digits_fit(digits, digits_end, negative);
}

static bool scan_member(struct scan *scan)
{
	skip_space(scan);
	if (!scan_string(scan))
		return false;
	skip_space(scan);
	return take(scan, ':') && scan_value(scan);
}

/* Behind the opening bracket: elements, commas between them, the closing bracket. */
static bool scan_elements(struct scan *scan, char closing, bool (*scan_element)(struct scan *))
{
	skip_space(scan);
	if (take(scan, closing))
		return true;
	do {
		if (!scan_element(scan))
			return false;
	} while (take(scan, ','));
	return take(scan, closing);
}

static bool scan_container(struct scan *scan)
{
	bool ok;

	if (scan->depth_left == 0 || scan->containers_left == 0)
		return false;
	scan->depth_left--;
	scan->containers_left--;
	ok = take(scan, '{') ? scan_elements(scan, '}', scan_member)
			     : take(scan, '[') && scan_elements(scan, ']', scan_value);
	scan->depth_left++;
	return ok;
}

/* With the white space around it. */
static bool scan_value(struct scan *scan)
{
	bool ok;

	skip_space(scan);
	switch (peek(scan)) {
	case '{':
	case '[':
		ok = scan_container(scan);
		break;
	case '"':
		ok = scan_string(scan);
		break;
	case 't':
		ok = scan_literal(scan, "true");
		break;
	case 'f':
		ok = scan_literal(scan, "false");
		break;
	case 'n':
		ok = scan_literal(scan, "null");
		break;
	default:
		ok = scan_number(scan);
		break;
	}
	skip_space(scan);
	return ok;
}

int json_strict_scan(const char *text, size_t size, unsigned int depth_max)
{
	struct scan scan = {
		.at = text,
		.end = text + size,
		.depth_left = depth_max,
		.containers_left = CONTAINERS_FREE + size / BYTES_PER_CONTAINER,
	};

	skip_space(&scan);
	if (peek(&scan) != '{' || !scan_value(&scan) || scan.at != scan.end)
		return -EBADMSG;
	return 0;
}
