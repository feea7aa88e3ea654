/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a port loses its driver under a region, the kernel leaves a ghost. Those that this daemon made are deleted; of others
 * status and repair tell. A region that looks the same, but whose ports are there, is left to whoever works on it.
 */
#ifndef CXL_REGIOND_DAEMON_REAPER_H
#define CXL_REGIOND_DAEMON_REAPER_H

#include "runner.h"

/* Regions of ports that went; the oldest is forgotten first. */
#define REAPER_MAX	 64
#define REAPER_REST_USEC (2 * 1000000ull)
#define REAPER_TRIES_MAX 5

struct reaper_entry {
	char region[REGION_NAME_MAX];
	char generation[JOB_GENERATION_MAX];
	uint64_t tried_usec;
	unsigned int tries;
};

struct reaper {
	struct reaper_entry entries[REAPER_MAX];
	size_t next;
};

/* reaper_port_gone() - a port went, by the name of its lock: what will become of the regions that were on it? */
void reaper_port_gone(struct reaper *reaper, const struct inventory *inventory, const char *lock);

/* reaper_look() - a new picture of the host came: is there something to delete? */
void reaper_look(struct reaper *reaper, struct runner *runner, uint64_t now_usec);

#endif
