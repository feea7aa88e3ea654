/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "lock-words.h"

static bool sets_conflict(const char *first, const char *second)
{
	struct lock_set a = {}, b = {};
	bool conflict;

	set_fill(&a, first);
	set_fill(&b, second);
	conflict = lock_set_conflict(&a, &b);
	assert_int_equal(lock_set_conflict(&b, &a) != NULL, conflict);
	lock_set_done(&a);
	lock_set_done(&b);
	return conflict;
}

static bool set_covers(const char *first, const char *second)
{
	struct lock_set a = {}, b = {};
	bool covers;

	set_fill(&a, first);
	set_fill(&b, second);
	covers = lock_set_covers(&a, &b);
	lock_set_done(&a);
	lock_set_done(&b);
	return covers;
}

static void test_set_is_sorted_each_once(void **state)
{
	struct lock_set set = {};

	set_fill(&set, "root0 !mem1 !decoder0.0 root0 !mem0 !mem1");
	assert_int_equal(set.n, 4);
	for (size_t i = 1; i < set.n; i++)
		assert_true(strcmp(set.locks[i - 1].name, set.locks[i].name) < 0);
	lock_set_done(&set);
	assert_int_equal(set.n, 0);
	lock_set_done(&set);
}

static void test_exclusive_wins_in_a_set(void **state)
{
	struct lock_set set = {};

	set_fill(&set, "a !b");
	assert_true(set.locks[0].shared);
	assert_false(set.locks[1].shared);
	set_fill(&set, "!a b");
	assert_int_equal(set.n, 2);
	assert_false(set.locks[0].shared);
	assert_false(set.locks[1].shared);
	lock_set_done(&set);
}

/* Of a name that is too long the beginning counts: rather one lock for two objects than two for one. */
static void test_name_too_long(void **state)
{
	char name[LOCK_NAME_MAX + 2];
	struct lock_set set = {};

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(lock_set_add(&set, name, true), 0);
	assert_int_equal(strlen(set.locks[0].name), LOCK_NAME_MAX - 1);
	assert_int_equal(lock_set_add(&set, name, false), 0);
	assert_int_equal(set.n, 1);
	assert_false(set.locks[0].shared);
	name[LOCK_NAME_MAX - 2] = '\0';
	assert_int_equal(lock_set_add(&set, name, false), 0);
	assert_int_equal(set.n, 2);
	lock_set_done(&set);
}

static void test_conflicts(void **state)
{
	assert_false(sets_conflict("", "!a"));
	assert_false(sets_conflict("a", "a"));
	assert_true(sets_conflict("a", "!a"));
	assert_true(sets_conflict("!a", "!a"));
	assert_false(sets_conflict("!a !c", "!b !d"));
	assert_false(sets_conflict("root0 !a", "root0 !b"));
	assert_true(sets_conflict("root0 !a", "!root0"));
	assert_true(sets_conflict("a b !c", "!0 a b c"));
	assert_false(sets_conflict("!mem1", "!mem1:device"));
}

static void test_covers(void **state)
{
	assert_true(set_covers("!a b", ""));
	assert_true(set_covers("!a b", "a b"));
	assert_true(set_covers("!a b", "!a"));
	assert_false(set_covers("!a b", "!b"));
	assert_false(set_covers("!a b", "c"));
	assert_false(set_covers("", "a"));
	assert_true(set_covers("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_is_sorted_each_once),
		cmocka_unit_test(test_exclusive_wins_in_a_set),
		cmocka_unit_test(test_name_too_long),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
