/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call that is answered by what an earlier one under the same key did. */
#ifndef CXL_REGIOND_DAEMON_REPLAY_H
#define CXL_REGIOND_DAEMON_REPLAY_H

#include "call.h"
#include "key-table.h"
#include "query.h"

/*
 * replay_start() - answer a call with the result of a request that is done. One that an earlier main process has seen done
 * is told anew: what was deleted by its name, what was created as it now is, or NotFound if it was deleted since.
 *
 * @entry: finished; it may go before the answer does
 */
void replay_start(struct queries *queries, struct call *call, const struct key_entry *entry);

#endif
