/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which request came under which key, and what became of it: who sends the same again gets the same answer. A key belongs
 * to a user. Knows no socket and no clock.
 */
#ifndef CXL_REGIOND_DAEMON_KEY_TABLE_H
#define CXL_REGIOND_DAEMON_KEY_TABLE_H

#include "job.h"

/* So many keys are known, those at work included; the one that was done first makes room. */
#define KEY_TABLE_MAX 256
/* So long is one known that is done. */
#define KEY_TABLE_KEEP_USEC (24ull * 60 * 60 * 1000000)

/* A key with its NUL. */
#define KEY_TEXT_MAX 65

/* Whose request it is, and which. */
struct key_request {
	uid_t uid;
	char key[KEY_TEXT_MAX];
	uint64_t hash;
	enum job_kind kind;
	uint64_t job;
};

struct key_entry {
	struct list node;
	struct key_request request;
	bool finished;
	uint64_t finished_usec;
	struct json_object *result;   /* NULL where only the object is known */
	char region[REGION_NAME_MAX]; /* empty as long as it is not known to have taken effect */
	char generation[JOB_GENERATION_MAX];
};

struct key_table {
	struct list entries;
	unsigned int count;
};

/* key_is_valid() - 1 to 64 of A-Z, a-z, 0-9, '.', '_', ':' and '-'. */
bool key_is_valid(const char *key);

void key_table_init(struct key_table *table);
void key_table_done(struct key_table *table);

/*
 * key_table_find() - what is known of a key.
 *
 * @now_usec: the time, by the clock of all times here; what was kept for long enough is forgotten first
 *
 * Returns NULL for a key that is not known.
 */
struct key_entry *key_table_find(struct key_table *table, uid_t uid, const char *key, uint64_t now_usec);

/*
 * key_table_add() - a request that is at work, under a key that is not known.
 *
 * Returns 0; ERROR_TOO_BUSY when KEY_TABLE_MAX requests with a key are at work; -ENOMEM.
 */
int key_table_add(struct key_table *table, const struct key_request *request, struct key_entry **ret_entry);

/* key_entry_set_object() - its request made or deleted this; generation is empty if it is not known. */
void key_entry_set_object(struct key_entry *entry, const char *region, const char *generation);

/*
 * key_entry_finish() - its request is done, and nobody works on it any more.
 *
 * @result: what its client got; a reference is taken. NULL: it is told again from the object
 */
void key_entry_finish(struct key_entry *entry, uint64_t now_usec, struct json_object *result);

/* key_table_forget() - the request may be tried again. NULL is ignored. */
void key_table_forget(struct key_table *table, struct key_entry *entry);

#endif
