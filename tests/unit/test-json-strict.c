/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "frame.h"
#include "json-strict.h"

/* Through the whole parser, so that what the scan lets pass is also built. */
static int parse(const char *text)
{
	struct json_object *object = NULL;
	int r = frame_parse(text, strlen(text), &object);

	if (r == 0 && !object)
		fail_msg("no object from %s", text);
	json_object_put(object);
	return r;
}

static void test_taken(void **state)
{
	static const char *const texts[] = {
		"{}",
		" \t\r\n{ } \n",
		"{\"a\":null,\"b\":true,\"c\":false}",
		"{\"a\":[],\"b\":[1],\"c\":[1,2,[3]]}",
		"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}",
		"{\"a\":0,\"b\":-0,\"c\":-1,\"d\":1.5,\"e\":1e3,\"f\":1E-3,\"g\":-0.5e+10}",
		"{\"a\":18446744073709551615,\"b\":-9223372036854775808}",
		"{\"a\":\"\"}",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"}",
		"{\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}",
		"{\"\":1}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (parse(texts[i]) != 0)
			fail_msg("refused: %s", texts[i]);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"1",
		"null",
		"[]",
		"\"a\"",
		"{",
		"}",
		"{}{}",
		"{} x",
		"{},",
		"{}}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,\"a\":1}",
		"{a:1}",
		"{'a':1}",
		"{\"a\":'b'}",
		"{\"a\" 1}",
		"{\"a\":1 \"b\":2}",
		"{1:2}",
		"{\"a\":[1,]}",
		"{\"a\":[,1]}",
		"{\"a\":[1 2]}",
		"{\"a\":[}",
		"{\"a\":[1}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":-Infinity}",
		"{\"a\":nul}",
		"{\"a\":True}",
		"{\"a\":truex}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":+1}",
		"{\"a\":.5}",
		"{\"a\":1.}",
		"{\"a\":1e}",
		"{\"a\":1e+}",
		"{\"a\":0x10}",
		"{\"a\":-01}",
		"{\"a\":1e999}",
		"{\"a\":18446744073709551616}",
		"{\"a\":-9223372036854775809}",
		"{\"a\":99999999999999999999999999}",
		"{\"a\":\"b}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\x01\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\\u\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\\u0000b\":1}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"\\udc00\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc3\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":\"\xc0\xaf\"}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1,\"\\u0061\":2}",
		"{\"b\":[{\"a\":1,\"a\":1}]}",
		"{/* c */}",
		"{// c\n}",
		"# c\n{}",
		"\xef\xbb\xbf{}",
		"{\"a\":1\v}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (parse(texts[i]) != -EBADMSG)
			fail_msg("taken: %s", texts[i]);
	}
}

static void test_a_nul_inside(void **state)
{
	struct json_object *object = NULL;

	assert_int_equal(frame_parse("{}\0", 3, &object), -EBADMSG);
	assert_int_equal(frame_parse("{\"a\0\":1}", 8, &object), -EBADMSG);
	assert_null(object);
}

/* {"a":[[[...]]]} with that many levels in all. */
static int parse_depth(unsigned int depth)
{
	char text[256] = "{\"a\":";

	for (unsigned int i = 1; i < depth; i++)
		strcat(text, "[");
	strcat(text, depth > 1 ? "" : "1");
	for (unsigned int i = 1; i < depth; i++)
		strcat(text, "]");
	strcat(text, "}");
	return parse(text);
}

static void test_depth(void **state)
{
	assert_int_equal(parse_depth(1), 0);
	assert_int_equal(parse_depth(FRAME_DEPTH_MAX), 0);
	assert_int_equal(parse_depth(FRAME_DEPTH_MAX + 1), -EBADMSG);
}

static void test_the_deepest_scalar_is_taken(void **state)
{
	char text[256] = "{\"a\":";

	for (unsigned int i = 1; i < FRAME_DEPTH_MAX; i++)
		strcat(text, "[");
	strcat(text, "\"x\"");
	for (unsigned int i = 1; i < FRAME_DEPTH_MAX; i++)
		strcat(text, "]");
	strcat(text, "}");
	assert_int_equal(parse(text), 0);
}

static void test_depth_is_the_callers(void **state)
{
	static const char text[] = "{\"a\":1,\"b\":[{\"c\":{}},{\"c\":2}]}";

	assert_int_equal(json_strict_scan(text, strlen(text), 4), 0);
	assert_int_equal(json_strict_scan(text, strlen(text), 3), -EBADMSG);
}

/* Two bytes of text must not become a kilobyte of memory, thousands of times. */
static void test_objects_are_limited(void **state)
{
	char text[4096] = "{\"a\":[";
	size_t length = strlen(text);

	for (int i = 0; i < 1000; i++, length += 3)
		memcpy(text + length, "{},", 4);
	memcpy(text + length - 1, "]}", 3);
	assert_int_equal(json_strict_scan(text, strlen(text), 4), -EBADMSG);
	length = strlen("{\"a\":[");
	for (int i = 0; i < 30; i++, length += 3)
		memcpy(text + length, "{},", 4);
	memcpy(text + length - 1, "]}", 3);
	assert_int_equal(json_strict_scan(text, strlen(text), 4), 0);
}

/* Each text cut anywhere is refused, and read no further than its end (which the sanitizer sees). */
static void test_cut_anywhere(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5e3,\"\\ud83d\\ude00\xc3\xa9\",true,null,{\"b\":\"\\n\"}]}";
	struct json_object *object = NULL;

	for (size_t size = 0; size < strlen(text); size++) {
		char *copy = test_malloc(size ? size : 1);

		memcpy(copy, text, size);
		assert_int_equal(frame_parse(copy, size, &object), -EBADMSG);
		test_free(copy);
	}
	assert_null(object);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_a_nul_inside),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_the_deepest_scalar_is_taken),
		cmocka_unit_test(test_depth_is_the_callers),
		cmocka_unit_test(test_objects_are_limited),
		cmocka_unit_test(test_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
