/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done before the first peer is served: what interrupted jobs left is put in order; then it is learnt which fix
 * the kernel has, and what there is (through libcxl).
 */
#ifndef CXL_REGIOND_DAEMON_STARTUP_H
#define CXL_REGIOND_DAEMON_STARTUP_H

#include <sys/utsname.h>

#include "inventory.h"
#include "recovery.h"
#include "worker-pool.h"

/* A kernel that does not answer must not keep the daemon from telling so. */
#define STARTUP_TIMEOUT_USEC (10 * 1000000ull)

struct startup {
	struct inventory *inventory;
	struct pool *pool;
	struct recovery *recovery;
	struct task probe;
	struct task discover;
	sd_event_source *timer;
	struct utsname kernel;
	struct json_object *probed; /* the probe's result, NULL without one */
	char problem[256];	    /* a sentence about what could not be learnt of the kernel; empty for none */
	bool probe_ended, discover_ended;
	bool ready;
	void (*on_ready)(void *userdata);
	void *userdata;
};

/* startup_init() - begin; on_ready() is called once, later. Returns 0 or a negative errno. */
int startup_init(struct startup *startup, sd_event *event, struct pool *pool, struct recovery *recovery,
		 struct inventory *inventory, void (*on_ready)(void *userdata), void *userdata);
void startup_done(struct startup *startup);

const char *startup_kernel(const struct startup *startup);
/* startup_kernel_fix() - "unknown" until a worker could tell. */
const char *startup_kernel_fix(const struct startup *startup);
const char *startup_kernel_fix_detail(const struct startup *startup);

/* startup_kernel_is_fixed() - is the fix known to be there? */
bool startup_kernel_is_fixed(const struct startup *startup);

#endif
