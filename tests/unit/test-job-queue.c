/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "job-queue.h"

/* One that needs the whole host. */
static struct job job_make(enum job_state state, uid_t uid)
{
	struct job job = { .state = state, .uid = uid };

	assert_int_equal(lock_set_add(&job.locks.set, "root0", false), 0);
	return job;
}

static struct job job_make_for(const char *port)
{
	struct job job = { .state = JOB_WAITING };

	assert_int_equal(lock_set_add(&job.locks.set, "root0", true), 0);
	assert_int_equal(lock_set_add(&job.locks.set, port, false), 0);
	return job;
}

static void leave(struct job_queue *queue, struct job *job)
{
	job_queue_remove(queue, job);
	lock_set_done(&job->locks.set);
}

static void leave_all(struct job_queue *queue)
{
	while (!job_queue_is_idle(queue))
		leave(queue, list_owner(queue->jobs.next, struct job, node));
}

static void test_one_at_a_time_in_order(void **state)
{
	struct job a = job_make(JOB_WAITING, 0), b = job_make(JOB_WAITING, 0);
	struct job_queue queue;

	job_queue_init(&queue);
	assert_true(job_queue_is_idle(&queue));
	assert_null(job_queue_next(&queue));
	job_queue_push(&queue, &a);
	job_queue_push(&queue, &b);
	assert_false(job_queue_is_idle(&queue));
	assert_ptr_equal(job_queue_next(&queue), &a);
	job_queue_start(&queue, &a);
	assert_null(job_queue_next(&queue));
	assert_ptr_equal(job_queue_running(&queue), &a);
	leave(&queue, &a);
	assert_null(job_queue_running(&queue));
	assert_ptr_equal(job_queue_next(&queue), &b);
	leave(&queue, &b);
	assert_true(job_queue_is_idle(&queue));
}

static void test_nothing_starts_while_a_name_is_looked_up(void **state)
{
	struct job a = job_make(JOB_WAITING, 0), b = job_make(JOB_BINDING, 0), c = job_make(JOB_BINDING, 0);
	struct job_queue queue;

	job_queue_init(&queue);
	job_queue_push(&queue, &a);
	job_queue_push(&queue, &b);
	job_queue_push(&queue, &c);
	assert_null(job_queue_next(&queue));
	job_queue_bound(&queue, &b);
	assert_null(job_queue_next(&queue));
	leave(&queue, &c);
	assert_ptr_equal(job_queue_next(&queue), &a);
	leave_all(&queue);
}

/* Those on different ports run side by side, and who needs the whole host waits for all that came first. */
static void test_ports_apart(void **state)
{
	struct job a = job_make_for("pci0000:0c"), b = job_make_for("pci0000:de"), c = job_make_for("pci0000:0c");
	struct job host = job_make(JOB_WAITING, 0), d = job_make_for("pci0000:de");
	struct job_queue queue;
	const char *lock;

	job_queue_init(&queue);
	assert_true(job_queue_has_way(&queue, &b));
	job_queue_push(&queue, &a);
	job_queue_start(&queue, job_queue_next(&queue));
	assert_true(job_queue_has_way(&queue, &b));
	assert_false(job_queue_has_way(&queue, &c));
	job_queue_push(&queue, &c);
	job_queue_push(&queue, &b);
	assert_ptr_equal(job_queue_next(&queue), &b);
	job_queue_start(&queue, &b);
	assert_null(job_queue_next(&queue));
	assert_ptr_equal(job_queue_blocker(&queue, &c, &lock), &a);
	assert_string_equal(lock, "pci0000:0c");
	job_queue_push(&queue, &host);
	job_queue_push(&queue, &d);
	leave(&queue, &b);
	assert_null(job_queue_next(&queue));
	leave(&queue, &a);
	assert_ptr_equal(job_queue_next(&queue), &c);
	leave(&queue, &c);
	assert_ptr_equal(job_queue_next(&queue), &host);
	leave_all(&queue);
}

/* What a job asks for under its locks it waits for where it stood, once. */
static void test_exchange(void **state)
{
	struct job a = job_make_for("pci0000:0c"), b = job_make_for("pci0000:de"), c = job_make_for("pci0000:de");
	struct job wanted = job_make_for("pci0000:de"), more = job_make_for("pci0000:0c");
	struct job_queue queue;

	job_queue_init(&queue);
	job_queue_push(&queue, &a);
	job_queue_push(&queue, &b);
	job_queue_start(&queue, &a);
	job_queue_start(&queue, &b);
	job_queue_push(&queue, &c);
	assert_true(job_queue_exchange(&queue, &a, &wanted.locks.set));
	assert_int_equal(a.state, JOB_WAITING);
	assert_null(job_queue_next(&queue));
	leave(&queue, &b);
	assert_ptr_equal(job_queue_next(&queue), &a);
	job_queue_start(&queue, &a);
	assert_false(job_queue_exchange(&queue, &a, &more.locks.set));
	assert_int_equal(a.state, JOB_RUNNING);
	lock_set_done(&more.locks.set);
	leave_all(&queue);
	assert_int_equal(queue.running, 0);
}

/* A lease is nobody's work. */
static void test_a_lease_is_not_worked_on(void **state)
{
	struct job lease = job_make_for("pci0000:0c");
	struct job_queue queue;

	lease.kind = JOB_LEASE;
	job_queue_init(&queue);
	job_queue_push(&queue, &lease);
	job_queue_start(&queue, &lease);
	assert_false(job_queue_is_working(&queue));
	assert_null(job_queue_running(&queue));
	assert_false(job_queue_works_on(&queue, "region0"));
	leave_all(&queue);
}

