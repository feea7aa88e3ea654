/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>

#include "request-hash.h"

static uint64_t hash_of(const char *kind, const char *text)
{
	struct json_object *parameters = json_tokener_parse(text);
	uint64_t hash = 0;

	assert_non_null(parameters);
	assert_int_equal(request_hash(kind, parameters, &hash), 0);
	json_object_put(parameters);
	return hash;
}

/* It stands in logs that another version may read: FNV-1a over "delete" and {"region":"region0"}. */
static void test_its_value(void **state)
{
	uint64_t expected = 0xcbf29ce484222325u;

	for (const char *byte = "delete{\"region\":\"region0\"}"; *byte; byte++)
		expected = (expected ^ (unsigned char)*byte) * 0x100000001b3u;
	assert_true(hash_of("delete", "{\"region\": \"region0\"}") == expected);
}

static void test_the_key_is_not_in_it(void **state)
{
	uint64_t without = hash_of("delete", "{\"region\":\"region0\"}");

	assert_true(hash_of("delete", "{\"region\":\"region0\",\"key\":\"a\"}") == without);
	assert_true(hash_of("delete", "{\"key\":\"b\",\"region\":\"region0\",\"generation\":null}") == without);
}

static void test_all_else_is(void **state)
{
	uint64_t hash = hash_of("delete", "{\"region\":\"region0\"}");

	assert_true(hash_of("create", "{\"region\":\"region0\"}") != hash);
	assert_true(hash_of("delete", "{\"region\":\"region1\"}") != hash);
	assert_true(hash_of("delete", "{\"region\":\"region0\",\"generation\":\"5\"}") != hash);
	assert_true(hash_of("create", "{\"request\":{\"size\":1}}") != hash_of("create", "{\"request\":{\"size\":2}}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_its_value),
		cmocka_unit_test(test_the_key_is_not_in_it),
		cmocka_unit_test(test_all_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
