/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The locks that one request names: sorted by name, each once, shared or exclusive. Pure data; a set
 * says nothing about who holds it, that is lock-table.h.
 */
#ifndef CXL_REGIOND_DAEMON_LOCK_SET_H
#define CXL_REGIOND_DAEMON_LOCK_SET_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a lock's name, its NUL included. The kernel's names of the devices are far below. */
#define LOCK_NAME_MAX 64

struct lock {
	char name[LOCK_NAME_MAX];
	bool shared; /* else exclusive */
};

/* Begins as all zeroes, which is the empty set. */
struct lock_set {
	struct lock *locks; /* sorted by name, each once */
	size_t n;
};

/*
 * lock_set_add() - add a lock to a set.
 * @set: the set
 * @name: the lock's name; of a name that is too long the beginning counts, so that two such locks
 *        may exclude each other without need, but never the other way round
 * @shared: whether others may hold it shared at the same time
 *
 * A lock that is in the set already becomes exclusive if either is.
 *
 * Returns 0, or -ENOMEM: then the set is as before.
 */
int lock_set_add(struct lock_set *set, const char *name, bool shared);

/* lock_set_done() - free what a set has; it is empty afterwards. */
void lock_set_done(struct lock_set *set);

/* lock_set_covers() - may who holds @set do all that @other allows? Equal sets cover each other. */
bool lock_set_covers(const struct lock_set *set, const struct lock_set *other);

/*
 * lock_set_conflict() - the first lock, by name, that two sets cannot both hold.
 *
 * Returns the lock as it is in @a, or NULL: the sets can be held at the same time.
 */
const struct lock *lock_set_conflict(const struct lock_set *a, const struct lock_set *b);

/* lock_set_has() - is a lock of that name in it, shared or not? */
bool lock_set_has(const struct lock_set *set, const char *name);

#endif