static void push_many(struct job_queue *queue, struct job *jobs, unsigned int count, uid_t uid)
{
	for (unsigned int i = 0; i < count; i++) {
		jobs[i] = job_make(JOB_WAITING, uid);
		job_queue_push(queue, &jobs[i]);
	}
}

static void test_limit_of_a_user(void **state)
{
	struct job jobs[JOB_QUEUE_MAX_PER_UID];
	struct job_queue queue;

	job_queue_init(&queue);
	push_many(&queue, jobs, JOB_QUEUE_MAX_PER_UID - 1, 1000);
	assert_int_equal(job_queue_admits(&queue, 1000), JOB_ADMITTED);
	jobs[JOB_QUEUE_MAX_PER_UID - 1] = job_make(JOB_WAITING, 1000);
	job_queue_push(&queue, &jobs[JOB_QUEUE_MAX_PER_UID - 1]);
	assert_int_equal(job_queue_admits(&queue, 1000), JOB_REFUSED_UID);
	assert_int_equal(job_queue_admits(&queue, 1001), JOB_ADMITTED);
	leave(&queue, &jobs[3]);
	assert_int_equal(job_queue_admits(&queue, 1000), JOB_ADMITTED);
	leave_all(&queue);
}

static void test_total_keeps_room_for_root(void **state)
{
	struct job *jobs = calloc(JOB_QUEUE_MAX, sizeof(*jobs));
	struct job_queue queue;

	assert_non_null(jobs);
	job_queue_init(&queue);
	for (unsigned int i = 0; i < JOB_QUEUE_MAX - JOB_QUEUE_KEPT_FOR_ROOT; i++)
		push_many(&queue, &jobs[i], 1, 1000 + i);
	assert_int_equal(job_queue_admits(&queue, 5000), JOB_REFUSED_TOTAL);
	assert_int_equal(job_queue_admits(&queue, 0), JOB_ADMITTED);
	leave_all(&queue);
	free(jobs);
}

/* While nothing runs, look-ups that follow each other must not hold up for ever who waits. */
static void test_lookups_cannot_hold_the_queue_for_ever(void **state)
{
	struct job first = job_make(JOB_BINDING, 7), waiting = job_make(JOB_WAITING, 0), others[2];
	unsigned int i = 0;
	struct job_queue queue;

	job_queue_init(&queue);
	job_queue_push(&queue, &waiting);
	job_queue_push(&queue, &first);
	while (job_queue_admits(&queue, 7) == JOB_ADMITTED) {
		/* The next comes before the one ahead of it is told that there is no such region. */
		others[i % 2] = job_make(JOB_BINDING, 7);
		job_queue_push(&queue, &others[i % 2]);
		leave(&queue, i ? &others[(i - 1) % 2] : &first);
		i++;
		assert_true(i < JOB_QUEUE_HOLD_MAX);
	}
	assert_int_equal(i, JOB_QUEUE_HOLD_MAX - 1);
	leave(&queue, &others[(i - 1) % 2]);
	assert_ptr_equal(job_queue_next(&queue), &waiting);
	assert_int_equal(job_queue_admits(&queue, 7), JOB_ADMITTED);
	leave_all(&queue);
}

static void test_works_on(void **state)
{
	struct job job = job_make(JOB_WAITING, 0);
	struct job_queue queue;

	strcpy(job.region, "region3");
	job_queue_init(&queue);
	job_queue_push(&queue, &job);
	assert_false(job_queue_works_on(&queue, "region3"));
	job_queue_start(&queue, job_queue_next(&queue));
	assert_true(job_queue_works_on(&queue, "region3"));
	assert_false(job_queue_works_on(&queue, "region30"));
	leave_all(&queue);
}

/* Any schedule of such as need the whole host: at most one runs, none starts during a look-up, and those that start do so in order of arrival. */
static void test_random_schedules(void **state)
{
	struct job jobs[200] = {};
	unsigned int arrived = 0, last_started = 0;
	struct job_queue queue;

	srandom(1);
	job_queue_init(&queue);
	while (arrived < ARRAY_SIZE(jobs) || !job_queue_is_idle(&queue)) {
		struct job *job = &jobs[random() % (arrived ? arrived : 1)], *next;

		if (arrived < ARRAY_SIZE(jobs) && random() % 2) {
			job = &jobs[arrived++];
			*job = job_make(random() % 2 ? JOB_WAITING : JOB_BINDING, 0);
			job->id = arrived;
			job_queue_push(&queue, job);
		} else if (job->id && job->state == JOB_BINDING && random() % 2) {
			job_queue_bound(&queue, job);
		} else if (job->id) {
			leave(&queue, job);
			job->id = 0;
			job->state = JOB_WAITING;
		}
		next = job_queue_next(&queue);
		if (!next)
			continue;
		assert_null(job_queue_running(&queue));
		for (unsigned int i = 0; i < arrived; i++)
			assert_false(jobs[i].id && jobs[i].state == JOB_BINDING);
		assert_true(next->id > last_started);
		last_started = (unsigned int)next->id;
		job_queue_start(&queue, next);
	}
	assert_int_equal(queue.count, 0);
	assert_int_equal(queue.binding, 0);
	assert_int_equal(queue.running, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time_in_order),
		cmocka_unit_test(test_nothing_starts_while_a_name_is_looked_up),
		cmocka_unit_test(test_ports_apart),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_a_lease_is_not_worked_on),
		cmocka_unit_test(test_limit_of_a_user),
		cmocka_unit_test(test_total_keeps_room_for_root),
		cmocka_unit_test(test_lookups_cannot_hold_the_queue_for_ever),
		cmocka_unit_test(test_works_on),
		cmocka_unit_test(test_random_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
