/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "json-build.h"
#include "json-print.h"

/* Printed, each of them is what it was read from. */
static void test_prints_what_was_read(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"a\":[]}",
		"{\"a\":null,\"b\":[null,true,false,{\"c\":{}}],\"\":\"\"}",
		"{\"a\":18446744073709551615,\"b\":-9223372036854775808,\"c\":0,\"d\":1.50,\"e\":-1e-3}",
		"{\"a\\n\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct json_object *object;
		char text[256] = "";
		size_t length;

		assert_int_equal(json_build(texts[i], strlen(texts[i]), &object), 0);
		assert_int_equal(json_print_length(object, &length), 0);
		assert_int_equal(length, strlen(texts[i]));
		assert_int_equal(json_print(object, text), 0);
		assert_string_equal(text, texts[i]);
		json_object_put(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prints_what_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
