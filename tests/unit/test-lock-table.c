/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include "lock-table.h"
#include "lock-words.h"

#define REQUESTS_MAX 8

/* A table and its requests, which arrive one after the other. */
struct scene {
	struct lock_table table;
	struct lock_request requests[REQUESTS_MAX];
	unsigned int count;
};

static int scene_setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -1;
	lock_table_init(&scene->table);
	*state = scene;
	return 0;
}

static int scene_teardown(void **state)
{
	struct scene *scene = *state;

	for (unsigned int i = 0; i < scene->count; i++)
		lock_set_done(&scene->requests[i].set);
	free(scene);
	return 0;
}

static struct lock_request *arrive_under(struct scene *scene, const struct lock_request *lease, const char *locks)
{
	struct lock_request *request = &scene->requests[scene->count++];

	assert_true(scene->count <= REQUESTS_MAX);
	set_fill(&request->set, locks);
	request->lease = lease;
	request->state = LOCK_HELD;
	request->exchanged = true;
	lock_table_add(&scene->table, request);
	return request;
}

static struct lock_request *arrive(struct scene *scene, const char *locks)
{
	return arrive_under(scene, NULL, locks);
}

/* It is the next, and it is granted. */
static void assert_next(struct scene *scene, struct lock_request *request)
{
	assert_ptr_equal(lock_table_next(&scene->table), request);
	assert_true(lock_table_may_grant(&scene->table, request));
	lock_table_grant(&scene->table, request);
	assert_int_equal(request->state, LOCK_HELD);
}

static struct lock_request *arrive_granted(struct scene *scene, const char *locks)
{
	struct lock_request *request = arrive(scene, locks);

	assert_next(scene, request);
	return request;
}

static void assert_nobody_next(struct scene *scene)
{
	assert_null(lock_table_next(&scene->table));
}

static void assert_blocked(struct scene *scene, const struct lock_request *request, const struct lock_request *by,
			   const char *lock)
{
	const char *name = NULL;

	assert_false(lock_table_may_grant(&scene->table, request));
	assert_ptr_equal(lock_table_blocker(&scene->table, request, &name), by);
	assert_string_equal(name, lock);
	/* The name lives as long as the set of the one that asks. */
	assert_in_range((uintptr_t)name, (uintptr_t)request->set.locks,
			(uintptr_t)(request->set.locks + request->set.n) - 1);
}

static bool exchange(struct scene *scene, struct lock_request *request, const char *locks)
{
	struct lock_set set = {};
	bool done;

	set_fill(&set, locks);
	done = lock_table_exchange(&scene->table, request, &set);
	if (done)
		assert_null(set.locks);
	else
		assert_non_null(set.locks);
	lock_set_done(&set);
	return done;
}

static void test_shared_and_exclusive(void **state)
{
	struct scene *scene = *state;
	struct lock_request *readers[2], *writer, *late;

	assert_nobody_next(scene);
	readers[0] = arrive_granted(scene, "root0 !a");
	readers[1] = arrive_granted(scene, "root0 !b");
	writer = arrive(scene, "!root0");
	assert_nobody_next(scene);
	assert_blocked(scene, writer, readers[0], "root0");
	lock_table_remove(&scene->table, readers[0]);
	assert_blocked(scene, writer, readers[1], "root0");
	lock_table_remove(&scene->table, readers[1]);
	assert_next(scene, writer);
	late = arrive(scene, "root0");
	assert_blocked(scene, late, writer, "root0");
	lock_table_remove(&scene->table, writer);
	assert_next(scene, late);
}

/* A stream of those that share does not keep out for ever the one that does not. */
static void test_no_overtaking_among_those_that_conflict(void **state)
{
	struct scene *scene = *state;
	struct lock_request *holder = arrive_granted(scene, "root0 !a");
	struct lock_request *writer = arrive(scene, "!root0");
	struct lock_request *late = arrive(scene, "root0 !b");

	assert_blocked(scene, late, writer, "root0");
	assert_nobody_next(scene);
	lock_table_remove(&scene->table, holder);
	assert_next(scene, writer);
	assert_nobody_next(scene);
	lock_table_remove(&scene->table, writer);
	assert_next(scene, late);
}

static void test_overtaking_where_nothing_conflicts(void **state)
{
	struct scene *scene = *state;
	struct lock_request *holder = arrive_granted(scene, "root0 !a");
	struct lock_request *waiter = arrive(scene, "root0 !a !b");

	arrive_granted(scene, "root0 !c");
	assert_blocked(scene, waiter, holder, "a");
}

