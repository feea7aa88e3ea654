/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kept-logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "member.h"
#include "snapshot-json.h"

#define KEPT_NAME_MAX 32

struct kept {
	char name[KEPT_NAME_MAX];
	struct timespec time;
};

/* The last ones that a look into the directory has found so far, in no order. */
struct found {
	int dir;
	time_t now;
	unsigned int count;
	struct kept kept[KEPT_LOGS_MAX];
};

bool kept_logs_is_worth_it(const struct intent_record *record)
{
	return record->state == INTENT_ENDED && record->outcome == OUTCOME_DONE && record->job.key[0] != '\0';
}

/* -- which there are ------------------------------------------------------ */

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* The place of one more: where there is none the oldest of all goes, which may be the new one. */
static struct kept *find_place(struct found *found, const struct kept *one)
{
	struct kept *oldest = &found->kept[0];

	if (found->count < KEPT_LOGS_MAX)
		return &found->kept[found->count++];
	for (unsigned int i = 1; i < found->count; i++)
		if (is_older(&found->kept[i].time, &oldest->time))
			oldest = &found->kept[i];
	if (is_older(&one->time, &oldest->time))
		oldest = NULL;
	unlinkat(found->dir, oldest ? oldest->name : one->name, 0);
	return oldest;
}

static void take_one(struct found *found, const char *name)
{
	struct kept one, *place;
	struct stat st;

	if (fstatat(found->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	snprintf(one.name, sizeof(one.name), "%s", name);
	one.time = st.st_mtim;
	if (found->now - st.st_mtim.tv_sec > KEPT_LOGS_SECONDS) {
		unlinkat(found->dir, name, 0);
		return;
	}
	place = find_place(found, &one);
	if (place)
		*place = one;
}

/* Finds the last ones, and deletes the others. Returns 0 or a negative errno. */
static int find_all(int dir, struct found *found)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!stream) {
		r = -errno;
		cleanup_close(&copy);
		return r;
	}
	found->dir = dir;
	found->now = time(NULL);
	found->count = 0;
	while ((entry = readdir(stream)))
		if (strncmp(entry->d_name, INTENT_KEPT_PREFIX, strlen(INTENT_KEPT_PREFIX)) == 0 &&
		    strlen(entry->d_name) < KEPT_NAME_MAX)
			take_one(found, entry->d_name);
	closedir(stream);
	return 0;
}

void kept_logs_keep(int dir, struct intent_log *log)
{
	struct found found;

	if (intent_log_keep(log) < 0)
		intent_log_remove(log);
	else
		(void)find_all(dir, &found); /* what cannot be looked for now is deleted with the next */
}

/* -- what they say -------------------------------------------------------- */

int kept_logs_tell(struct json_object *array, const struct intent_record *record, uint64_t age_seconds)
{
	struct json_object *object = json_object_new_object();
	char generation[GENERATION_MAX];
	int r = member_append(array, object);

	if (r >= 0)
		r = member_add_uint(object, "uid", record->job.uid);
	if (r >= 0)
		r = member_add_string(object, "key", record->job.key);
	if (r >= 0)
		r = member_add_uint(object, "hash", record->job.hash);
	if (r >= 0)
		r = member_add_string(object, "kind", record->job.kind);
	if (r >= 0)
		r = member_add_uint(object, "job", record->job.id);
	if (r >= 0)
		r = member_add_string(object, "object", record->plan.region);
	if (r >= 0)
		r = member_add_string(object, "generation", generation_format(record->plan.region_inode, generation));
	return r < 0 ? r : member_add_uint(object, "age_seconds", age_seconds);
}

/* Returns 0 with what a kept log says, or a negative errno: it is none. Without a lock: nobody changes it any more. */
static int read_one(int dir, const char *boot_id, const char *name, struct intent_record *record)
{
	struct intent_log *log;
	int r = intent_log_look(dir, name, &log);

	if (r < 0)
		return r;
	r = intent_log_read(log, boot_id, record);
	intent_log_free(log);
	if (r == 0 && !kept_logs_is_worth_it(record))
		r = -EBADMSG;
	return r;
}

static uint64_t age_of(const struct found *found, const struct kept *kept)
{
	return found->now > kept->time.tv_sec ? (uint64_t)(found->now - kept->time.tv_sec) : 0;
}

/* Returns 0 or a negative errno: -ENOMEM, -EMFILE and -ENFILE say nothing of the file. */
static int tell_one(const struct found *found, const struct kept *kept, const char *boot_id, struct json_object *array,
		    uint64_t *last_job)
{
	struct intent_record record;
	int r = read_one(found->dir, boot_id, kept->name, &record);

	if (r < 0)
		return r;
	if (record.job.id > *last_job)
		*last_job = record.job.id;
	return kept_logs_tell(array, &record, age_of(found, kept));
}

int kept_logs_list(int dir, const char *boot_id, struct json_object *array, uint64_t *last_job, kept_logs_junk_fn junk,
		   void *userdata)
{
	struct found found;
	int r = find_all(dir, &found);

	for (unsigned int i = 0; r >= 0 && i < found.count; i++) {
		const char *name = found.kept[i].name;

		r = tell_one(&found, &found.kept[i], boot_id, array, last_job);
		if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
			break;
		if (r == -ESTALE)
			unlinkat(dir, name, 0);
		if (r == -ENOENT || r == -ESTALE)
			r = 0;
		if (r < 0)
			r = junk(name, r, userdata);
	}
	return r;
}
