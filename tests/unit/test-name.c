/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "libregion.h"

static void test_taken(void **state)
{
	static const struct {
		enum region_name_kind kind;
		const char *name;
	} cases[] = {
		{ REGION_NAME_REGION, "region0" },     { REGION_NAME_REGION, "region999999999" },
		{ REGION_NAME_DECODER, "decoder0.0" }, { REGION_NAME_DECODER, "decoder999999999.999999999" },
		{ REGION_NAME_MEMDEV, "mem10" },       { REGION_NAME_PORT, "root0" },
		{ REGION_NAME_PORT, "port1" },	       { REGION_NAME_PORT, "endpoint2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_true(region_name_is_valid(cases[i].kind, cases[i].name));
		assert_true(strlen(cases[i].name) < REGION_NAME_MAX);
	}
}

static void test_refused(void **state)
{
	static const struct {
		enum region_name_kind kind;
		const char *name;
	} cases[] = {
		{ REGION_NAME_REGION, "" },
		{ REGION_NAME_REGION, "region" },
		{ REGION_NAME_REGION, "region00" },
		{ REGION_NAME_REGION, "region01" },
		{ REGION_NAME_REGION, "region1000000000" },
		{ REGION_NAME_REGION, "region0/" },
		{ REGION_NAME_REGION, "region0\n" },
		{ REGION_NAME_REGION, "region-1" },
		{ REGION_NAME_REGION, "region 1" },
		{ REGION_NAME_REGION, "Region0" },
		{ REGION_NAME_REGION, "../region0" },
		{ REGION_NAME_REGION, "mem0" },
		{ REGION_NAME_DECODER, "decoder0" },
		{ REGION_NAME_DECODER, "decoder0." },
		{ REGION_NAME_DECODER, "decoder.0" },
		{ REGION_NAME_DECODER, "decoder0.00" },
		{ REGION_NAME_DECODER, "decoder0.0.0" },
		{ REGION_NAME_DECODER, "decoder0,0" },
		{ REGION_NAME_MEMDEV, "memory0" },
		{ REGION_NAME_MEMDEV, "0000:35:00.0" },
		{ REGION_NAME_PORT, "region0" },
		{ REGION_NAME_PORT, "port" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_false(region_name_is_valid(cases[i].kind, cases[i].name));
}

static void test_object_with_and_without_generation(void **state)
{
	const char *generation = "before";
	char name[REGION_NAME_MAX];

	assert_int_equal(region_object_parse("region12", name, &generation), 0);
	assert_string_equal(name, "region12");
	assert_null(generation);
	assert_int_equal(region_object_parse("region3@a@b", name, &generation), 0);
	assert_string_equal(name, "region3");
	assert_string_equal(generation, "a@b");
}

static void test_object_refused(void **state)
{
	static const char *const texts[] = {
		"", "@", "@5", "region0@", "region@5", "mem0", "region0 @5", "regionregionregionregionregionregion0@1",
	};
	const char *generation = "before";
	char name[REGION_NAME_MAX] = "before";

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(region_object_parse(texts[i], name, &generation), -EINVAL);
	assert_string_equal(name, "before");
	assert_string_equal(generation, "before");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_object_with_and_without_generation),
		cmocka_unit_test(test_object_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
