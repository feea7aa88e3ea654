/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who judges the lock table is judged: histories of a few events, each with one fault. */
#include "unit.h"

#include "lock-checker.h"

static const struct checker_row shared = { { CHECKER_SHARED } };
static const struct checker_row exclusive = { { CHECKER_EXCLUSIVE } };
static const struct checker_row second = { { CHECKER_NONE, CHECKER_EXCLUSIVE } };
static const struct checker_row both = { { CHECKER_EXCLUSIVE, CHECKER_EXCLUSIVE } };

static int arrive(struct lock_checker *checker, const struct checker_row *row)
{
	return checker_arrive(checker, row, CHECKER_NOBODY);
}

static int arrive_granted(struct lock_checker *checker, const struct checker_row *row)
{
	int request = arrive(checker, row);

	checker_grant(checker, request, row);
	return request;
}

static void test_checker_accepts(void **state)
{
	struct lock_checker checker = {};
	int lease = arrive_granted(&checker, &both), outsider = arrive(&checker, &exclusive);
	int member = checker_arrive(&checker, &exclusive, lease);

	checker_grant(&checker, member, &exclusive);
	checker_blocked(&checker, outsider, lease, 0);
	checker_settled(&checker);
	checker_exchange(&checker, lease, &second, false);
	checker_exchange(&checker, member, &second, true);
	checker_grant(&checker, member, &second);
	checker_exchange(&checker, member, &exclusive, false);
	checker_end(&checker, lease);
	checker_grant(&checker, outsider, &exclusive);
	checker_end(&checker, outsider);
	checker_end(&checker, member);
	checker_drained(&checker);
	assert_null(checker.complaint);
}

static void test_checker_refuses_two_at_once(void **state)
{
	struct lock_checker checker = {};

	arrive_granted(&checker, &shared);
	arrive_granted(&checker, &shared);
	assert_null(checker.complaint);
	arrive_granted(&checker, &exclusive);
	assert_string_equal(checker.complaint, "two hold what excludes each other");
}

static void test_checker_refuses_a_part(void **state)
{
	struct lock_checker checker = {};

	checker_grant(&checker, arrive(&checker, &both), &second);
	assert_string_equal(checker.complaint, "one was granted other locks than it wanted");
}

static void test_checker_refuses_a_second_grant(void **state)
{
	struct lock_checker checker = {};

	checker_grant(&checker, arrive_granted(&checker, &both), &both);
	assert_string_equal(checker.complaint, "one was granted that did not wait");
}

static void test_checker_refuses_overtaking(void **state)
{
	struct lock_checker checker = {};

	arrive_granted(&checker, &exclusive);
	arrive(&checker, &both);
	arrive_granted(&checker, &second);
	assert_string_equal(checker.complaint, "one overtook an earlier one");
}

static void test_checker_refuses_overtaking_an_exchange(void **state)
{
	struct lock_checker checker = {};
	int changing = arrive_granted(&checker, &exclusive);

	arrive_granted(&checker, &second);
	checker_exchange(&checker, changing, &both, true);
	assert_null(checker.complaint);
	arrive_granted(&checker, &exclusive);
	assert_string_equal(checker.complaint, "one overtook an earlier one");
}

static void test_checker_refuses_a_second_exchange(void **state)
{
	struct lock_checker checker = {};
	int changing = arrive_granted(&checker, &exclusive);

	checker_exchange(&checker, changing, &both, true);
	checker_exchange(&checker, changing, &second, true);
	assert_string_equal(checker.complaint, "an exchange was accepted that is against the rules");
}

static void test_checker_refuses_a_lost_exchange(void **state)
{
	struct lock_checker checker = {};

	checker_exchange(&checker, arrive_granted(&checker, &exclusive), &both, false);
	assert_string_equal(checker.complaint, "an exchange was refused that is within the rules");
}

/* Who exchanges gives up what it had. */
static void test_checker_refuses_what_was_given_up(void **state)
{
	struct lock_checker checker = {};
	int changing = arrive_granted(&checker, &exclusive);

	arrive_granted(&checker, &second);
	arrive(&checker, &exclusive);
	checker_settled(&checker);
	assert_null(checker.complaint);
	checker_exchange(&checker, changing, &second, true);
	checker_settled(&checker);
	assert_string_equal(checker.complaint, "one was left waiting that nobody was in the way of");
}

static void test_checker_refuses_more_than_the_lease(void **state)
{
	struct lock_checker checker = {};
	int lease = arrive_granted(&checker, &exclusive), member = checker_arrive(&checker, &exclusive, lease);

	checker_exchange(&checker, member, &both, true);
	checker_grant(&checker, member, &both);
	assert_string_equal(checker.complaint, "an exchange was accepted that is against the rules");
	checker.complaint = NULL;
	checker_exchange(&checker, member, &both, false);
	checker_end(&checker, member);
	member = checker_arrive(&checker, &shared, lease);
	checker_exchange(&checker, lease, &second, true);
	checker.complaint = NULL;
	checker_grant(&checker, member, &shared);
	assert_string_equal(checker.complaint, "a member got what its lease does not have");
}

static void test_checker_refuses_members_that_exclude_each_other(void **state)
{
	struct lock_checker checker = {};
	int lease = arrive_granted(&checker, &exclusive);

	checker_grant(&checker, checker_arrive(&checker, &exclusive, lease), &exclusive);
	assert_null(checker.complaint);
	checker_grant(&checker, checker_arrive(&checker, &shared, lease), &shared);
	assert_string_equal(checker.complaint, "two hold what excludes each other");
}

static void test_checker_refuses_a_wrong_blocker(void **state)
{
	struct lock_checker checker = {};
	int holder = arrive_granted(&checker, &exclusive), waiter = arrive(&checker, &both);
	int last = arrive(&checker, &both);

	checker_blocked(&checker, last, holder, 0);
	assert_null(checker.complaint);
	checker_blocked(&checker, last, holder, 1);
	assert_string_equal(checker.complaint, "a lock was named that both can have");
	checker.complaint = NULL;
	checker_blocked(&checker, last, waiter, 0);
	assert_string_equal(checker.complaint, "another was named than who is in the way");
}

static void test_checker_refuses_one_left_over(void **state)
{
	struct lock_checker checker = {};

	arrive(&checker, &exclusive);
	checker_drained(&checker);
	assert_string_equal(checker.complaint, "one was never granted");
}

static void test_checker_refuses_who_leaves_twice(void **state)
{
	struct lock_checker checker = {};
	int request = arrive(&checker, &exclusive);

	checker_end(&checker, request);
	assert_null(checker.complaint);
	checker_end(&checker, request);
	assert_string_equal(checker.complaint, "one left twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checker_accepts),
		cmocka_unit_test(test_checker_refuses_two_at_once),
		cmocka_unit_test(test_checker_refuses_a_part),
		cmocka_unit_test(test_checker_refuses_a_second_grant),
		cmocka_unit_test(test_checker_refuses_overtaking),
		cmocka_unit_test(test_checker_refuses_overtaking_an_exchange),
		cmocka_unit_test(test_checker_refuses_a_second_exchange),
		cmocka_unit_test(test_checker_refuses_a_lost_exchange),
		cmocka_unit_test(test_checker_refuses_what_was_given_up),
		cmocka_unit_test(test_checker_refuses_more_than_the_lease),
		cmocka_unit_test(test_checker_refuses_members_that_exclude_each_other),
		cmocka_unit_test(test_checker_refuses_a_wrong_blocker),
		cmocka_unit_test(test_checker_refuses_one_left_over),
		cmocka_unit_test(test_checker_refuses_who_leaves_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
