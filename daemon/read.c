/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "read.h"

#include <errno.h>
#include <json-c/json.h>

#include "cleanup.h"
#include "clock.h"
#include "daemon.h"

struct read {
	struct query_waiter waiter;
	struct daemon *daemon;
	struct call *call;
	const struct read_ops *ops;
};

static void read_on_abandon(void *holder)
{
	struct read *read = holder;

	query_leave(&read->waiter);
	free(read);
}

static int read_answer_late(struct read *read, struct json_object **ret_parameters, struct failure *ret_failure)
{
	struct inventory *inventory = &read->daemon->inventory;
	uint64_t age = clock_now() - inventory->taken_usec;

	if (!read->ops->reply_late || (read->ops->needs_topology && !inventory->topology))
		return failure_set(ret_failure, ERROR_TOO_BUSY, NULL, "The kernel did not answer in time.");
	return read->ops->reply_late(read->daemon, read->call, inventory->topology, age, ret_parameters, ret_failure);
}

static void read_on_answer(struct query_waiter *waiter, struct json_object *result, const struct failure *failure,
			   uint64_t began_usec)
{
	struct read *read = list_owner(waiter, struct read, waiter);
	struct json_object *parameters = NULL;
	struct failure refusal;
	int r = 0;

	if (result)
		r = read->ops->reply(read->daemon, read->call, result, clock_now() - began_usec, &parameters, &refusal);
	else if (!failure)
		r = read_answer_late(read, &parameters, &refusal);
	if (r < 0)
		failure_set_errno(&refusal, r, "Making the answer");
	if (failure)
		call_fail(read->call, failure);
	else if (r != 0)
		call_fail(read->call, &refusal);
	else
		call_reply(read->call, parameters);
	free(read);
}

void read_start(struct daemon *daemon, struct call *call, const char *kind, struct json_object *parameters,
		const struct read_ops *ops)
{
	struct read *read = calloc(1, sizeof(*read));
	struct failure failure;
	int r;

	if (!read) {
		json_object_put(parameters);
		failure_set_errno(&failure, -ENOMEM, "Reading");
		call_fail(call, &failure);
		return;
	}
	*read = (struct read){ .daemon = daemon, .call = call, .ops = ops };
	read->waiter.answer = read_on_answer;
	list_init(&read->waiter.node);
	r = query_ask(&daemon->queries, kind, parameters, &read->waiter);
	if (r < 0) {
		failure_set_errno(&failure, r, "Reading");
		call_fail(call, &failure);
		free(read);
		return;
	}
	call_hold(call, read_on_abandon, read);
}
