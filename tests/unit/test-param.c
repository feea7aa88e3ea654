/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "param.h"

static const struct param params[] = {
	{ "region", PARAM_STRING, true }, { "size", PARAM_UINT },      { "force", PARAM_BOOL },
	{ "memdevs", PARAM_STRINGS },	  { "request", PARAM_OBJECT }, {},
};

static struct json_object *parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	if (!object)
		fail_msg("the test's JSON is wrong: %s", text);
	return object;
}

static void assert_refused(struct json_object *object, const char *named)
{
	struct failure failure = {};

	assert_int_equal(param_check(params, object, &failure), ERROR_INVALID_REQUEST);
	assert_int_equal(failure.code, ERROR_INVALID_REQUEST);
	if (!strstr(failure.message, named))
		fail_msg("'%s' does not name %s", failure.message, named);
}

static void test_taken(void **state)
{
	static const char *const texts[] = {
		"{\"region\":\"region0\"}",
		"{\"region\":\"\",\"size\":0,\"force\":false,\"memdevs\":[],\"request\":{}}",
		"{\"region\":\"r\",\"size\":18446744073709551615,\"memdevs\":[\"mem0\",\"mem1\"]}",
		"{\"region\":\"r\",\"size\":null,\"force\":null,\"memdevs\":null,\"request\":null}",
	};
	struct failure failure;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(cleanup_json) struct json_object *object = parse(texts[i]);

		assert_int_equal(param_check(params, object, &failure), 0);
	}
}

static void test_refused_by_name(void **state)
{
	static const struct {
		const char *text, *named;
	} cases[] = {
		{ "{}", "'region'" },
		{ "{\"region\":null}", "'region'" },
		{ "{\"region\":7}", "'region'" },
		{ "{\"region\":\"r\",\"Size\":1}", "'Size'" },
		{ "{\"region\":\"r\",\"extra\":null}", "'extra'" },
		{ "{\"region\":\"r\",\"size\":\"12junk\"}", "'size'" },
		{ "{\"region\":\"r\",\"size\":-1}", "'size'" },
		{ "{\"region\":\"r\",\"size\":1.0}", "'size'" },
		{ "{\"region\":\"r\",\"size\":true}", "'size'" },
		{ "{\"region\":\"r\",\"force\":1}", "'force'" },
		{ "{\"region\":\"r\",\"force\":\"true\"}", "'force'" },
		{ "{\"region\":\"r\",\"memdevs\":\"mem0\"}", "'memdevs'" },
		{ "{\"region\":\"r\",\"memdevs\":[0]}", "'memdevs'" },
		{ "{\"region\":\"r\",\"memdevs\":[\"mem0\",null]}", "'memdevs'" },
		{ "{\"region\":\"r\",\"request\":[]}", "'request'" },
	};

	assert_refused(NULL, "'region'");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_json) struct json_object *object = parse(cases[i].text);

		assert_refused(object, cases[i].named);
	}
}

static struct json_object *with_string(size_t length)
{
	struct json_object *object = json_object_new_object();
	char text[PARAM_STRING_MAX + 2] = "";

	memset(text, 'r', length);
	json_object_object_add(object, "region", json_object_new_string(text));
	return object;
}

static void test_longest_string(void **state)
{
	CLEANUP(cleanup_json) struct json_object *longest = with_string(PARAM_STRING_MAX);
	CLEANUP(cleanup_json) struct json_object *longer = with_string(PARAM_STRING_MAX + 1);
	struct failure failure;

	assert_int_equal(param_check(params, longest, &failure), 0);
	assert_refused(longer, "'region'");
}

static void test_longest_array(void **state)
{
	CLEANUP(cleanup_json) struct json_object *object = parse("{\"region\":\"r\",\"memdevs\":[]}");
	struct json_object *array = json_object_object_get(object, "memdevs");
	struct failure failure;

	for (int i = 0; i < PARAM_ARRAY_MAX; i++)
		json_object_array_add(array, json_object_new_string("mem0"));
	assert_int_equal(param_check(params, object, &failure), 0);
	json_object_array_add(array, json_object_new_string("mem0"));
	assert_refused(object, "'memdevs'");
}

static void test_long_string_in_array(void **state)
{
	CLEANUP(cleanup_json) struct json_object *object = parse("{\"region\":\"r\",\"memdevs\":[]}");
	char text[PARAM_STRING_MAX + 2] = "";

	memset(text, 'm', PARAM_STRING_MAX + 1);
	json_object_array_add(json_object_object_get(object, "memdevs"), json_object_new_string(text));
	assert_refused(object, "'memdevs'");
}

static void test_getters(void **state)
{
	CLEANUP(cleanup_json)
	struct json_object *object =
		parse("{\"region\":\"region0\",\"size\":18446744073709551615,\"force\":true,\"memdevs\":[\"mem0\"],"
		      "\"request\":{}}");
	struct json_object *array = NULL, *inner = NULL;
	const char *string = NULL;
	uint64_t number = 0;
	bool force = false;

	assert_true(param_string(object, "region", &string));
	assert_string_equal(string, "region0");
	assert_true(param_uint(object, "size", &number));
	assert_true(number == UINT64_MAX);
	assert_true(param_bool(object, "force", &force));
	assert_true(force);
	assert_true(param_array(object, "memdevs", &array));
	assert_int_equal(json_object_array_length(array), 1);
	assert_true(param_object(object, "request", &inner));
	assert_non_null(inner);
}

static void test_getters_leave_the_absent_alone(void **state)
{
	CLEANUP(cleanup_json) struct json_object *object = parse("{\"size\":null}");
	const char *string = "before";
	uint64_t number = 7;
	bool force = true;

	assert_false(param_uint(object, "size", &number));
	assert_false(param_string(object, "region", &string));
	assert_false(param_bool(NULL, "force", &force));
	assert_int_equal(number, 7);
	assert_string_equal(string, "before");
	assert_true(force);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused_by_name),
		cmocka_unit_test(test_longest_string),
		cmocka_unit_test(test_longest_array),
		cmocka_unit_test(test_long_string_in_array),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_getters_leave_the_absent_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
