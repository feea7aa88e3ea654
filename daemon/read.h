/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call that is answered by a read: of the kernel, or, when that does not answer in time, of the inventory. */
#ifndef CXL_REGIOND_DAEMON_READ_H
#define CXL_REGIOND_DAEMON_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

struct call;
struct daemon;
struct json_object;

/* Builds the reply of a method. */
struct read_ops {
	/*
	 * From a result, which is as old as said. Returns 0 with the reply's parameters, or the code
	 * of a failure, or a negative errno.
	 */
	int (*reply)(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
		     struct json_object **ret_parameters, struct failure *ret_failure);
	/*
	 * From the inventory, whose topology is given, or NULL before the first scan. Without this function, or
	 * without a topology where it needs one, the call fails TooBusy.
	 */
	int (*reply_late)(struct daemon *daemon, struct call *call, struct json_object *topology, uint64_t age_usec,
			  struct json_object **ret_parameters, struct failure *ret_failure);
	bool needs_topology;
};

/* read_start() - answer a call. kind and parameters as for query_ask(); parameters are taken. */
void read_start(struct daemon *daemon, struct call *call, const char *kind, struct json_object *parameters,
		const struct read_ops *ops);

#endif
