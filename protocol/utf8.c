/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "utf8.h"

#include <string.h>

/* The second byte is what tells overlong forms, surrogates and numbers beyond U+10FFFF (RFC 3629, section 4). */
static int second_is_valid(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

static size_t length_from_first(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

size_t utf8_character(const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length;

	if (size == 0)
		return 0;
	length = length_from_first(bytes[0]);
	if (length == 0 || length > size)
		return 0;
	if (length > 1 && !second_is_valid(bytes[0], bytes[1]))
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

char *utf8_clean(char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size;) {
		size_t length = utf8_character(text + i, size - i);

		if (length == 0) {
			text[i] = '?';
			length = 1;
		}
		i += length;
	}
	return text;
}
