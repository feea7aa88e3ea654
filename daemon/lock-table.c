/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock-table.h"

static struct lock_request *request_of(struct list *node)
{
	return list_owner(node, struct lock_request, node);
}

void lock_table_init(struct lock_table *table)
{
	list_init(&table->requests);
}

static bool lease_admits(const struct lock_request *lease, const struct lock_set *set)
{
	return lease->state == LOCK_HELD && lock_set_covers(&lease->set, set);
}

void lock_table_add(struct lock_table *table, struct lock_request *request)
{
	if (request->lease && !lease_admits(request->lease, &request->set))
		request->lease = NULL;
	request->state = LOCK_WAITING;
	request->exchanged = false;
	list_append(&table->requests, &request->node);
}

/* The lock that keeps two requests apart. What is under different leases, or under one and none, does not compete. */
static const struct lock *request_conflict(const struct lock_request *request, const struct lock_request *other)
{
	if (other == request || other->lease != request->lease)
		return NULL;
	return lock_set_conflict(&request->set, &other->set);
}

/* The first request before @end that is in this state and in the way. */
static const struct lock_request *first_in_the_way(const struct lock_table *table, const struct lock_request *request,
						   enum lock_state state, const struct list *end, const char **ret_lock)
{
	for (struct list *node = table->requests.next; node != end && node != &table->requests; node = node->next) {
		const struct lock_request *other = request_of(node);
		const struct lock *lock = other->state == state ? request_conflict(request, other) : NULL;

		if (lock) {
			*ret_lock = lock->name;
			return other;
		}
	}
	return NULL;
}

const struct lock_request *lock_table_blocker(const struct lock_table *table, const struct lock_request *request,
					      const char **ret_lock)
{
	const struct lock_request *holder;

	if (request->state == LOCK_HELD)
		return NULL;
	holder = first_in_the_way(table, request, LOCK_HELD, &table->requests, ret_lock);
	if (holder)
		return holder;
	return first_in_the_way(table, request, LOCK_WAITING, &request->node, ret_lock);
}

bool lock_table_may_grant(const struct lock_table *table, const struct lock_request *request)
{
	const char *lock;

	return request->state == LOCK_WAITING && !lock_table_blocker(table, request, &lock);
}

struct lock_request *lock_table_next(const struct lock_table *table)
{
	for (struct list *node = table->requests.next; node != &table->requests; node = node->next)
		if (lock_table_may_grant(table, request_of(node)))
			return request_of(node);
	return NULL;
}

void lock_table_grant(struct lock_table *table, struct lock_request *request)
{
	(void)table;
	request->state = LOCK_HELD;
}

static bool lock_table_has_members(const struct lock_table *table, const struct lock_request *lease)
{
	for (struct list *node = table->requests.next; node != &table->requests; node = node->next)
		if (request_of(node)->lease == lease)
			return true;
	return false;
}

static bool lock_table_may_exchange(const struct lock_table *table, const struct lock_request *request,
				    const struct lock_set *set)
{
	if (request->exchanged || lock_table_has_members(table, request))
		return false;
	return !request->lease || lease_admits(request->lease, set);
}

bool lock_table_exchange(struct lock_table *table, struct lock_request *request, struct lock_set *set)
{
	if (!lock_table_may_exchange(table, request, set))
		return false;
	lock_set_done(&request->set);
	request->set = *set;
	*set = (struct lock_set){};
	request->exchanged = true;
	request->state = LOCK_WAITING;
	return true;
}

void lock_table_remove(struct lock_table *table, struct lock_request *request)
{
	list_remove(&request->node);
	request->state = LOCK_WAITING;
	for (struct list *node = table->requests.next; node != &table->requests; node = node->next)
		if (request_of(node)->lease == request)
			request_of(node)->lease = request->lease;
}
