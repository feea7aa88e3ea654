/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "job.h"

static void take(struct job *job, const char *text)
{
	struct json_object *progress = json_tokener_parse(text);

	assert_non_null(progress);
	job_take_progress(job, progress);
	json_object_put(progress);
}

static void test_a_create_learns_its_name(void **state)
{
	struct job job = { .kind = JOB_CREATE };

	take(&job,
	     "{\"n\":1,\"m\":9,\"step\":\"claim\",\"object\":\"decoder0.0\",\"attribute\":\"create_pmem_region\"}");
	assert_string_equal(job.region, "");
	take(&job, "{\"n\":2,\"m\":9,\"step\":\"size\",\"object\":\"region4\",\"attribute\":\"size\"}");
	assert_string_equal(job.region, "region4");
	take(&job, "{\"n\":3,\"m\":9,\"step\":\"dpa\",\"object\":\"decoder2.0\",\"attribute\":\"dpa_size\"}");
	assert_string_equal(job.region, "region4");
	assert_int_equal(job.progress.n, 3);
	assert_string_equal(job.progress.attribute, "dpa_size");
}

static void test_a_repair_is_about_no_region(void **state)
{
	struct job job = { .kind = JOB_REPAIR };

	take(&job, "{\"n\":1,\"m\":2,\"step\":\"detach\",\"object\":\"region4\",\"attribute\":\"target0\"}");
	assert_string_equal(job.region, "");
	assert_false(job_kind_has_region(JOB_REPAIR));
	assert_false(job_kind_has_region(JOB_CREATE));
	assert_false(job_kind_has_region(JOB_UNBIND_PORT));
	assert_false(job_kind_has_region(JOB_BIND_PORT));
	assert_true(job_kind_has_region(JOB_DELETE));
}

static void test_jobs_of_many_plans(void **state)
{
	static const enum job_kind many[] = { JOB_REPAIR, JOB_UNBIND_PORT, JOB_BIND_PORT };
	static const enum job_kind one[] = { JOB_CREATE, JOB_DELETE, JOB_ENABLE, JOB_DISABLE };

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		assert_true(job_kind_has_many_plans(many[i]));
	for (size_t i = 0; i < ARRAY_SIZE(one); i++)
		assert_false(job_kind_has_many_plans(one[i]));
}

static void test_progress_of_any_shape(void **state)
{
	struct job job = { .kind = JOB_DELETE, .region = "region1" };
	char text[600] = "{\"n\":\"x\",\"step\":5,\"object\":\"";

	memset(text + strlen(text), 'o', 500);
	strcat(text, "\"}");
	take(&job, text);
	assert_int_equal(job.progress.n, 0);
	assert_string_equal(job.progress.step, "");
	assert_int_equal(strlen(job.progress.object), JOB_TEXT_MAX - 1);
	assert_string_equal(job.region, "region1");
}

static void assert_json(const struct job *job, uint64_t now_usec, const char *expected)
{
	struct json_object *json;

	assert_int_equal(job_to_json(job, now_usec, &json), 0);
	assert_string_equal(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN), expected);
	json_object_put(json);
}

static void test_json(void **state)
{
	struct job job = { .id = 3, .kind = JOB_DELETE, .state = JOB_BINDING, .region = "region1", .uid = 5, .pid = 6 };

	job.arrived_usec = 1000000;
	assert_json(&job, 2500000,
		    "{\"job\":3,\"kind\":\"delete\",\"object\":\"region1\",\"state\":\"waiting\",\"uid\":5,\"pid\":6,"
		    "\"n\":0,\"m\":0,\"seconds\":1.500}");
	job.state = JOB_RUNNING;
	job.started_usec = 2000000;
	strcpy(job.generation, "77");
	strcpy(job.progress.step, "commit");
	assert_json(&job, 2500000,
		    "{\"job\":3,\"kind\":\"delete\",\"object\":\"region1\",\"generation\":\"77\",\"state\":\"running\","
		    "\"uid\":5,\"pid\":6,\"n\":0,\"m\":0,\"step\":\"commit\",\"seconds\":0.500}");
	job.hanging = true;
	assert_json(&job, 2000001,
		    "{\"job\":3,\"kind\":\"delete\",\"object\":\"region1\",\"generation\":\"77\",\"state\":\"hanging\","
		    "\"uid\":5,\"pid\":6,\"n\":0,\"m\":0,\"step\":\"commit\",\"seconds\":0.000}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_create_learns_its_name),
		cmocka_unit_test(test_a_repair_is_about_no_region),
		cmocka_unit_test(test_jobs_of_many_plans),
		cmocka_unit_test(test_progress_of_any_shape),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
