/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "export.h"
#include "libregion.h"

/* From the largest down; the text of each is "GiB", or "G" for short. */
static const struct unit {
	const char *name;
	unsigned int shift;
} units[] = {
	{ "TiB", 40 },
	{ "GiB", 30 },
	{ "MiB", 20 },
	{ "KiB", 10 },
};

#define UNITS_MAX (sizeof(units) / sizeof(units[0]))

static int unit_parse(const char *text, unsigned int *ret_shift)
{
	if (*text == '\0') {
		*ret_shift = 0;
		return 0;
	}
	for (size_t i = 0; i < UNITS_MAX; i++) {
		if (strcasecmp(text, units[i].name) == 0 ||
		    (strlen(text) == 1 && strncasecmp(text, units[i].name, 1) == 0)) {
			*ret_shift = units[i].shift;
			return 0;
		}
	}
	return -EINVAL;
}

/* The number is what strspn() found to be digits: only its size is in doubt. */
static int digits_parse(const char *digits, size_t length, unsigned int base, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned int c = (unsigned char)digits[i];
		unsigned int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

		if (__builtin_mul_overflow(number, base, &number) || __builtin_add_overflow(number, digit, &number))
			return -ERANGE;
	}
	*ret_number = number;
	return 0;
}

REGION_EXPORT int region_size_parse(const char *text, uint64_t *ret_bytes)
{
	unsigned int base = 10, shift;
	uint64_t number;
	size_t length;
	int r;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		text += 2;
		base = 16;
	}
	length = strspn(text, base == 16 ? "0123456789abcdefABCDEF" : "0123456789");
	if (length == 0 || unit_parse(text + length, &shift) < 0)
		return -EINVAL;
	r = digits_parse(text, length, base, &number);
	if (r < 0)
		return r;
	if (number > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = number << shift;
	return 0;
}

/* Hundredths of a unit, with what is below them; a size is exact in the unit if nothing is. */
static bool unit_is_exact(uint64_t bytes, uint64_t unit)
{
	return bytes >= unit && bytes % unit * 100 % unit == 0;
}

static void unit_format(uint64_t bytes, const struct unit *unit, char *text)
{
	uint64_t whole = bytes >> unit->shift;
	uint64_t rest = bytes - (whole << unit->shift);
	unsigned int hundredths = rest * 100 >> unit->shift;

	if (hundredths == 0)
		snprintf(text, REGION_SIZE_TEXT_MAX, "%" PRIu64 " %s", whole, unit->name);
	else if (hundredths % 10 == 0)
		snprintf(text, REGION_SIZE_TEXT_MAX, "%" PRIu64 ".%u %s", whole, hundredths / 10, unit->name);
	else
		snprintf(text, REGION_SIZE_TEXT_MAX, "%" PRIu64 ".%02u %s", whole, hundredths, unit->name);
}

REGION_EXPORT const char *region_size_format(uint64_t bytes, char *text)
{
	for (size_t i = 0; i < UNITS_MAX; i++) {
		if (unit_is_exact(bytes, 1ull << units[i].shift)) {
			unit_format(bytes, &units[i], text);
			return text;
		}
	}
	snprintf(text, REGION_SIZE_TEXT_MAX, "%" PRIu64 " B", bytes);
	return text;
}
