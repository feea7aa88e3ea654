/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "libregion.h"

static void test_uuid(void **state)
{
	static const char *const bad[] = {
		"",
		"00000000-0000-0000-0000-000000000000",
		"0123456789abcdef0123456789abcdef",
		"01234567-89ab-cdef-0123-456789abcde",
		"01234567-89ab-cdef-0123-456789abcdef0",
		"01234567-89ab-cdef-0123-456789abcdeg",
		"01234567-89ab-cdef-0123-456789abcde\n",
		"01234567-89abc-def-0123-456789abcdef",
		"{1234567-89ab-cdef-0123-456789abcde}",
	};

	assert_true(region_uuid_is_valid("01234567-89ab-cdef-0123-456789abcdef"));
	assert_true(region_uuid_is_valid("01234567-89AB-CDEF-0123-456789ABCDEF"));
	assert_true(region_uuid_is_valid("00000000-0000-0000-0000-000000000001"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(region_uuid_is_valid(bad[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_uuid) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
