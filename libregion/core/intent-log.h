/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The intent log of a job: what it works on, how far it is, how it ended. Whoever finds one that nobody holds any
 * more can tell what was begun and put it in order (recover.h).
 *
 * It holds identities and kinds of steps, never a path or a value to be obeyed, and it is good for one boot: no
 * region outlives that. It is one page of a file in a tmpfs, preallocated and mapped shared. So a note is a store into
 * memory that the process leaves behind however it ends, and an undo cannot die of a full file system.
 *
 * The process that writes a log holds a lock on its file as long as it lives, also while it hangs in a write. Between
 * two jobs the log is free, and serves the next.
 */
#ifndef CXL_REGIOND_CORE_INTENT_LOG_H
#define CXL_REGIOND_CORE_INTENT_LOG_H

#include <stdbool.h>

#include "failure.h"
#include "plan.h"

/* How the file of a log is called: this and six characters. What else lies in the directory is none. */
#define INTENT_LOG_PREFIX "job-"
#define INTENT_KIND_MAX	  16
/* How that of a job is called that is done and has a key: this and six characters. */
#define INTENT_KEPT_PREFIX "done-"
/* A key with its NUL. */
#define INTENT_KEY_MAX	65
#define INTENT_BOOT_MAX 40

/* Whose log it is: what a message about the job has to tell. */
struct intent_job {
	uint64_t id;
	uint32_t uid;
	char kind[INTENT_KIND_MAX]; /* "create" */
	char key[INTENT_KEY_MAX];   /* what its sender calls the request; empty for none */
	uint64_t hash;		    /* of the request that has the key */
};

/* How far a step is. A write comes between INTENT_BEGUN and INTENT_DONE, its undo between the two behind. */
enum intent_mark {
	INTENT_UNTOUCHED,
	INTENT_BEGUN,
	INTENT_DONE,
	INTENT_UNDOING,
	INTENT_UNDONE,
};

enum intent_state {
	INTENT_FREE,   /* no job: there is nothing to recover */
	INTENT_ACTIVE, /* a job is on its way */
	INTENT_ENDED,  /* it is over: done or undone */
};

/* What a log says, checked and copied. */
struct intent_record {
	enum intent_state state;
	enum outcome outcome; /* of one that ended */
	struct intent_job job;
	struct plan plan; /* names, inodes, DPA sizes and steps; region and its inode as far as they are known */
	enum intent_mark marks[PLAN_STEPS_MAX];
	/* A name was, or was about to be, written to claim it, and the region's inode is not known: plan.region has it. */
	bool claiming;
};

struct intent_log;

/*
 * intent_log_new() - a free log in a directory, locked by this process.
 *
 * @dir: descriptor of the directory
 * @boot_id: of this boot, as /proc/sys/kernel/random/boot_id has it
 *
 * Returns 0 or a negative errno: -ENOSPC when there is no room for it, -EACCES, -EROFS, -ENOMEM.
 */
int intent_log_new(int dir, const char *boot_id, struct intent_log **ret_log);

/*
 * intent_log_open() - a log that somebody left behind; locked, so that nobody else recovers it.
 *
 * @name: its file in the directory
 *
 * Returns 0; -EWOULDBLOCK while the process that wrote it lives; -ENOENT when it is gone; -ENODATA when it was empty,
 * because its maker died before it was a log, and has been deleted; -EBADMSG when it is no regular file of the right size; another negative errno.
 */
int intent_log_open(int dir, const char *name, struct intent_log **ret_log);

/* intent_log_look() - as intent_log_open(), but without a lock: for reading what a process that lives is about. */
int intent_log_look(int dir, const char *name, struct intent_log **ret_log);

/* intent_log_free() - let go of it; the file stays. NULL is ignored. */
void intent_log_free(struct intent_log *log);

/* intent_log_remove() - delete the file, and let go of it. NULL is ignored. */
void intent_log_remove(struct intent_log *log);

/*
 * intent_log_read() - what it says.
 *
 * @boot_id: of this boot
 *
 * Returns 0; -ESTALE when it is of another boot or another version of this program; -EBADMSG when it is damaged.
 */
int intent_log_read(const struct intent_log *log, const char *boot_id, struct intent_record *ret_record);

/*
 * All that follow are no-ops on NULL: what is not to be recovered has no log.
 *
 * intent_log_begin() - a job with this plan is about to begin.
 */
void intent_log_begin(struct intent_log *log, const struct intent_job *job, const struct plan *plan);

/* intent_log_claiming() - a region's name is about to be written; NULL: that region is none of ours. */
void intent_log_claiming(struct intent_log *log, const char *name);

/* intent_log_claimed() - the region has been made, and has this inode. */
void intent_log_claimed(struct intent_log *log, uint64_t inode);

/* intent_log_mark() - how far a step of the plan is, by its place in the plan. */
void intent_log_mark(struct intent_log *log, unsigned int step, enum intent_mark mark);

/*
 * intent_log_end() - the job is over. With OUTCOME_UNKNOWN the log stays as it is: something is left to be done.
 *
 * Returns whether the log can serve another job.
 */
bool intent_log_end(struct intent_log *log, enum outcome outcome);

/* intent_log_release() - what ended has been told: the log is free again. */
void intent_log_release(struct intent_log *log);

/*
 * intent_log_keep() - what ended stays on record: the file is called INTENT_KEPT_PREFIX and six characters from now on,
 * and its time of modification is now. It is let go of.
 *
 * Returns 0, or a negative errno: then the log is as it was, and still held.
 */
int intent_log_keep(struct intent_log *log);

#endif
