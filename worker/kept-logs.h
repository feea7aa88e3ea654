/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs of jobs that are done and had a key: they tell a later main process which requests it need not do again. None
 * of them is ever recovered.
 */
#ifndef CXL_REGIOND_WORKER_KEPT_LOGS_H
#define CXL_REGIOND_WORKER_KEPT_LOGS_H

#include "intent-log.h"

struct json_object;

/* So many are kept, the last ones, */
#define KEPT_LOGS_MAX 256
/* and so long. */
#define KEPT_LOGS_SECONDS (24 * 60 * 60)

/* kept_logs_is_worth_it() - is it the log of a job that is done and had a key? */
bool kept_logs_is_worth_it(const struct intent_record *record);

/*
 * kept_logs_keep() - keep the log of such a job, and delete those that are too many or too old by now. What cannot be kept
 * is deleted: the main process that is there knows the key all the same.
 *
 * @dir: where it is
 * @log: let go of
 */
void kept_logs_keep(int dir, struct intent_log *log);

/* What kept_logs_list() is to do with one that is no sound log. Returns 0 or a negative errno. */
typedef int (*kept_logs_junk_fn)(const char *name, int error, void *userdata);

/*
 * kept_logs_list() - tell of all, behind deleting those that are too many, too old, or of another boot or version.
 *
 * @array: gets an object for each: uid, key, hash, kind, job, object, generation, age_seconds
 * @junk: called for each file that only has the name of one
 * @last_job: raised to the highest id of a job
 *
 * Returns 0 or a negative errno.
 */
int kept_logs_list(int dir, const char *boot_id, struct json_object *array, uint64_t *last_job, kept_logs_junk_fn junk,
		   void *userdata);

/* kept_logs_tell() - append such an object. Returns 0 or -ENOMEM. */
int kept_logs_tell(struct json_object *array, const struct intent_record *record, uint64_t age_seconds);

#endif