/* Who waits for one lock keeps his place at all others. */
static void test_set_is_waited_for_as_a_whole(void **state)
{
	struct scene *scene = *state;
	struct lock_request *holder = arrive_granted(scene, "!a");
	struct lock_request *waiter = arrive(scene, "!a !b");
	struct lock_request *late = arrive(scene, "!b");

	assert_blocked(scene, late, waiter, "b");
	assert_nobody_next(scene);
	lock_table_remove(&scene->table, holder);
	assert_next(scene, waiter);
	assert_blocked(scene, late, waiter, "b");
}

static void test_blocker_is_a_holder_first(void **state)
{
	struct scene *scene = *state;
	struct lock_request *first = arrive_granted(scene, "!a");
	struct lock_request *waiter = arrive(scene, "!a !b !c");
	struct lock_request *second = arrive_granted(scene, "!d");
	struct lock_request *last = arrive(scene, "!b !c !d");
	const char *lock = "untouched";

	assert_blocked(scene, waiter, first, "a");
	assert_blocked(scene, last, second, "d");
	lock_table_remove(&scene->table, second);
	assert_blocked(scene, last, waiter, "b");
	assert_null(lock_table_blocker(&scene->table, first, &lock));
	lock_table_remove(&scene->table, waiter);
	assert_null(lock_table_blocker(&scene->table, last, &lock));
	assert_string_equal(lock, "untouched");
}

static void test_waiter_that_leaves(void **state)
{
	struct scene *scene = *state;
	struct lock_request *holder = arrive_granted(scene, "root0");
	struct lock_request *writer = arrive(scene, "!root0");
	struct lock_request *late = arrive(scene, "root0");

	assert_blocked(scene, late, writer, "root0");
	lock_table_remove(&scene->table, writer);
	lock_table_remove(&scene->table, writer);
	assert_next(scene, late);
	assert_int_equal(holder->state, LOCK_HELD);
	assert_int_equal(writer->set.n, 1);
}

static void test_exchange_keeps_the_place(void **state)
{
	struct scene *scene = *state;
	struct lock_request *changing = arrive_granted(scene, "!a");
	struct lock_request *other = arrive_granted(scene, "!b");
	struct lock_request *for_a = arrive(scene, "!a");
	struct lock_request *for_b = arrive(scene, "!b");

	assert_true(exchange(scene, changing, "!b !c"));
	assert_int_equal(changing->state, LOCK_WAITING);
	/* What it held is free, and what it waits for now it waits for before who came later. */
	assert_next(scene, for_a);
	assert_blocked(scene, changing, other, "b");
	assert_blocked(scene, for_b, other, "b");
	lock_table_remove(&scene->table, other);
	assert_blocked(scene, for_b, changing, "b");
	assert_next(scene, changing);
	assert_nobody_next(scene);
	lock_table_remove(&scene->table, changing);
	assert_next(scene, for_b);
}

static void test_exchange_once(void **state)
{
	struct scene *scene = *state;
	struct lock_request *changing = arrive_granted(scene, "!a");
	struct lock_request *other = arrive(scene, "!a");

	assert_true(exchange(scene, changing, "!a !b"));
	assert_next(scene, changing);
	assert_false(exchange(scene, changing, "!c"));
	assert_int_equal(changing->state, LOCK_HELD);
	assert_string_equal(changing->set.locks[0].name, "a");
	assert_blocked(scene, other, changing, "a");
}

/* Also of one that still waits; and that it was the one exchange does not depend on it. */
static void test_exchange_while_it_waits(void **state)
{
	struct scene *scene = *state;
	struct lock_request *changing;

	arrive_granted(scene, "!a");
	changing = arrive(scene, "!a");
	assert_true(exchange(scene, changing, "!b"));
	assert_false(exchange(scene, changing, "!c"));
	assert_next(scene, changing);
}

static void test_lease_and_its_members(void **state)
{
	struct scene *scene = *state;
	struct lock_request *lease = arrive_granted(scene, "root0 !a !b");
	struct lock_request *outsider = arrive(scene, "!a");
	struct lock_request *first = arrive_under(scene, lease, "root0 !a");
	struct lock_request *second = arrive_under(scene, lease, "a");
	struct lock_request *third = arrive_under(scene, lease, "!a");

	/* Members pass the lease and those who wait for it, and not each other. */
	assert_next(scene, first);
	assert_nobody_next(scene);
	assert_blocked(scene, outsider, lease, "a");
	assert_blocked(scene, second, first, "a");
	lock_table_remove(&scene->table, first);
	assert_next(scene, second);
	assert_blocked(scene, third, second, "a");
	lock_table_remove(&scene->table, second);
	assert_next(scene, third);
	lock_table_remove(&scene->table, third);
	lock_table_remove(&scene->table, lease);
	assert_next(scene, outsider);
}

