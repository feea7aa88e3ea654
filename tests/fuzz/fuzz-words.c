/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vocabulary: sizes, names, types, uuids and UTF-8, each held against another way to tell. */
#include "fuzz.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <uuid/uuid.h>

#include "libregion.h"
#include "utf8.h"

static uint64_t unit_of(const char *name)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return 1ull << (10 * i);
	FUZZ_CHECK(!"a unit");
	return 0;
}

/* The shortest exact text: it says the same number of bytes. */
static void check_format(uint64_t bytes)
{
	char text[REGION_SIZE_TEXT_MAX], hundredths[3] = "", unit[4];
	uint64_t whole, part;

	FUZZ_CHECK(region_size_format(bytes, text) == text && strlen(text) < sizeof(text));
	FUZZ_CHECK(sscanf(text, "%" SCNu64 "%*[.]%2[0-9] %3s", &whole, hundredths, unit) == 3 ||
		   sscanf(text, "%" SCNu64 " %3s", &whole, unit) == 2);
	part = strtoull(hundredths, NULL, 10) * (strlen(hundredths) == 1 ? 10 : 1);
	FUZZ_CHECK(whole * unit_of(unit) + part * unit_of(unit) / 100 == bytes);
}

static void check_size(const char *text)
{
	uint64_t bytes = 0, again;
	char plain[REGION_SIZE_TEXT_MAX];

	if (region_size_parse(text, &bytes) < 0) {
		FUZZ_CHECK(bytes == 0);
		return;
	}
	FUZZ_CHECK(*text >= '0' && *text <= '9');
	check_format(bytes);
	snprintf(plain, sizeof(plain), "%" PRIu64, bytes);
	FUZZ_CHECK(region_size_parse(plain, &again) == 0 && again == bytes);
	snprintf(plain, sizeof(plain), "0x%" PRIx64, bytes);
	FUZZ_CHECK(region_size_parse(plain, &again) == 0 && again == bytes);
}

/* A name that counts as one is safe in a path, fits, and names one kind of thing. */
static void check_name(const char *text)
{
	unsigned int kinds = 0;

	for (int kind = REGION_NAME_REGION; kind <= REGION_NAME_PORT; kind++)
		kinds += region_name_is_valid(kind, text);
	FUZZ_CHECK(kinds <= 1);
	if (kinds == 0)
		return;
	FUZZ_CHECK(strlen(text) < REGION_NAME_MAX);
	FUZZ_CHECK(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.") == strlen(text));
	FUZZ_CHECK(!strstr(text, "..") && *text != '.');
}

static void check_object(const char *text)
{
	const char *generation = text;
	char name[REGION_NAME_MAX] = "";

	if (region_object_parse(text, name, &generation) < 0) {
		FUZZ_CHECK(!*name && generation == text);
		return;
	}
	FUZZ_CHECK(region_name_is_valid(REGION_NAME_REGION, name) && strncmp(text, name, strlen(name)) == 0);
	FUZZ_CHECK(generation ? *generation && generation == text + strlen(name) + 1 : strcmp(text, name) == 0);
}

static void check_type(const char *text)
{
	enum region_type type;

	if (region_type_parse(text, &type) == 0)
		FUZZ_CHECK(strcmp(region_type_name(type), text) == 0);
}

static void check_uuid(const char *text)
{
	uuid_t uuid;
	bool valid = uuid_parse(text, uuid) == 0 && !uuid_is_null(uuid);

	FUZZ_CHECK(region_uuid_is_valid(text) == valid);
}

static void check_utf8(char *text, size_t size)
{
	FUZZ_CHECK(utf8_clean(text) == text && strlen(text) == size);
	for (size_t i = 0; i < size;) {
		size_t length = utf8_character(text + i, size - i);

		FUZZ_CHECK(length > 0 && length <= 4);
		i += length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	FUZZ_CHECK(text);
	check_size(text);
	check_name(text);
	check_object(text);
	check_type(text);
	check_uuid(text);
	check_utf8(text, strlen(text));
	free(text);
	return 0;
}
