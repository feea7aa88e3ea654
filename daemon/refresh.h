/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the inventory young: some time after the host's last change it has it scanned once. While changes follow each
 * other, a fast cycle of create and delete does not pay for scans, but for one now and then.
 */
#ifndef CXL_REGIOND_DAEMON_REFRESH_H
#define CXL_REGIOND_DAEMON_REFRESH_H

#include "runner.h"

#define REFRESH_QUIET_USEC  (200 * 1000ull)
#define REFRESH_LATEST_USEC (5 * 1000000ull)

struct refresh {
	struct inventory *inventory;
	struct queries *queries;
	const struct runner *runner;
	sd_event_source *timer;
	uint64_t due_usec; /* the latest, while the timer is on */
};

/* refresh_init() - returns 0 or a negative errno. */
int refresh_init(struct refresh *refresh, sd_event *event, struct inventory *inventory, struct queries *queries,
		 const struct runner *runner);
void refresh_done(struct refresh *refresh);

/* refresh_changed() - the host changed. */
void refresh_changed(struct refresh *refresh);

#endif
