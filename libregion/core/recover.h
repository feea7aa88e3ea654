/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts in order what a process left that died while it carried a plan out, by its intent log. Steps that can be
 * undone are taken back; behind the first irreversible one the way is forward.
 *
 * A step that the log has only as begun may or may not have happened: the witness of each tells. One window is left:
 * the process died between a write and the note that the write was refused. What is then found could be of somebody
 * who made the same write at the same moment; so a region is only taken for ours as long as nothing was set on it,
 * and DPA only if it has the very size that was to be written, and serves no other region.
 */
#ifndef CXL_REGIOND_CORE_RECOVER_H
#define CXL_REGIOND_CORE_RECOVER_H

#include "intent-log.h"
#include "sysfs.h"

/* A region without a mark of its own must stay untouched for this long to be taken for ours. */
#define RECOVER_STILL_MS 300

/*
 * recover() - finish or undo what a log tells of.
 *
 * @record: of a job that was active; its plan gets the region's inode where that is found out
 * @log: where what is done now is noted, so that this, too, can be recovered
 * @ret_outcome: OUTCOME_UNCHANGED, OUTCOME_UNDONE or OUTCOME_DONE (a plan that had to go forward)
 *
 * Returns 0; or the code of *ret_failure: then something is left, and another try may finish it.
 */
int recover(struct sysfs *sysfs, struct intent_record *record, struct intent_log *log, enum outcome *ret_outcome,
	    struct failure *ret_failure);

#endif
