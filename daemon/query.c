/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "query.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "json-members.h"

/* Ids of reads, above those that jobs can ever have. */
#define QUERY_ID_FIRST (1ull << 48)

struct query {
	struct list node;
	struct queries *queries;
	struct task task;
	struct list waiters;
	bool wanted_by_daemon; /* goes on without waiters */
};

static struct query *query_of(struct list *node)
{
	return list_owner(node, struct query, node);
}

static struct query_waiter *waiter_of(struct list *node)
{
	return list_owner(node, struct query_waiter, node);
}

static void query_free(struct query *query)
{
	list_remove(&query->node);
	json_object_put(query->task.parameters);
	free(query);
}

static void waiter_detach(struct query_waiter *waiter)
{
	list_remove(&waiter->node);
	sd_event_source_disable_unref(waiter->timer);
	waiter->timer = NULL;
	waiter->query = NULL;
}

static void query_answer_all(struct query *query, struct json_object *result, const struct failure *failure)
{
	while (!list_is_empty(&query->waiters)) {
		struct query_waiter *waiter = waiter_of(query->waiters.next);

		waiter_detach(waiter);
		waiter->answer(waiter, result, failure, query->task.started_usec);
	}
}

/* What only the daemon knows is put into the regions once, for all who wait. */
static int query_overlay(struct query *query, struct json_object *result)
{
	struct inventory *inventory = query->queries->inventory;
	struct json_object *regions, *topology, *findings = json_get_array(result, "findings");
	int r;

	if (findings)
		inventory_overlay_findings(inventory, findings, query->task.started_usec);
	if (json_object_object_get_ex(result, "topology", &topology)) {
		regions = json_get_array(topology, "regions");
		r = regions ? inventory_overlay_all(inventory, regions, query->task.started_usec) : 0;
		if (r == 0)
			inventory_take(inventory, result, query->task.started_usec);
		return r;
	}
	regions = json_get_array(result, "regions");
	return regions ? inventory_overlay_all(inventory, regions, query->task.started_usec) : 0;
}

static void query_on_done(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct query *query = list_owner(task, struct query, task);
	struct failure no_memory;

	if (result && query_overlay(query, result) < 0) {
		failure_set_errno(&no_memory, -ENOMEM, task->kind);
		result = NULL;
		failure = &no_memory;
	}
	query_answer_all(query, result, failure);
	query_free(query);
}

static const struct task_ops query_task_ops = { .done = query_on_done };

void queries_init(struct queries *queries, sd_event *event, struct pool *pool, struct inventory *inventory)
{
	*queries = (struct queries){ .event = event, .pool = pool, .inventory = inventory, .next_id = QUERY_ID_FIRST };
	list_init(&queries->all);
}

void queries_done(struct queries *queries)
{
	while (queries->event && !list_is_empty(&queries->all))
		query_free(query_of(queries->all.next));
}

/* Only one that no worker has begun serves somebody who asks now. */
static struct query *query_find(struct queries *queries, const char *kind, struct json_object *parameters)
{
	for (struct list *node = queries->all.next; node != &queries->all; node = node->next) {
		struct query *query = query_of(node);

		if (!query->task.worker && strcmp(query->task.kind, kind) == 0 &&
		    json_object_equal(query->task.parameters, parameters))
			return query;
	}
	return NULL;
}

static struct query *query_new(struct queries *queries, const char *kind, struct json_object *parameters)
{
	struct query *query = calloc(1, sizeof(*query));

	if (!query)
		return NULL;
	query->queries = queries;
	list_init(&query->waiters);
	list_append(&queries->all, &query->node);
	query->task = (struct task){ .ops = &query_task_ops, .id = queries->next_id++, .kind = kind };
	query->task.parameters = json_object_get(parameters);
	list_init(&query->task.node);
	return query;
}

static int query_on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct query_waiter *waiter = userdata;

	query_leave(waiter);
	waiter->answer(waiter, NULL, NULL, 0);
	return 0;
}

int query_ask(struct queries *queries, const char *kind, struct json_object *parameters, struct query_waiter *waiter)
{
	CLEANUP(cleanup_json) struct json_object *taken = parameters;
	struct query *query = query_find(queries, kind, taken);
	int r;

	if (waiter) {
		r = sd_event_add_time_relative(queries->event, &waiter->timer, CLOCK_MONOTONIC, QUERY_TIMEOUT_USEC, 0,
					       query_on_timeout, waiter);
		if (r < 0)
			return r;
	}
	if (!query) {
		query = query_new(queries, kind, taken);
		if (!query) {
			if (waiter)
				waiter->timer = sd_event_source_disable_unref(waiter->timer);
			return -ENOMEM;
		}
		pool_submit(queries->pool, &query->task);
	}
	if (!waiter) {
		query->wanted_by_daemon = true;
		return 0;
	}
	waiter->query = query;
	list_append(&query->waiters, &waiter->node);
	return 0;
}

void query_leave(struct query_waiter *waiter)
{
	struct query *query = waiter->query;

	if (!query)
		return;
	waiter_detach(waiter);
	if (!list_is_empty(&query->waiters) || query->task.worker || query->wanted_by_daemon)
		return;
	pool_withdraw(query->queries->pool, &query->task);
	query_free(query);
}

void queries_fail_all(struct queries *queries, const struct failure *failure)
{
	for (struct list *node = queries->all.next; node != &queries->all; node = node->next)
		query_answer_all(query_of(node), NULL, failure);
}
