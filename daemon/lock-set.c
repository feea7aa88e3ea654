/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock-set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a lock of this name is, or has to be put. */
static size_t lock_set_place(const struct lock_set *set, const char *name)
{
	size_t i = 0;

	while (i < set->n && strcmp(set->locks[i].name, name) < 0)
		i++;
	return i;
}

static struct lock *lock_set_find(const struct lock_set *set, const char *name)
{
	size_t place = lock_set_place(set, name);

	if (place == set->n || strcmp(set->locks[place].name, name) != 0)
		return NULL;
	return &set->locks[place];
}

static int lock_set_insert(struct lock_set *set, const struct lock *lock)
{
	size_t place = lock_set_place(set, lock->name);
	struct lock *locks = reallocarray(set->locks, set->n + 1, sizeof(*locks));

	if (!locks)
		return -ENOMEM;
	memmove(&locks[place + 1], &locks[place], (set->n - place) * sizeof(*locks));
	locks[place] = *lock;
	set->locks = locks;
	set->n++;
	return 0;
}

int lock_set_add(struct lock_set *set, const char *name, bool shared)
{
	struct lock lock = { .shared = shared }, *known;

	snprintf(lock.name, sizeof(lock.name), "%s", name);
	known = lock_set_find(set, lock.name);
	if (!known)
		return lock_set_insert(set, &lock);
	known->shared = known->shared && shared;
	return 0;
}

void lock_set_done(struct lock_set *set)
{
	free(set->locks);
	*set = (struct lock_set){};
}

bool lock_set_covers(const struct lock_set *set, const struct lock_set *other)
{
	for (size_t i = 0; i < other->n; i++) {
		const struct lock *lock = lock_set_find(set, other->locks[i].name);

		if (!lock || (lock->shared && !other->locks[i].shared))
			return false;
	}
	return true;
}

const struct lock *lock_set_conflict(const struct lock_set *a, const struct lock_set *b)
{
	size_t i = 0, j = 0;

	while (i < a->n && j < b->n) {
		int order = strcmp(a->locks[i].name, b->locks[j].name);

		if (order == 0 && !(a->locks[i].shared && b->locks[j].shared))
			return &a->locks[i];
		i += order <= 0;
		j += order >= 0;
	}
	return NULL;
}

bool lock_set_has(const struct lock_set *set, const char *name)
{
	size_t place = lock_set_place(set, name);

	return place < set->n && strcmp(set->locks[place].name, name) == 0;
}
