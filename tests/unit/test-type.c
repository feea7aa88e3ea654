/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "libregion.h"

static void test_type(void **state)
{
	enum region_type type = REGION_TYPE_PMEM;

	assert_int_equal(region_type_parse("ram", &type), 0);
	assert_int_equal(type, REGION_TYPE_RAM);
	assert_int_equal(region_type_parse("pmem", &type), 0);
	assert_int_equal(type, REGION_TYPE_PMEM);
	assert_int_equal(region_type_parse("PMEM", &type), -EINVAL);
	assert_int_equal(region_type_parse("", &type), -EINVAL);
	assert_string_equal(region_type_name(REGION_TYPE_PMEM), "pmem");
	assert_string_equal(region_type_name(REGION_TYPE_RAM), "ram");
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_type) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
