/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main process: everything that it has, from start to stop. */
#ifndef CXL_REGIOND_DAEMON_DAEMON_H
#define CXL_REGIOND_DAEMON_DAEMON_H

#include <systemd/sd-event.h>

#include "config.h"
#include "hotplug.h"
#include "inventory.h"
#include "options.h"
#include "outside.h"
#include "poison.h"
#include "query.h"
#include "reaper.h"
#include "recovery.h"
#include "refresh.h"
#include "runner.h"
#include "server.h"
#include "startup.h"
#include "worker-pool.h"

struct daemon {
	struct options options;
	struct config config;
	sd_event *event;
	struct pool pool;
	struct queries queries;
	struct inventory inventory;
	struct runner runner;
	struct recovery recovery;
	struct refresh refresh;
	struct hotplug hotplug;
	struct outside outside;
	struct poison poison;
	struct reaper reaper;
	uint64_t devices_usec;	/* when the kernel last told of a device beside regions */
	bool devices_are_stale; /* since then no picture was taken that began later */
	struct server server;
	struct startup startup;
	sd_event_source *stop_timer; /* on while it stops */
	sd_event_source *stop_check; /* after each round of the loop while it stops */
	bool flushing;		     /* no job is left: last answers are read, workers end */
	int exit_status;
};

/* daemon_main() - the program. Returns its exit status. */
int daemon_main(int argc, char **argv);

#endif
