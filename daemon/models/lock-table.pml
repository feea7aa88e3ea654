/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The rules of lock-table.c, for clients that come again and again:
 *
 *   0 1	two that take any set, and may exchange it for any other; the first
 *		may lose patience while it waits
 *   LEASE	one that takes a lease, and ends it at any time, whoever works under it
 *   3 4	two that come while the lease is held, and ask to work under it
 *
 * There is a root that most share, and two ports. Each step of a client is one
 * turn of the daemon's loop, so it is atomic. When a request is granted that may
 * be granted is left open; the daemon does it at once, in order of arrival.
 *
 * Each fault is a property of its own: bit n of CHECK in the environment of the
 * verifier says that fault n ends the search. Deadlocks are found by Spin itself,
 * and starvation with the formulas at the end. `check` runs all of it.
 *
 * A rule can be left out or replaced, and then something must break:
 *   ONE_BY_ONE		each lock of a set is taken as soon as it is free
 *   NO_QUEUE		earlier waiters do not count
 *   EXCHANGE_KEEPS	who exchanges keeps the old set until it has the new one
 *   EXCHANGE_LAST	who exchanges goes behind all others
 *   EXCHANGE_AGAIN	an exchange can be followed by another
 *   LEASE_ANY_SET	a member may name locks that its lease does not have
 *   LEASE_FORGETS	who worked under a lease that ended excludes nobody
 */

c_decl {
\#include <stdlib.h>
	static int check;

	__attribute__((constructor)) static void check_read(void)
	{
		const char *mask = getenv("CHECK");

		check = mask ? atoi(mask) : 0;
	}
}

#define EXCLUSION	1	/* two hold what excludes each other */
#define OVERTAKEN	2	/* one was granted before an earlier one in its way */
#define TWICE		3	/* a request exchanged its set more than once */

#define fault(n)							\
	if								\
	:: c_expr { check & (1 << n) } -> assert(false)			\
	:: else								\
	fi

#define N	5
#define LEASE	2
#define bit_of(r)	(1 << (r))

/* locks, in sets that are bit masks */
#define ROOT	1
#define P	2
#define Q	4

mtype = { ABSENT, WAITING, HELD };

mtype state[N] = ABSENT;
byte before[N];		/* the others in the list that stand before this one */
byte shared[N], excl[N];	/* struct lock_set: what it waits for or has */
byte has_shared[N], has_excl[N];	/* what it has */
bit exchanged[N];
bit impatient;		/* client 0 may leave before it is granted */
bit under[N];		/* it works under the lease */

/* What the rules must bring about, and do not look at. */
byte came_before[N];	/* the others that arrived before this one did */

/* lock_set_conflict() */
#define clash(s1, x1, s2, x2)	((x1) & ((s2) | (x2)) || (s1) & (x2))

/* lock_set_covers() */
#define covers(s1, x1, s2, x2)						\
	(((x2) & (x1)) == (x2) && ((s2) & ((s1) | (x1))) == (s2))

/* request_conflict(): only those under the same lease compete */
#define competes(r, o)	((o) != (r) && under[o] == under[r])

/* lock_table_blocker() */
#define holder_in_way(r, o)						\
	(competes(r, o) &&						\
	 clash(shared[r], excl[r], has_shared[o], has_excl[o]))
#define waits_in_way(r, o, order)					\
	(competes(r, o) && state[o] == WAITING && (order[r] & bit_of(o)) && \
	 clash(shared[r], excl[r], shared[o], excl[o]))
#ifdef NO_QUEUE
#define in_way(r, o)	holder_in_way(r, o)
#else
#define in_way(r, o)	(holder_in_way(r, o) || waits_in_way(r, o, before))
#endif

#define nobody(what, r)							\
	(!what(r, 0) && !what(r, 1) && !what(r, 2) && !what(r, 3) && !what(r, 4))

/* lock_table_may_grant() */
#define may_grant(r)	nobody(in_way, r)

/* The judge: all that r has, against all that others have; only its lease may have it too */
#define excludes(r, o)							\
	((o) != (r) && !((o) == LEASE && under[r]) &&			\
	 clash(has_shared[r], has_excl[r], has_shared[o], has_excl[o]))
#define overtakes(r, o)	waits_in_way(r, o, came_before)

inline judge_holder(r)
{
	if :: !nobody(excludes, r) -> fault(EXCLUSION) :: else fi
}

inline judge_grant(r)
{
	if :: !nobody(overtakes, r) -> fault(OVERTAKEN) :: else fi;
	judge_holder(r)
}

#define present(r)	((state[r] != ABSENT) << (r))
#define all_present	(present(0) | present(1) | present(2) | present(3) | present(4))

/* lock_table_add() */
inline add(r)
{
	before[r] = all_present;
	came_before[r] = all_present;
#ifndef LEASE_ANY_SET
	if
	:: under[r] && !covers(shared[LEASE], excl[LEASE], shared[r], excl[r]) ->
		under[r] = 0
	:: else
	fi;
#endif
	state[r] = WAITING
}

/* lock_table_grant() */
inline grant(r)
{
	state[r] = HELD;
	has_shared[r] = shared[r];
	has_excl[r] = excl[r];
	judge_grant(r)
}

