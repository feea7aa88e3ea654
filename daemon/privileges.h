/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXL_REGIOND_DAEMON_PRIVILEGES_H
#define CXL_REGIOND_DAEMON_PRIVILEGES_H

/* privileges_lock() - no program that this process or a child executes gains any. Returns 0 or a negative errno. */
int privileges_lock(void);

/* privileges_drop() - give up every capability for good. Returns 0 or a negative errno. */
int privileges_drop(void);

#endif
