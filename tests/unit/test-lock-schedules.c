/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives the lock table with random schedules, and has lock-checker judge what it did. Each run tries a new
 * seed beside the known ones; LOCK_SCHEDULES_SEED=N in the environment tries N alone.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lock-checker.h"
#include "lock-table.h"

#define KNOWN_SEEDS    11
#define STEPS_PER_SEED 10000

static const char *const lock_names[CHECKER_LOCKS] = {
	"root0", "decoder0.0", "decoder0.1", "pci0000:0c", "0000:0d:00.0", "mem0", "mem0:device", "mem1",
};

/* Whom a table grants next: the real rule, or for comparison a wrong one. */
typedef struct lock_request *policy(const struct lock_table *table);

struct schedule {
	struct lock_table table;
	struct lock_request requests[CHECKER_REQUESTS];
	struct lock_checker checker;
	policy *next;
	uint64_t random;
	unsigned int steps;
	/* Drawn once a schedule, so that they differ much. */
	int locks;
	int live_max;
	unsigned int density;
};

/* splitmix64: the same numbers on every machine */
static unsigned int schedule_random(struct schedule *schedule, unsigned int below)
{
	uint64_t z = (schedule->random += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (unsigned int)((z ^ (z >> 31)) % below);
}

static bool schedule_happens(struct schedule *schedule, unsigned int percent)
{
	return schedule_random(schedule, 100) < percent;
}

static void schedule_init(struct schedule *schedule, uint64_t random, policy *next)
{
	*schedule = (struct schedule){ .random = random, .next = next };
	lock_table_init(&schedule->table);
	schedule->locks = 2 + (int)schedule_random(schedule, CHECKER_LOCKS - 1);
	schedule->live_max = 2 + (int)schedule_random(schedule, 24);
	schedule->density = 10 + schedule_random(schedule, 60);
}

/* Most requests share the first lock, and have some others exclusively. */
static struct checker_row schedule_row(struct schedule *schedule)
{
	struct checker_row row = {};

	if (schedule_happens(schedule, 80))
		row.mode[0] = schedule_happens(schedule, 10) ? CHECKER_EXCLUSIVE : CHECKER_SHARED;
	for (int lock = 1; lock < schedule->locks; lock++)
		if (schedule_happens(schedule, schedule->density))
			row.mode[lock] = schedule_happens(schedule, 70) ? CHECKER_EXCLUSIVE : CHECKER_SHARED;
	return row;
}

/* What is under a lease mostly wants a part of what the lease has. */
static struct checker_row schedule_row_under(struct schedule *schedule, int lease)
{
	struct checker_row row = schedule->checker.wants[lease];

	if (schedule_happens(schedule, 15))
		return schedule_row(schedule);
	for (int lock = 0; lock < schedule->locks; lock++)
		if (row.mode[lock] > 0)
			row.mode[lock] = (unsigned char)schedule_random(schedule, row.mode[lock] + 1u);
	return row;
}

static void set_from_row(struct lock_set *set, const struct checker_row *row)
{
	for (int lock = 0; lock < CHECKER_LOCKS; lock++)
		if (row->mode[lock] != CHECKER_NONE)
			assert_int_equal(lock_set_add(set, lock_names[lock], row->mode[lock] == CHECKER_SHARED), 0);
}

static int lock_of_name(const char *name)
{
	for (int lock = 0; lock < CHECKER_LOCKS; lock++)
		if (strcmp(lock_names[lock], name) == 0)
			return lock;
	fail_msg("no such lock: %s", name);
	return 0;
}

static struct checker_row row_from_set(const struct lock_set *set)
{
	struct checker_row row = {};

	for (size_t i = 0; i < set->n; i++)
		row.mode[lock_of_name(set->locks[i].name)] = set->locks[i].shared ? CHECKER_SHARED : CHECKER_EXCLUSIVE;
	return row;
}

static int schedule_number(const struct schedule *schedule, const struct lock_request *request)
{
	return request ? (int)(request - schedule->requests) : CHECKER_NOBODY;
}

/* A random request in this state, or CHECKER_NOBODY. */
static int schedule_pick(struct schedule *schedule, enum checker_state state)
{
	int count = schedule->checker.count;
	int start = count ? (int)schedule_random(schedule, (unsigned int)count) : 0;

	for (int i = 0; i < count; i++)
		if (schedule->checker.state[(start + i) % count] == state)
			return (start + i) % count;
	return CHECKER_NOBODY;
}

static int schedule_live(const struct schedule *schedule)
{
	int live = 0;

	for (int i = 0; i < schedule->checker.count; i++)
		live += schedule->checker.state[i] != CHECKER_GONE;
	return live;
}

static void schedule_arrive(struct schedule *schedule)
{
	int lease = schedule_happens(schedule, 30) ? schedule_pick(schedule, CHECKER_HOLDS) : CHECKER_NOBODY;
	struct lock_request *request = &schedule->requests[schedule->checker.count];
	struct checker_row row;

	/* Now and then one that waits is taken for a lease. */
	if (schedule_happens(schedule, 2))
		lease = schedule_pick(schedule, CHECKER_WAITS);
	row = lease == CHECKER_NOBODY ? schedule_row(schedule) : schedule_row_under(schedule, lease);
	set_from_row(&request->set, &row);
	request->lease = lease == CHECKER_NOBODY ? NULL : &schedule->requests[lease];
	lock_table_add(&schedule->table, request);
	checker_arrive(&schedule->checker, &row, lease);
	schedule->steps++;
}

static void schedule_exchange(struct schedule *schedule, int number)
{
	int lease = checker_works_under(&schedule->checker, number);
	struct checker_row row = lease == CHECKER_NOBODY ? schedule_row(schedule) : schedule_row_under(schedule, lease);
	struct lock_set set = {};
	bool accepted;

	set_from_row(&set, &row);
	accepted = lock_table_exchange(&schedule->table, &schedule->requests[number], &set);
	checker_exchange(&schedule->checker, number, &row, accepted);
	lock_set_done(&set);
	schedule->steps++;
}

static void schedule_end(struct schedule *schedule, int number)
{
	lock_table_remove(&schedule->table, &schedule->requests[number]);
	lock_set_done(&schedule->requests[number].set);
	checker_end(&schedule->checker, number);
	schedule->steps++;
}

static bool schedule_grant(struct schedule *schedule)
{
	struct lock_request *request = schedule->next(&schedule->table);
	struct checker_row row;

	if (!request)
		return false;
	lock_table_grant(&schedule->table, request);
	row = row_from_set(&request->set);
	checker_grant(&schedule->checker, schedule_number(schedule, request), &row);
	schedule->steps++;
	return true;
}

/* What the table says of a request agrees with what its history says. */
static void schedule_compare(struct schedule *schedule, int number)
{
	struct lock_checker *checker = &schedule->checker;
	struct lock_request *request = &schedule->requests[number];
	const struct lock_request *blocker;
	const char *lock = NULL;

	assert_int_equal(request->state, checker->state[number] == CHECKER_HOLDS ? LOCK_HELD : LOCK_WAITING);
	assert_int_equal(schedule_number(schedule, request->lease), checker_works_under(checker, number));
	assert_false(lock_table_may_grant(&schedule->table, request));
	blocker = lock_table_blocker(&schedule->table, request, &lock);
	if (checker->state[number] == CHECKER_HOLDS)
		assert_null(blocker);
	else if (blocker)
		checker_blocked(checker, number, schedule_number(schedule, blocker), lock_of_name(lock));
}

static void schedule_settle(struct schedule *schedule)
{
	while (schedule_grant(schedule))
		;
	checker_settled(&schedule->checker);
	for (int i = 0; i < schedule->checker.count && !schedule->checker.complaint; i++)
		if (schedule->checker.state[i] != CHECKER_GONE)
			schedule_compare(schedule, i);
}

static void schedule_step(struct schedule *schedule)
{
	unsigned int draw = schedule_random(schedule, 100);
	bool has_room = schedule_live(schedule) < schedule->live_max;
	int holder = schedule_pick(schedule, CHECKER_HOLDS), waiter = schedule_pick(schedule, CHECKER_WAITS);

	if (draw < 55 && has_room)
		schedule_arrive(schedule);
	else if (draw < 80 && holder != CHECKER_NOBODY)
		schedule_end(schedule, holder);
	else if (draw < 94 && holder != CHECKER_NOBODY)
		schedule_exchange(schedule, holder);
	else if (draw < 96 && waiter != CHECKER_NOBODY)
		schedule_exchange(schedule, waiter);
	else if (waiter != CHECKER_NOBODY)
		schedule_end(schedule, waiter);
	/* A daemon settles after each change. The rules hold as well where several come together. */
	if (schedule_happens(schedule, 70))
		schedule_settle(schedule);
	else if (schedule_happens(schedule, 50))
		schedule_grant(schedule);
}

/* No more arrive. Those who hold leave, some after an exchange, and then nobody may be left. */
static void schedule_drain(struct schedule *schedule)
{
	int holder;

	schedule_settle(schedule);
	while ((holder = schedule_pick(schedule, CHECKER_HOLDS)) != CHECKER_NOBODY) {
		if (schedule_happens(schedule, 20))
			schedule_exchange(schedule, holder);
		else
			schedule_end(schedule, holder);
		schedule_settle(schedule);
	}
	checker_drained(&schedule->checker);
}

/* Runs one schedule. Returns what the checker complains of, or NULL. */
static const char *schedule_run(struct schedule *schedule)
{
	while (schedule->checker.count < CHECKER_REQUESTS && !schedule->checker.complaint)
		schedule_step(schedule);
	if (!schedule->checker.complaint)
		schedule_drain(schedule);
	for (int i = 0; i < schedule->checker.count; i++)
		lock_set_done(&schedule->requests[i].set);
	return schedule->checker.complaint;
}

static void run_seed(uint64_t seed, unsigned int steps_wanted)
{
	struct schedule *schedule = malloc(sizeof(*schedule));
	unsigned int steps = 0, schedules = 0;

	assert_non_null(schedule);
	print_message("# seed %llu\n", (unsigned long long)seed);
	while (steps < steps_wanted) {
		const char *complaint;

		schedule_init(schedule, (seed << 20) + schedules, lock_table_next);
		complaint = schedule_run(schedule);
		if (complaint)
			fail_msg("seed %llu, schedule %u: %s", (unsigned long long)seed, schedules, complaint);
		steps += schedule->steps;
		schedules++;
	}
	print_message("# %u steps in %u schedules\n", steps, schedules);
	free(schedule);
}

static void test_random_schedules(void **state)
{
	const char *wanted = getenv("LOCK_SCHEDULES_SEED");
	struct timespec now;

	if (wanted) {
		run_seed(strtoull(wanted, NULL, 10), KNOWN_SEEDS * STEPS_PER_SEED);
		return;
	}
	for (uint64_t seed = 1; seed <= KNOWN_SEEDS; seed++)
		run_seed(seed, STEPS_PER_SEED);
	clock_gettime(CLOCK_REALTIME, &now);
	run_seed((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, STEPS_PER_SEED);
}

/* Wrong rules, of which the checker has to complain. */

/* The requests in the table, which a wrong rule goes through in its own way. */
static struct lock_request *request_after(const struct lock_table *table, const struct lock_request *request)
{
	struct list *node = request ? request->node.next : table->requests.next;

	return node == &table->requests ? NULL : list_owner(node, struct lock_request, node);
}

static struct lock_request *next_that_waits(const struct lock_table *table)
{
	struct lock_request *request = NULL;

	while ((request = request_after(table, request)) != NULL)
		if (request->state == LOCK_WAITING)
			return request;
	return NULL;
}

/* Whom no holder is in the way of, whoever waits before. */
static struct lock_request *next_without_fairness(const struct lock_table *table)
{
	struct lock_request *request = NULL;
	const char *lock;

	while ((request = request_after(table, request)) != NULL) {
		const struct lock_request *blocker = lock_table_blocker(table, request, &lock);

		if (request->state == LOCK_WAITING && (!blocker || blocker->state == LOCK_WAITING))
			return request;
	}
	return NULL;
}

/* Nobody before all those who came earlier. */
static struct lock_request *next_without_overtaking(const struct lock_table *table)
{
	struct lock_request *request = next_that_waits(table);

	return request && lock_table_may_grant(table, request) ? request : NULL;
}

/* What a policy comes to grief on first, with its seed; or NULL. */
static const char *policy_complaint(policy *next)
{
	struct schedule *schedule = malloc(sizeof(*schedule));
	const char *complaint = NULL;

	assert_non_null(schedule);
	for (uint64_t seed = 1; seed <= 20 && !complaint; seed++) {
		schedule_init(schedule, seed, next);
		complaint = schedule_run(schedule);
	}
	free(schedule);
	return complaint;
}

static void test_wrong_policies_are_found(void **state)
{
	assert_null(policy_complaint(lock_table_next));
	assert_string_equal(policy_complaint(next_that_waits), "two hold what excludes each other");
	assert_string_equal(policy_complaint(next_without_fairness), "one overtook an earlier one");
	assert_string_equal(policy_complaint(next_without_overtaking),
			    "one was left waiting that nobody was in the way of");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_policies_are_found),
		cmocka_unit_test(test_random_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