inline forget(r)
{
	has_shared[r] = 0;
	has_excl[r] = 0
}

/* everyone else stands before r, and r before nobody */
inline leave_place(r)
{
	before[0] = before[0] & ~bit_of(r);
	before[1] = before[1] & ~bit_of(r);
	before[2] = before[2] & ~bit_of(r);
	before[3] = before[3] & ~bit_of(r);
	before[4] = before[4] & ~bit_of(r)
}

/* lock_table_exchange(), by one that holds; the new set is any */
inline exchange(r)
{
	if :: exchanged[r] -> fault(TWICE) :: else fi;
	exchanged[r] = 1;
#ifndef EXCHANGE_KEEPS
	forget(r);
#endif
#ifdef EXCHANGE_LAST
	before[r] = all_present & ~bit_of(r);
	leave_place(r);
#endif
	any_set(r);
	state[r] = WAITING
}

#ifdef EXCHANGE_AGAIN
#define may_exchange(r)	true
#else
#define may_exchange(r)	(!exchanged[r])
#endif

/* lock_table_remove() */
inline remove(r)
{
	state[r] = ABSENT;
	forget(r);
	leave_place(r);
	came_before[0] = came_before[0] & ~bit_of(r);
	came_before[1] = came_before[1] & ~bit_of(r);
	came_before[2] = came_before[2] & ~bit_of(r);
	came_before[3] = came_before[3] & ~bit_of(r);
	came_before[4] = came_before[4] & ~bit_of(r);
	before[r] = 0;
	came_before[r] = 0;
	shared[r] = 0;
	excl[r] = 0;
	exchanged[r] = 0;
	under[r] = 0;
#ifndef LEASE_FORGETS
	if
	:: r == LEASE -> under[3] = 0; under[4] = 0
	:: else
	fi
#endif
}

#define set(r, s, x)	shared[r] = s; excl[r] = x

/* A repair, one port, the other, both */
inline any_set(r)
{
	if
	:: set(r, 0, ROOT)
	:: set(r, ROOT, P)
	:: set(r, ROOT, Q)
	:: set(r, ROOT, P | Q)
	fi
}

#ifdef ONE_BY_ONE
#define holder_of(r, o, lock)						\
	(competes(r, o) && clash(shared[r] & lock, excl[r] & lock, has_shared[o], has_excl[o]))
#define can_take(r, lock)						\
	((shared[r] | excl[r]) & lock && !((has_shared[r] | has_excl[r]) & lock) && \
	 !holder_of(r, 0, lock) && !holder_of(r, 1, lock) && !holder_of(r, 2, lock) && \
	 !holder_of(r, 3, lock) && !holder_of(r, 4, lock))

inline take(r, lock)
{
	has_shared[r] = has_shared[r] | (shared[r] & lock);
	has_excl[r] = has_excl[r] | (excl[r] & lock);
	judge_holder(r)
}

#define wait_for_grant(r)						\
	do								\
	:: atomic { can_take(r, ROOT) -> take(r, ROOT) }		\
	:: atomic { can_take(r, P) -> take(r, P) }			\
	:: atomic { can_take(r, Q) -> take(r, Q) }			\
	:: atomic { has_shared[r] == shared[r] && has_excl[r] == excl[r] -> \
		state[r] = HELD; break }				\
	od
#else
#define wait_for_grant(r)	atomic { may_grant(r) -> grant(r) }
#endif

active [2] proctype client()
{
	do
	:: atomic {
		any_set(_pid);
		add(_pid);
		if :: _pid == 0 -> impatient = 1 :: true fi
	   };
waiting:
	   if
	   :: wait_for_grant(_pid)
	   :: _pid == 0 && impatient
	   fi;
	   if
	   :: atomic {
		state[_pid] == HELD && may_exchange(_pid) ->
		exchange(_pid);
		goto waiting
	      }
	   :: atomic {
		remove(_pid);
		if :: _pid == 0 -> impatient = 0 :: else fi
	      }
	   fi
	od
}

active proctype holder_of_lease()
{
	do
	:: atomic {
		if
		:: set(LEASE, ROOT, P)
		:: set(LEASE, ROOT, P | Q)
		fi;
		add(LEASE)
	   };
	   wait_for_grant(LEASE);
	   atomic { remove(LEASE) }
	od
}

active [2] proctype member()
{
	do
	:: atomic {
		state[LEASE] == HELD ->
		under[_pid] = 1;
		if
		:: set(_pid, ROOT, P)
		:: set(_pid, 0, Q)
		fi;
		add(_pid)
	   };
	   wait_for_grant(_pid);
	   atomic { remove(_pid) }
	od
}

/*
 * Whoever waits is granted, as long as those who hold end at some time. Client 0
 * is as client 1, and member 4 as member 3.
 */
#define waits(r)	(state[r] == WAITING)
ltl client_waits { [] (waits(1) -> <> !waits(1)) }
ltl lease_waits { [] (waits(LEASE) -> <> !waits(LEASE)) }
ltl member_waits { [] (waits(3) -> <> !waits(3)) }
