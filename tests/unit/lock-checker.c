/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock-checker.h"

#include <stddef.h>
#include <string.h>

static void checker_complain(struct lock_checker *checker, bool broken, const char *complaint)
{
	if (broken && !checker->complaint)
		checker->complaint = complaint;
}

/* None with anything, and shared with shared, can be held at once. */
static bool modes_clash(unsigned char a, unsigned char b)
{
	return a * b >= 2;
}

static bool rows_clash(const struct checker_row *a, const struct checker_row *b)
{
	bool clash = false;

	for (int lock = 0; lock < CHECKER_LOCKS; lock++)
		clash |= modes_clash(a->mode[lock], b->mode[lock]);
	return clash;
}

static bool row_is_within(const struct checker_row *inner, const struct checker_row *outer)
{
	bool within = true;

	for (int lock = 0; lock < CHECKER_LOCKS; lock++)
		within &= inner->mode[lock] <= outer->mode[lock];
	return within;
}

static bool is_under(const struct lock_checker *checker, int request, int lease)
{
	return checker->under[request][lease] && checker->state[lease] != CHECKER_GONE;
}

/* May what @earlier waits for keep @request waiting? Not if @request works under a lease that @earlier is not under. */
static bool keeps_waiting(const struct lock_checker *checker, int earlier, int request)
{
	if (earlier >= request || checker->state[earlier] != CHECKER_WAITS ||
	    !rows_clash(&checker->wants[earlier], &checker->wants[request]))
		return false;
	for (int lease = 0; lease < checker->count; lease++)
		if (is_under(checker, request, lease) && !is_under(checker, earlier, lease))
			return false;
	return true;
}

/* Does @holder have what @request cannot have at the same time? Only its own lease may. */
static bool keeps_out(const struct lock_checker *checker, int holder, int request)
{
	return holder != request && checker->state[holder] == CHECKER_HOLDS && !is_under(checker, request, holder) &&
	       rows_clash(&checker->has[holder], &checker->wants[request]);
}

/* The first of those who keep a request out, else of those who keep it waiting. */
static int first_in_the_way(const struct lock_checker *checker, int request)
{
	for (int other = 0; other < checker->count; other++)
		if (keeps_out(checker, other, request))
			return other;
	for (int other = 0; other < request; other++)
		if (keeps_waiting(checker, other, request))
			return other;
	return CHECKER_NOBODY;
}

int checker_arrive(struct lock_checker *checker, const struct checker_row *wants, int lease)
{
	int request = checker->count++;

	checker->state[request] = CHECKER_WAITS;
	checker->wants[request] = *wants;
	if (lease == CHECKER_NOBODY || !row_is_within(wants, &checker->has[lease]) ||
	    checker->state[lease] != CHECKER_HOLDS)
		return request;
	memcpy(checker->under[request], checker->under[lease], sizeof(checker->under[request]));
	checker->under[request][lease] = true;
	return request;
}

/* A lease has a greater number than the one it is under itself. */
int checker_works_under(const struct lock_checker *checker, int request)
{
	int lease = CHECKER_NOBODY;

	for (int other = 0; other < request; other++)
		if (is_under(checker, request, other))
			lease = other;
	return lease;
}

static void checker_judge_leases(struct lock_checker *checker, int request)
{
	for (int lease = 0; lease < checker->count; lease++)
		checker_complain(checker,
				 is_under(checker, request, lease) &&
					 (checker->state[lease] != CHECKER_HOLDS ||
					  !row_is_within(&checker->wants[request], &checker->has[lease])),
				 "a member got what its lease does not have");
}

void checker_grant(struct lock_checker *checker, int request, const struct checker_row *got)
{
	checker_complain(checker, checker->state[request] != CHECKER_WAITS, "one was granted that did not wait");
	checker_complain(checker, memcmp(got, &checker->wants[request], sizeof(*got)) != 0,
			 "one was granted other locks than it wanted");
	checker_judge_leases(checker, request);
	for (int other = 0; other < checker->count; other++) {
		checker_complain(checker, keeps_out(checker, other, request), "two hold what excludes each other");
		checker_complain(checker, keeps_waiting(checker, other, request), "one overtook an earlier one");
	}
	checker->state[request] = CHECKER_HOLDS;
	checker->has[request] = *got;
}

/* What the rules say of an exchange: once, within the leases, and not by a lease that others are under. */
static bool checker_allows_exchange(const struct lock_checker *checker, int request, const struct checker_row *wants)
{
	bool allowed = checker->exchanges[request] == 0;

	for (int other = 0; other < checker->count; other++) {
		if (checker->under[other][request] && checker->state[other] != CHECKER_GONE)
			allowed = false;
		if (is_under(checker, request, other) && !row_is_within(wants, &checker->has[other]))
			allowed = false;
	}
	return allowed;
}

void checker_exchange(struct lock_checker *checker, int request, const struct checker_row *wants, bool accepted)
{
	bool allowed = checker_allows_exchange(checker, request, wants);

	checker_complain(checker, accepted && !allowed, "an exchange was accepted that is against the rules");
	checker_complain(checker, !accepted && allowed, "an exchange was refused that is within the rules");
	if (!accepted)
		return;
	checker->exchanges[request]++;
	checker->wants[request] = *wants;
	checker->has[request] = (struct checker_row){};
	checker->state[request] = CHECKER_WAITS;
}

void checker_end(struct lock_checker *checker, int request)
{
	checker_complain(checker, checker->state[request] == CHECKER_GONE, "one left twice");
	checker->state[request] = CHECKER_GONE;
	checker->has[request] = (struct checker_row){};
}

void checker_settled(struct lock_checker *checker)
{
	for (int request = 0; request < checker->count; request++)
		checker_complain(checker,
				 checker->state[request] == CHECKER_WAITS &&
					 first_in_the_way(checker, request) == CHECKER_NOBODY,
				 "one was left waiting that nobody was in the way of");
}

void checker_blocked(struct lock_checker *checker, int request, int by, int lock)
{
	checker_complain(checker, by != first_in_the_way(checker, request), "another was named than who is in the way");
	checker_complain(checker, !modes_clash(checker->wants[by].mode[lock], checker->wants[request].mode[lock]),
			 "a lock was named that both can have");
}

void checker_drained(struct lock_checker *checker)
{
	for (int request = 0; request < checker->count; request++)
		checker_complain(checker, checker->state[request] != CHECKER_GONE, "one was never granted");
}
