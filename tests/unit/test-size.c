/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "libregion.h"

#define KIB (1ull << 10)
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define TIB (1ull << 40)

static void test_parsed(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "007", 7 },
		{ "256M", 256 * MIB },
		{ "256m", 256 * MIB },
		{ "256MiB", 256 * MIB },
		{ "256mib", 256 * MIB },
		{ "4K", 4 * KIB },
		{ "1G", GIB },
		{ "2T", 2 * TIB },
		{ "3TiB", 3 * TIB },
		{ "0x10", 16 },
		{ "0XfFK", 255 * KIB },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "16777215T", 16777215 * TIB },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 99;

		assert_int_equal(region_size_parse(cases[i].text, &bytes), 0);
		assert_true(bytes == cases[i].bytes);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int error;
	} cases[] = {
		{ "", -EINVAL },
		{ "M", -EINVAL },
		{ "-1", -EINVAL },
		{ "+1", -EINVAL },
		{ " 1", -EINVAL },
		{ "1 ", -EINVAL },
		{ "1.5G", -EINVAL },
		{ "12junk", -EINVAL },
		{ "1MB", -EINVAL },
		{ "1Mi", -EINVAL },
		{ "1MiBs", -EINVAL },
		{ "0x", -EINVAL },
		{ "0xg", -EINVAL },
		{ "1P", -EINVAL },
		{ "1E3", -EINVAL },
		{ "1KK", -EINVAL },
		{ "x10", -EINVAL },
		{ "99999999999999999999z", -EINVAL },
		{ "16777216T", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "0x10000000000000000", -ERANGE },
		{ "99999999999999999999999", -ERANGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 99;

		assert_int_equal(region_size_parse(cases[i].text, &bytes), cases[i].error);
		assert_true(bytes == 99);
	}
}

static void test_formatted(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 300, "300 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1025, "1025 B" },
		{ 512 * MIB, "512 MiB" },
		{ 1536 * MIB, "1.5 GiB" },
		{ 1280 * MIB, "1.25 GiB" },
		{ 1152 * MIB, "1152 MiB" },
		{ GIB + GIB / 4 * 3, "1.75 GiB" },
		{ 4 * GIB, "4 GiB" },
		{ 4 * GIB + 1, "4294967297 B" },
		{ TIB + TIB / 2, "1.5 TiB" },
		{ 16777215 * TIB, "16777215 TiB" },
		{ UINT64_MAX, "18446744073709551615 B" },
		{ UINT64_MAX - KIB + 1, "18014398509481983 KiB" },
	};
	char text[REGION_SIZE_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(region_size_format(cases[i].bytes, text), cases[i].text);
}

/* 1.01, 1.02 ...: a unit divided by 100 is no whole number of bytes, so only quarters and halves appear. */
static void test_hundredths_are_exact(void **state)
{
	char text[REGION_SIZE_TEXT_MAX];

	assert_string_equal(region_size_format(MIB + MIB / 100, text), "1059061 B");
	assert_string_equal(region_size_format(MIB + MIB / 8, text), "1152 KiB");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parsed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_formatted),
		cmocka_unit_test(test_hundredths_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
