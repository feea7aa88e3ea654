/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs as clients see them: times, locks, who is in the way, and what became of them. */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "job-record.h"

#define SECOND 1000000ull

/* The daemon's clock began a thousand seconds ago, the year 1970 two thousand. */
static const struct job_clocks now = { .monotonic = 1000 * SECOND, .wall = 2000 * SECOND };

static struct job make(uint64_t id, const char *lock, uint64_t arrived_usec)
{
	struct job job = { .id = id, .kind = JOB_CREATE, .state = JOB_WAITING, .uid = 7, .pid = 70 + (pid_t)id };

	job.arrived_usec = arrived_usec;
	assert_int_equal(lock_set_add(&job.locks.set, "root0", true), 0);
	assert_int_equal(lock_set_add(&job.locks.set, lock, false), 0);
	list_init(&job.node);
	list_init(&job.locks.node);
	return job;
}

static void assert_record(struct json_object *record, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *wanted = json_tokener_parse(expected);

	assert_non_null(wanted);
	if (!json_object_equal(wanted, record))
		fail_msg("expected %s\ngot %s", expected, json_object_to_json_string(record));
	json_object_put(record);
}

static void assert_living(const struct job_queue *queue, const struct job *job, const char *expected)
{
	struct json_object *record;

	assert_int_equal(job_record_new(queue, job, &now, &record), 0);
	assert_record(record, expected);
}

#define BASE(id, state, seconds)                                                                                \
	"\"job\":" id ",\"kind\":\"create\",\"state\":\"" state "\",\"uid\":7,\"pid\":7" id ",\"n\":0,\"m\":0," \
	"\"seconds\":" seconds

static void test_one_that_runs_and_one_that_waits(void **state)
{
	struct job a = make(1, "mem0", 990 * SECOND), b = make(2, "mem0", 995 * SECOND + 250000),
		   c = make(3, "mem1", SECOND);
	struct job_queue queue;

	job_queue_init(&queue);
	job_queue_push(&queue, &a);
	job_queue_push(&queue, &b);
	job_queue_push(&queue, &c);
	job_queue_start(&queue, &a);
	a.started_usec = 992 * SECOND + 500000;
	b.detached = true;
	c.lease = 9;
	assert_living(&queue, &a,
		      "{" BASE("1", "running", "7.5") ",\"detached\":false,\"locks\":[\"mem0\",\"root0 (shared)\"],"
						      "\"arrived\":1990.0,\"started\":1992.5}");
	assert_living(&queue, &b,
		      "{" BASE("2", "waiting", "4.75") ",\"detached\":true,\"locks\":[\"mem0\",\"root0 (shared)\"],"
						       "\"arrived\":1995.25,\"waits_for\":\"mem0\",\"blocked_by\":1}");
	assert_living(&queue, &c,
		      "{" BASE("3", "waiting", "999.0") ",\"detached\":false,\"locks\":[\"mem1\",\"root0 (shared)\"],"
							"\"arrived\":1001.0,\"lease\":9}");
	job_queue_remove(&queue, &a);
	job_queue_remove(&queue, &b);
	job_queue_remove(&queue, &c);
	lock_set_done(&a.locks.set);
	lock_set_done(&b.locks.set);
	lock_set_done(&c.locks.set);
}

static void assert_past(const struct job_past *past, const char *expected)
{
	struct json_object *record;

	assert_int_equal(job_record_past(past, &now, &record), 0);
	assert_record(record, expected);
}

/* Who waited to its end has not started. */
static void test_those_that_ended(void **state)
{
	struct job_past past = { .job = make(4, "mem0", 900 * SECOND) };
	struct failure failure;

	past.job.started_usec = 901 * SECOND;
	past.job.ended_usec = 903 * SECOND;
	past.job.state = JOB_DONE;
	assert_past(&past,
		    "{" BASE("4", "done",
			     "2.0") ",\"detached\":false,\"locks\":[\"mem0\",\"root0 (shared)\"],"
				    "\"arrived\":1900.0,\"started\":1901.0,\"ended\":1903.0,\"outcome\":\"done\"}");
	past.job.state = JOB_FAILED;
	past.job.started_usec = 0;
	failure_set(&failure, ERROR_CANCELLED, "region0", "It was cancelled.");
	failure_set_remedy(&failure, "None.");
	past.failure = &failure;
	assert_past(
		&past,
		"{" BASE(
			"4", "failed",
			"3.0") ",\"detached\":false,\"locks\":[\"mem0\",\"root0 (shared)\"],"
			       "\"arrived\":1900.0,\"ended\":1903.0,\"outcome\":\"unchanged\",\"failure\":{\"message\":"
			       "\"It was "
			       "cancelled.\",\"remedy\":\"None.\",\"outcome\":\"unchanged\",\"retryable\":true,"
			       "\"object\":\"region0\",\"error\":\"Cancelled\"}}");
	/* There was no memory to keep why. */
	past.failure = NULL;
	assert_past(&past,
		    "{" BASE("4", "failed", "3.0") ",\"detached\":false,\"locks\":[\"mem0\",\"root0 (shared)\"],"
						   "\"arrived\":1900.0,\"ended\":1903.0,\"outcome\":\"unknown\"}");
	lock_set_done(&past.job.locks.set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_that_runs_and_one_that_waits),
		cmocka_unit_test(test_those_that_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
