/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "interface.h"
#include "method.h"

/* The interface's text is the contract: each method in it has a row. */
static void test_each_method_of_the_interface_has_a_row(void **state)
{
	unsigned int count = 0;

	for (const char *line = strstr(io_cxlregiond_Region_varlink, "\nmethod "); line;
	     line = strstr(line + 1, "\nmethod ")) {
		char name[64], full[128];

		assert_int_equal(sscanf(line, "\nmethod %63[A-Za-z]", name), 1);
		snprintf(full, sizeof(full), INTERFACE_NAME ".%s", name);
		assert_non_null(method_find(full));
		count++;
	}
	assert_true(count >= 9);
}

static void test_what_changes_regions_is_guarded(void **state)
{
	static const char *const changing[] = { "Create", "Delete", "Enable", "Disable", "Repair" };
	static const char *const reading[] = { "GetStatus",  "GetTopology", "ListRegions",
					       "PlanCreate", "PlanDelete",  "PlanRepair" };
	char full[128];

	for (size_t i = 0; i < ARRAY_SIZE(changing); i++) {
		snprintf(full, sizeof(full), INTERFACE_NAME ".%s", changing[i]);
		assert_int_equal(method_find(full)->access, ACCESS_REGION);
	}
	for (size_t i = 0; i < ARRAY_SIZE(reading); i++) {
		snprintf(full, sizeof(full), INTERFACE_NAME ".%s", reading[i]);
		assert_int_equal(method_find(full)->access, ACCESS_READ);
	}
}

static void test_unknown_names(void **state)
{
	static const char *const unknown[] = {
		"",
		".",
		"Create",
		"io.cxlregiond.Region",
		"io.cxlregiond.Region.",
		"io.cxlregiond.Region.create",
		"io.cxlregiond.Region.Create.x",
		"io.cxlregiond.RegionX.Create",
	};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_null(method_find(unknown[i]));
	assert_true(method_interface_exists("io.cxlregiond.Region.NoSuch"));
	assert_true(method_interface_exists("org.varlink.service."));
	assert_false(method_interface_exists("io.cxlregiond.Region"));
	assert_false(method_interface_exists("io.cxlregiond.Regio.n"));
	assert_false(method_interface_exists("Create"));
	assert_false(method_interface_exists(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_method_of_the_interface_has_a_row),
		cmocka_unit_test(test_what_changes_regions_is_guarded),
		cmocka_unit_test(test_unknown_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
