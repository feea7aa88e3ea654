/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "json-build.h"
#include "json-strict.h"

static struct json_object *build(const char *text)
{
	struct json_object *object = NULL;

	assert_int_equal(json_strict_scan(text, strlen(text), 16), 0);
	assert_int_equal(json_build(text, strlen(text), &object), 0);
	return object;
}

static struct json_object *member(struct json_object *object, const char *name, enum json_type type)
{
	struct json_object *value = NULL;

	assert_true(json_object_object_get_ex(object, name, &value));
	assert_true(json_object_is_type(value, type));
	return value;
}

static void test_values(void **state)
{
	CLEANUP(cleanup_json)
	struct json_object *object = build(
		" { \"s\" : \"x\" , \"n\":null,\"t\":true,\"f\":false,\"o\":{\"a\":{}},\"a\":[ 1 , [] , \"b\" ] } ");

	assert_int_equal(json_object_object_length(object), 6);
	assert_string_equal(json_object_get_string(member(object, "s", json_type_string)), "x");
	member(object, "n", json_type_null);
	assert_true(json_object_get_boolean(member(object, "t", json_type_boolean)));
	assert_false(json_object_get_boolean(member(object, "f", json_type_boolean)));
	member(member(object, "o", json_type_object), "a", json_type_object);
	assert_int_equal(json_object_array_length(member(object, "a", json_type_array)), 3);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(member(object, "a", json_type_array), 2)),
			    "b");
}

static void test_numbers(void **state)
{
	CLEANUP(cleanup_json)
	struct json_object *object =
		build("{\"max\":18446744073709551615,\"min\":-9223372036854775808,\"zero\":-0,\"d\":-1.50e+1}");

	assert_true(json_object_get_uint64(member(object, "max", json_type_int)) == UINT64_MAX);
	assert_true(json_object_get_int64(member(object, "min", json_type_int)) == INT64_MIN);
	assert_int_equal(json_object_get_int64(member(object, "zero", json_type_int)), 0);
	assert_true(json_object_get_double(member(object, "d", json_type_double)) == -15.0);
	assert_string_equal(json_object_to_json_string(member(object, "d", json_type_double)), "-1.50e+1");
}

static void test_escapes(void **state)
{
	CLEANUP(cleanup_json)
	struct json_object *object = build(
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00E9\\u20ac\\ud83D\\uDE00\xc3\xa9\",\"\\u0061b\":1}");

	assert_string_equal(json_object_get_string(member(object, "a", json_type_string)),
			    "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9");
	member(object, "ab", json_type_int);
}

static void test_what_only_shows_now(void **state)
{
	static const char *const texts[] = { "{\"a\":1,\"a\":2}", "{\"a\":[{\"b\":1,\"\\u0062\":null}]}",
					     "{\"a\":1e999}", "{\"a\":[-1.0E+400]}" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct json_object *object = NULL;

		assert_int_equal(json_strict_scan(texts[i], strlen(texts[i]), 16), 0);
		assert_int_equal(json_build(texts[i], strlen(texts[i]), &object), -EBADMSG);
		assert_null(object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_what_only_shows_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
