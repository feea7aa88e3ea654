/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges the history of a lock table, and knows nothing of how one is made. It has matrices of who wants
 * which lock, who has which, and who works under whom; numbers are given in order of arrival. It looks
 * at single locks, and at all pairs of requests.
 *
 * Tell it each event, and read complaint: it is the first rule that the history broke, or NULL.
 */
#ifndef CXL_REGIOND_TESTS_LOCK_CHECKER_H
#define CXL_REGIOND_TESTS_LOCK_CHECKER_H

#include <stdbool.h>

#define CHECKER_LOCKS	 8
#define CHECKER_REQUESTS 64
#define CHECKER_NOBODY	 (-1)

/* How a request has a lock. The one that allows more is the greater. */
enum checker_mode {
	CHECKER_NONE,
	CHECKER_SHARED,
	CHECKER_EXCLUSIVE,
};

/* One request's line in a matrix. */
struct checker_row {
	unsigned char mode[CHECKER_LOCKS];
};

enum checker_state {
	CHECKER_WAITS,
	CHECKER_HOLDS,
	CHECKER_GONE,
};

struct lock_checker {
	const char *complaint;
	int count;
	enum checker_state state[CHECKER_REQUESTS];
	struct checker_row wants[CHECKER_REQUESTS];
	struct checker_row has[CHECKER_REQUESTS];
	bool under[CHECKER_REQUESTS][CHECKER_REQUESTS]; /* [a][b]: a works under the lease b, or under one under b */
	int exchanges[CHECKER_REQUESTS];
};

/* checker_arrive() - a request arrives. Returns its number. */
int checker_arrive(struct lock_checker *checker, const struct checker_row *wants, int lease);

/* checker_works_under() - the lease that a request works under, or CHECKER_NOBODY. */
int checker_works_under(const struct lock_checker *checker, int request);

/* checker_grant() - a request was granted, and got these locks. */
void checker_grant(struct lock_checker *checker, int request, const struct checker_row *got);

/* checker_exchange() - a request asked for other locks, which was accepted or refused. */
void checker_exchange(struct lock_checker *checker, int request, const struct checker_row *wants, bool accepted);

/* checker_end() - a request left. */
void checker_end(struct lock_checker *checker, int request);

/* checker_settled() - the table says that nobody more may be granted. */
void checker_settled(struct lock_checker *checker);

/* checker_blocked() - the table says that this one is in the way of a request that waits, because of this lock. */
void checker_blocked(struct lock_checker *checker, int request, int by, int lock);

/* checker_drained() - all who held have left, and nobody holds any more. */
void checker_drained(struct lock_checker *checker);

#endif
