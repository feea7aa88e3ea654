/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads. Who asks the same thing at the same time gets the same answer, from one that began after all of
 * them had asked. Nobody waits longer than QUERY_TIMEOUT_USEC.
 */
#ifndef CXL_REGIOND_DAEMON_QUERY_H
#define CXL_REGIOND_DAEMON_QUERY_H

#include "inventory.h"
#include "worker-pool.h"

#define QUERY_TIMEOUT_USEC (2 * 1000000ull)

struct query;

/* Somebody who waits for an answer; embedded in the one who asks. */
struct query_waiter {
	struct list node;
	struct query *query;
	sd_event_source *timer;
	/*
	 * The answer: a result, or NULL and a failure; or neither when there was none in time.
	 * began_usec is when the read began. The waiter is out of the query by then.
	 */
	void (*answer)(struct query_waiter *waiter, struct json_object *result, const struct failure *failure,
		       uint64_t began_usec);
};

struct queries {
	sd_event *event;
	struct pool *pool;
	struct inventory *inventory; /* takes each scan, before who waits for it gets it */
	struct list all;
	uint64_t next_id;
};

void queries_init(struct queries *queries, sd_event *event, struct pool *pool, struct inventory *inventory);
/* queries_done() - forget all, without answers. */
void queries_done(struct queries *queries);

/*
 * query_ask() - have something read.
 *
 * @kind: what a worker is told: "list", "scan", "resolve", "plan-create", "plan-delete"
 * @parameters: taken, also on failure; NULL for none
 * @waiter: its answer() is called once, never from within, unless it leaves; NULL: nobody waits, the
 *   inventory is to be filled
 *
 * Returns 0 or a negative errno.
 */
int query_ask(struct queries *queries, const char *kind, struct json_object *parameters, struct query_waiter *waiter);

/* query_leave() - the waiter does not want the answer any more. */
void query_leave(struct query_waiter *waiter);

/* queries_fail_all() - answer all who wait with a failure. */
void queries_fail_all(struct queries *queries, const struct failure *failure);

#endif