static void test_members_of_two_leases(void **state)
{
	struct scene *scene = *state;
	struct lock_request *first = arrive_granted(scene, "root0 !a");
	struct lock_request *second = arrive_granted(scene, "root0 !b");

	assert_next(scene, arrive_under(scene, first, "root0 !a"));
	assert_next(scene, arrive_under(scene, second, "root0 !b"));
}

/* Who names more than the lease has would write where others work. */
static void test_lease_that_does_not_cover(void **state)
{
	struct scene *scene = *state;
	struct lock_request *lease = arrive_granted(scene, "root0 !a");
	struct lock_request *more = arrive_under(scene, lease, "root0 !a !b");
	struct lock_request *exclusive = arrive_under(scene, lease, "!root0");

	assert_null(more->lease);
	assert_blocked(scene, more, lease, "a");
	assert_null(exclusive->lease);
	assert_blocked(scene, exclusive, lease, "root0");
}

static void test_lease_that_is_not_held(void **state)
{
	struct scene *scene = *state;
	struct lock_request *holder = arrive_granted(scene, "!a");
	struct lock_request *lease = arrive(scene, "!a !b");
	struct lock_request *early = arrive_under(scene, lease, "!a");
	struct lock_request *late;

	assert_null(early->lease);
	assert_blocked(scene, early, holder, "a");
	lock_table_remove(&scene->table, holder);
	assert_next(scene, lease);
	lock_table_remove(&scene->table, lease);
	late = arrive_under(scene, lease, "!b");
	assert_null(late->lease);
}

static void test_lease_that_ends_before_its_members(void **state)
{
	struct scene *scene = *state;
	struct lock_request *lease = arrive_granted(scene, "root0 !a !b");
	struct lock_request *for_b = arrive(scene, "!b");
	struct lock_request *outsider = arrive(scene, "!a");
	struct lock_request *working = arrive_under(scene, lease, "!a");
	struct lock_request *waiting = arrive_under(scene, lease, "!a");

	assert_next(scene, working);
	lock_table_remove(&scene->table, lease);
	/* What no member holds is free; what one holds is not, and who waited under it queues up with all. */
	assert_next(scene, for_b);
	assert_nobody_next(scene);
	assert_blocked(scene, outsider, working, "a");
	lock_table_remove(&scene->table, working);
	assert_blocked(scene, waiting, outsider, "a");
	assert_next(scene, outsider);
	lock_table_remove(&scene->table, outsider);
	assert_next(scene, waiting);
}

static void test_exchange_under_a_lease(void **state)
{
	struct scene *scene = *state;
	struct lock_request *lease = arrive_granted(scene, "root0 !a !b");
	struct lock_request *member = arrive_under(scene, lease, "!a");

	assert_next(scene, member);
	assert_false(exchange(scene, member, "!c"));
	assert_false(exchange(scene, lease, "!a !b !c"));
	assert_int_equal(member->state, LOCK_HELD);
	assert_int_equal(lease->state, LOCK_HELD);
	assert_true(exchange(scene, member, "!b"));
	assert_next(scene, member);
	lock_table_remove(&scene->table, member);
	assert_true(exchange(scene, lease, "!a !b !c"));
	assert_next(scene, lease);
}

/* When the inner lease ends, its members are under the outer one. */
static void test_lease_within_a_lease(void **state)
{
	struct scene *scene = *state;
	struct lock_request *outer = arrive_granted(scene, "!a !b");
	struct lock_request *inner = arrive_under(scene, outer, "!a");
	struct lock_request *member, *beside, *outsider;

	assert_next(scene, inner);
	member = arrive_under(scene, inner, "!a");
	assert_next(scene, member);
	beside = arrive_under(scene, outer, "!a");
	assert_blocked(scene, beside, inner, "a");
	lock_table_remove(&scene->table, inner);
	assert_blocked(scene, beside, member, "a");
	outsider = arrive(scene, "!b");
	assert_blocked(scene, outsider, outer, "b");
	lock_table_remove(&scene->table, outer);
	assert_next(scene, outsider);
	lock_table_remove(&scene->table, member);
	assert_next(scene, beside);
}

#define scene_test(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(test_shared_and_exclusive),
		scene_test(test_no_overtaking_among_those_that_conflict),
		scene_test(test_overtaking_where_nothing_conflicts),
		scene_test(test_set_is_waited_for_as_a_whole),
		scene_test(test_blocker_is_a_holder_first),
		scene_test(test_waiter_that_leaves),
		scene_test(test_exchange_keeps_the_place),
		scene_test(test_exchange_once),
		scene_test(test_exchange_while_it_waits),
		scene_test(test_lease_and_its_members),
		scene_test(test_members_of_two_leases),
		scene_test(test_lease_that_does_not_cover),
		scene_test(test_lease_that_is_not_held),
		scene_test(test_lease_that_ends_before_its_members),
		scene_test(test_exchange_under_a_lease),
		scene_test(test_lease_within_a_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
