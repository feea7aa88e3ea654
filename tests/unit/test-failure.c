/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "cleanup.h"
#include "failure.h"
#include "frame.h"

static struct failure refused_write(void)
{
	struct failure failure;

	failure_set(&failure, ERROR_KERNEL_REFUSED, "region0", "The kernel refused to attach %s.", "mem1");
	failure.outcome = OUTCOME_UNDONE;
	failure.errno_value = EBUSY;
	strcpy(failure.step, "attach");
	strcpy(failure.attribute, "target0");
	strcpy(failure.value, "decoder3.0");
	return failure;
}

static void assert_json(const struct failure *failure, const char *text)
{
	CLEANUP(cleanup_json) struct json_object *json = NULL;

	assert_int_equal(failure_to_json(failure, &json), 0);
	assert_string_equal(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN), text);
}

static void test_set_takes_the_row(void **state)
{
	struct failure failure;

	memset(&failure, 'x', sizeof(failure));
	assert_int_equal(failure_set(&failure, ERROR_CONFLICT, NULL, NULL), ERROR_CONFLICT);
	assert_string_equal(failure.message, error_row_get(ERROR_CONFLICT)->sentence);
	assert_string_equal(failure.remedy, error_row_get(ERROR_CONFLICT)->remedy);
	assert_true(failure.retryable);
	assert_int_equal(failure.outcome, OUTCOME_UNCHANGED);
	assert_string_equal(failure.object, "");
	assert_string_equal(failure.step, "");
	assert_int_equal(failure.errno_value, 0);
}

static void test_set_remedy_keeps_the_rest(void **state)
{
	struct failure failure = refused_write();

	failure_set_remedy(&failure, "Detach %s first.", "mem2");
	assert_string_equal(failure.remedy, "Detach mem2 first.");
	assert_string_equal(failure.message, "The kernel refused to attach mem1.");
}

static void test_set_errno(void **state)
{
	struct failure failure;

	assert_int_equal(failure_set_errno(&failure, -EIO, "Reading the topology"), ERROR_INTERNAL);
	assert_string_equal(failure.message, "Reading the topology: Input/output error");
	assert_int_equal(failure.errno_value, EIO);
}

static void test_json_has_what_applies(void **state)
{
	struct failure failure = refused_write();

	failure_set_remedy(&failure, "Look.");
	assert_json(&failure, "{\"message\":\"The kernel refused to attach mem1.\",\"remedy\":\"Look.\","
			      "\"outcome\":\"undone\",\"retryable\":false,\"object\":\"region0\",\"step\":\"attach\","
			      "\"attribute\":\"target0\",\"value\":\"decoder3.0\",\"errno\":16,"
			      "\"errno_name\":\"EBUSY\"}");

	failure_set(&failure, ERROR_TOO_BUSY, NULL, "Busy.");
	failure_set_remedy(&failure, "Wait.");
	assert_json(&failure, "{\"message\":\"Busy.\",\"remedy\":\"Wait.\",\"outcome\":\"unchanged\","
			      "\"retryable\":true}");
}

static void test_json_and_back(void **state)
{
	CLEANUP(cleanup_json) struct json_object *json = NULL;
	struct failure failure = refused_write(), back;

	assert_int_equal(failure_to_json(&failure, &json), 0);
	failure_from_json(&back, "KernelRefused", json);
	assert_int_equal(back.code, failure.code);
	assert_int_equal(back.outcome, failure.outcome);
	assert_int_equal(back.retryable, failure.retryable);
	assert_int_equal(back.errno_value, failure.errno_value);
	assert_string_equal(back.object, failure.object);
	assert_string_equal(back.step, failure.step);
	assert_string_equal(back.attribute, failure.attribute);
	assert_string_equal(back.value, failure.value);
	assert_string_equal(back.message, failure.message);
	assert_string_equal(back.remedy, failure.remedy);
}

static void test_from_json_survives_anything(void **state)
{
	CLEANUP(cleanup_json)
	struct json_object *json = json_tokener_parse(
		"{\"message\":7,\"outcome\":\"burnt\",\"retryable\":1,\"errno\":\"5\",\"object\":[]}");
	struct failure failure;

	failure_from_json(&failure, "NoSuchName", json);
	assert_int_equal(failure.code, ERROR_INTERNAL);
	assert_int_equal(failure.outcome, OUTCOME_UNKNOWN);
	assert_false(failure.retryable);
	assert_int_equal(failure.errno_value, 0);
	assert_string_equal(failure.message, "");
	assert_string_equal(failure.object, "");
	failure_from_json(&failure, "NotFound", NULL);
	assert_int_equal(failure.code, ERROR_NOT_FOUND);
}

/* A mount point may be named in any bytes, and may be longer than there is room: the result is still a message. */
static void test_json_is_utf8_whatever_the_names_are(void **state)
{
	CLEANUP(cleanup_json) struct json_object *json = NULL, *parsed = NULL;
	char name[1024] = "";
	struct failure failure;
	const char *text;

	for (size_t i = 0; i < 600; i += 2)
		strcat(name, "\xc3\xa9");
	failure_set(&failure, ERROR_REGION_IN_USE, "re\xffgion0", "%s", name);
	assert_int_equal(strlen(failure.message), sizeof(failure.message) - 1);
	assert_int_equal(failure_to_json(&failure, &json), 0);
	text = json_object_to_json_string(json);
	assert_int_equal(frame_parse(text, strlen(text), &parsed), 0);
	failure_from_json(&failure, "RegionInUse", parsed);
	assert_string_equal(failure.object, "re?gion0");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_takes_the_row),
		cmocka_unit_test(test_set_remedy_keeps_the_rest),
		cmocka_unit_test(test_set_errno),
		cmocka_unit_test(test_json_has_what_applies),
		cmocka_unit_test(test_json_and_back),
		cmocka_unit_test(test_from_json_survives_anything),
		cmocka_unit_test(test_json_is_utf8_whatever_the_names_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
