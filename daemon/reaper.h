/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a port loses its driver under a region, the kernel leaves a ghost. Those that this daemon made are deleted; of others
 * status and repair tell.
 */
#ifndef CXL_REGIOND_DAEMON_REAPER_H
#define CXL_REGIOND_DAEMON_REAPER_H

#include "runner.h"

/* Ghosts that are remembered, so that each is tried once in a while. */
#define REAPER_TRIED_MAX 64
#define REAPER_REST_USEC (2 * 1000000ull)
#define REAPER_TRIES_MAX 5

struct reaper_tried {
	char region[REGION_NAME_MAX];
	char generation[JOB_GENERATION_MAX];
	uint64_t usec;
	unsigned int times;
};

struct reaper {
	struct reaper_tried tried[REAPER_TRIED_MAX];
	size_t next;
};

/* reaper_look() - a new picture of the host came: is there something to delete? */
void reaper_look(struct reaper *reaper, struct runner *runner, uint64_t now_usec);

#endif
