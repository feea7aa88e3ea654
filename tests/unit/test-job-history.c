/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "job-history.h"

#define SECOND 1000000ull

static struct job_history history;

static int set_up(void **state)
{
	job_history_init(&history);
	return 0;
}

static int tear_down(void **state)
{
	job_history_done(&history);
	return 0;
}

static void add(uint64_t id, uint64_t ended_usec, const struct failure *failure, struct json_object *result)
{
	struct job job = { .id = id, .ended_usec = ended_usec, .state = JOB_RUNNING };

	assert_int_equal(lock_set_add(&job.locks.set, "mem0", false), 0);
	job_history_add(&history, &job, failure, result);
	assert_int_equal(job.locks.set.n, 0);
}

static void test_what_is_kept(void **state)
{
	struct json_object *result = json_object_new_object();
	const struct job_past *past;
	struct failure failure;

	failure_set(&failure, ERROR_NOT_FOUND, "region0", "It is gone.");
	add(1, SECOND, NULL, result);
	add(2, SECOND, &failure, NULL);
	json_object_put(result);
	memset(&failure, 0, sizeof(failure));

	past = job_history_find(&history, 1, 2 * SECOND);
	assert_int_equal(past->job.state, JOB_DONE);
	assert_null(past->failure);
	assert_true(json_object_is_type(past->result, json_type_object));
	assert_true(lock_set_has(&past->job.locks.set, "mem0"));
	past = job_history_find(&history, 2, 2 * SECOND);
	assert_int_equal(past->job.state, JOB_FAILED);
	assert_string_equal(past->failure->message, "It is gone.");
	assert_null(past->result);
	assert_null(job_history_find(&history, 3, 2 * SECOND));
}

static void test_the_youngest_first(void **state)
{
	for (uint64_t id = 1; id <= 3; id++)
		add(id, id * SECOND, NULL, NULL);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(job_history_at(&history, i, 4 * SECOND)->job.id, 3 - i);
	assert_null(job_history_at(&history, 3, 4 * SECOND));
}

static void test_the_oldest_is_forgotten(void **state)
{
	for (uint64_t id = 1; id <= 2 * JOB_HISTORY_MAX + 5; id++) {
		add(id, SECOND, NULL, NULL);
		assert_int_equal(job_history_at(&history, 0, SECOND)->job.id, id);
		assert_non_null(
			job_history_find(&history, id > JOB_HISTORY_MAX ? id - JOB_HISTORY_MAX + 1 : 1, SECOND));
		if (id > JOB_HISTORY_MAX)
			assert_null(job_history_find(&history, id - JOB_HISTORY_MAX, SECOND));
	}
	assert_non_null(job_history_at(&history, JOB_HISTORY_MAX - 1, SECOND));
	assert_null(job_history_at(&history, JOB_HISTORY_MAX, SECOND));
}

static void test_age(void **state)
{
	add(1, SECOND, NULL, NULL);
	add(2, 2 * SECOND, NULL, NULL);
	assert_non_null(job_history_find(&history, 1, SECOND + JOB_HISTORY_AGE_USEC - 1));
	assert_null(job_history_find(&history, 1, SECOND + JOB_HISTORY_AGE_USEC));
	assert_int_equal(job_history_at(&history, 0, SECOND + JOB_HISTORY_AGE_USEC)->job.id, 2);
	assert_null(job_history_at(&history, 1, SECOND + JOB_HISTORY_AGE_USEC));
	assert_null(job_history_at(&history, 0, 2 * SECOND + JOB_HISTORY_AGE_USEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_youngest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_oldest_is_forgotten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_age, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
