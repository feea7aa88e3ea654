/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may work now. A request names all the locks it needs, and is granted all of them or none.
 *
 * First come, first served, on each lock: a request may be granted iff it conflicts with nobody who
 * holds and with no earlier one that waits. So those that conflict never overtake each other, those
 * that do not run side by side, and there is neither deadlock (who waits holds nothing) nor
 * starvation (who waits, waits for holders and for earlier ones, and those become fewer). The model
 * in models/lock-table.pml has the proof.
 *
 * A holder may find that it needs other locks. It then exchanges its set, once: it gives up what it
 * holds, and waits where it stood. Because of its place nobody who came later and conflicts is granted
 * before it; because it may do so once, nobody behind it waits for ever.
 *
 * A lease is a held request that others, its members, work under. To all others the lease stands for
 * its members: requests compete only with those under the same lease, or with those under none.
 * That is enough, because a lease covers what its members name. When a lease ends, its members are
 * from then on where the lease was, each for itself.
 *
 * Pure data: no clock, no socket, no job. Whoever changes the table asks lock_table_next() and grants
 * until it has no more.
 */
#ifndef CXL_REGIOND_DAEMON_LOCK_TABLE_H
#define CXL_REGIOND_DAEMON_LOCK_TABLE_H

#include "list.h"
#include "lock-set.h"

enum lock_state {
	LOCK_WAITING,
	LOCK_HELD,
};

/* Belongs to the caller, as does its set. */
struct lock_request {
	struct list node; /* of lock_table.requests */
	enum lock_state state;
	bool exchanged;			  /* it has used its one exchange */
	struct lock_set set;		  /* waited for, or held */
	const struct lock_request *lease; /* that it works under, or NULL */
};

struct lock_table {
	struct list requests; /* in order of arrival */
};

void lock_table_init(struct lock_table *table);

/*
 * lock_table_add() - a request arrives, waiting, behind all others.
 * @table: the table
 * @request: with its set, and the lease that it is to work under
 *
 * A lease that is not held, or does not cover the set, is taken off the request, which then waits as
 * any other. If it waits for that very lease, it does so until the lease ends: check before with
 * lock_set_covers() what can be refused.
 */
void lock_table_add(struct lock_table *table, struct lock_request *request);

/* lock_table_next() - the first request, by arrival, that may be granted, or NULL. */
struct lock_request *lock_table_next(const struct lock_table *table);

/* lock_table_may_grant() - does this request wait, and nobody is in its way? */
bool lock_table_may_grant(const struct lock_table *table, const struct lock_request *request);

/* lock_table_grant() - a request gets its set; lock_table_may_grant() must be true of it. */
void lock_table_grant(struct lock_table *table, struct lock_request *request);

/*
 * lock_table_exchange() - a request needs another set.
 * @table: the table
 * @request: in the table, held or waiting; it gives up what it holds, and waits in its old place
 * @set: the new set; taken, and empty afterwards
 *
 * Returns false, and nothing has changed, if the request has exchanged before, works under a lease
 * that does not cover the new set, or is itself a lease that others work under.
 */
bool lock_table_exchange(struct lock_table *table, struct lock_request *request, struct lock_set *set);

/*
 * lock_table_remove() - a request leaves, whatever its state.
 *
 * Its set remains the caller's, to be shown and freed with lock_set_done(); its state is LOCK_WAITING
 * afterwards. Members of a lease that leaves keep what they hold, and their places. A request may be
 * removed twice.
 */
void lock_table_remove(struct lock_table *table, struct lock_request *request);

/*
 * lock_table_blocker() - who is in the way of a request.
 * @table: the table
 * @request: in the table
 * @ret_lock: receives the name of the first lock they conflict on; it lives as long as the request's set
 *
 * Returns the first holder in its way, else the first earlier waiter; or NULL, and @ret_lock is
 * untouched: nobody is, or the request holds its set.
 */
const struct lock_request *lock_table_blocker(const struct lock_table *table, const struct lock_request *request,
					      const char **ret_lock);

#endif
