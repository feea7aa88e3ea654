/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "error.h"

static void test_each_code_has_its_row(void **state)
{
	for (int code = 1; code <= ERROR_CODE_MAX; code++) {
		const struct error_row *row = error_row_get(code);

		assert_int_equal(row->code, code);
		assert_ptr_equal(error_row_find(row->name), row);
	}
}

static void test_a_foreign_code_is_internal(void **state)
{
	assert_int_equal(error_row_get(0)->code, ERROR_INTERNAL);
	assert_int_equal(error_row_get(-5)->code, ERROR_INTERNAL);
	assert_int_equal(error_row_get(ERROR_CODE_MAX + 1)->code, ERROR_INTERNAL);
}

static void test_a_foreign_name_has_no_row(void **state)
{
	assert_null(error_row_find("notfound"));
	assert_null(error_row_find(""));
	assert_null(error_row_find("io.cxlregiond.Region.NotFound"));
}

/* The contract of scripts: these numbers never change. */
static void test_exit_statuses(void **state)
{
	static const struct {
		const char *name;
		int exit_status;
	} rows[] = {
		{ "InvalidRequest", 2 }, { "NotFound", 3 },	{ "RegionInUse", 4 },	{ "RegionLocked", 4 },
		{ "NoCapacity", 4 },	 { "Damaged", 4 },	{ "Conflict", 4 },	{ "KernelUnfixed", 4 },
		{ "KernelRefused", 5 },	 { "NotPermitted", 6 }, { "Cancelled", 8 },	{ "TimedOut", 8 },
		{ "TooBusy", 8 },	 { "PortGone", 9 },	{ "InternalError", 1 }, { "KeyReused", 4 },
	};

	assert_int_equal(ARRAY_SIZE(rows), ERROR_CODE_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(error_row_find(rows[i].name)->exit_status, rows[i].exit_status);
}

/* People read them: whole sentences. */
static void test_each_row_has_sentences(void **state)
{
	for (int code = 1; code <= ERROR_CODE_MAX; code++) {
		const struct error_row *row = error_row_get(code);

		assert_int_equal(row->sentence[strlen(row->sentence) - 1], '.');
		assert_int_equal(row->remedy[strlen(row->remedy) - 1], '.');
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_code_has_its_row),	  cmocka_unit_test(test_a_foreign_code_is_internal),
		cmocka_unit_test(test_a_foreign_name_has_no_row), cmocka_unit_test(test_exit_statuses),
		cmocka_unit_test(test_each_row_has_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
