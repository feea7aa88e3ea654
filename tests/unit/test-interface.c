/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "interface.h"

/* The file that the text was made from is the test's only argument. */
static const char *source_path;

static void test_it_is_the_file(void **state)
{
	FILE *file = fopen(source_path, "r");
	size_t length = strlen(io_cxlregiond_Region_varlink);
	CLEANUP(cleanup_free) char *text = NULL;

	assert_non_null(file);
	text = calloc(1, length + 2);
	assert_int_equal(fread(text, 1, length + 1, file), length);
	fclose(file);
	assert_string_equal(io_cxlregiond_Region_varlink, text);
}

static void test_it_declares_each_error(void **state)
{
	char line[64];

	for (int code = 1; code <= ERROR_CODE_MAX; code++) {
		snprintf(line, sizeof(line), "\nerror %s (", error_row_get(code)->name);
		if (!strstr(io_cxlregiond_Region_varlink, line))
			fail_msg("the interface does not declare %s", error_row_get(code)->name);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_the_file),
		cmocka_unit_test(test_it_declares_each_error),
	};

	source_path = argc > 1 ? argv[1] : "";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
