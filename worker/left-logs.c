/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "left-logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "host.h"
#include "kept-logs.h"
#include "member.h"
#include "recover.h"
#include "snapshot-json.h"
#include "step.h"

/* What is no log of this boot goes by this name and what followed the prefix of a log. */
#define ASIDE_PREFIX "aside-"

/* Jobs of workers that live; there is one a host, but for daemons that do not know of each other. */
#define BUSY_MAX 16

/* How often a job of a worker that lives is looked at while it is waited for. */
#define POLL_MS 20

struct search {
	struct intents *intents;
	struct sysfs *sysfs;
	uint64_t job; /* the only one that is looked for, or 0 */
	int lock_fd;
	struct timespec until;
	uint64_t last_job;
	struct plan busy[BUSY_MAX]; /* of workers that live */
	unsigned int n_busy;
	bool is_locked_out; /* one of them has the lock of all that change regions */
	struct json_object *recovered, *unfinished, *living, *set_aside, *kept;
};

static void cleanup_search(struct search **search)
{
	free(*search);
}

static void stay_a_moment(void)
{
	const struct timespec period = { .tv_nsec = POLL_MS * 1000000l };

	nanosleep(&period, NULL);
}

static bool is_late(const struct timespec *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > until->tv_sec || (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/* The step at hand: the last one that was begun, or is being undone. */
static int describe_step(struct json_object *object, const struct intent_record *record)
{
	char attribute[STEP_VALUE_MAX];
	int r = 0;

	for (unsigned int i = record->plan.n_steps; i-- > 0;) {
		const struct plan_step *step = &record->plan.steps[i];

		if (record->marks[i] != INTENT_BEGUN && record->marks[i] != INTENT_UNDOING)
			continue;
		r = member_add_string(object, "step", step_row_get(step->kind)->name);
		if (r >= 0)
			r = member_add_string(object, "attribute", step_attribute(&record->plan, step, attribute));
		if (r >= 0)
			r = member_add_string(object, "step_object", step_object_name(&record->plan, step));
		break;
	}
	return r;
}

/* Appends what is known of a job; message is a sentence. */
static int tell(struct json_object *array, const struct intent_record *record, const char *outcome, const char *message)
{
	const struct plan *plan = &record->plan;
	struct json_object *object = json_object_new_object();
	char generation[GENERATION_MAX];
	int r = member_append(array, object);

	if (r >= 0)
		r = member_add_uint(object, "job", record->job.id);
	if (r >= 0)
		r = member_add_string(object, "kind", record->job.kind);
	if (r >= 0)
		r = member_add_uint(object, "uid", record->job.uid);
	if (r >= 0 && plan->region[0])
		r = member_add_string(object, "object", plan->region);
	if (r >= 0 && plan->region_inode)
		r = member_add_string(object, "generation", generation_format(plan->region_inode, generation));
	if (r >= 0)
		r = member_add_string(object, "outcome", outcome);
	if (r >= 0)
		r = describe_step(object, record);
	return r < 0 ? r : member_add_string(object, "message", message);
}

/* "create of region0 (job 5)" */
static void name_job(const struct intent_record *record, char *text, size_t size)
{
	const char *region = record->plan.region[0] ? record->plan.region : record->plan.root_decoder;

	snprintf(text, size, "%s %s %s (job %llu)", record->job.kind, record->plan.region[0] ? "of" : "below", region,
		 (unsigned long long)record->job.id);
}

static int tell_recovered(struct search *search, const struct intent_record *record, enum outcome outcome)
{
	char job[96], message[256];

	name_job(record, job, sizeof(job));
	if (outcome == OUTCOME_DONE)
		snprintf(message, sizeof(message), "The %s was interrupted, and is done.", job);
	else if (outcome == OUTCOME_UNDONE)
		snprintf(message, sizeof(message), "The %s was interrupted, and what it had done was undone.", job);
	else
		snprintf(message, sizeof(message), "The %s was interrupted before it changed anything.", job);
	return tell(search->recovered, record, outcome_name(outcome), message);
}

static int tell_unfinished(struct search *search, const struct intent_record *record, const struct failure *failure)
{
	char job[96], message[768];

	name_job(record, job, sizeof(job));
	snprintf(message, sizeof(message), "The %s was interrupted, and can be neither finished nor undone: %s.", job,
		 failure->message);
	return tell(search->unfinished, record, outcome_name(OUTCOME_UNKNOWN), message);
}

/* It is done, and has a key: later main processes are to know. */
static int keep_one(struct search *search, struct intent_log *log, const struct intent_record *record)
{
	int r = kept_logs_tell(search->kept, record, 0);

	if (r < 0)
		intent_log_free(log);
	else
		kept_logs_keep(search->intents->dir, log);
	return r;
}

/* Its file goes once main knows of it: until then another look finds it. */
static void forget_later(struct intents *intents, struct intent_log *log)
{
	if (intents->n_over < INTENTS_OVER_MAX)
		intents->over[intents->n_over++] = log;
	else
		intent_log_remove(log);
}

static bool has_decoder(const struct plan *plan, uint64_t inode)
{
	for (unsigned int i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].decoder_inode == inode)
			return true;
	return false;
}

/* Do two plans work below the same root decoder, or on a decoder that both have? */
static bool shares_objects(const struct plan *a, const struct plan *b)
{
	for (unsigned int i = 0; i < a->n_targets; i++)
		if (has_decoder(b, a->targets[i].decoder_inode))
			return true;
	return a->root_inode == b->root_inode;
}

/* Does a worker that lives work on the same? Then its job comes first. */
static bool is_shared(const struct search *search, const struct plan *plan)
{
	for (unsigned int i = 0; i < search->n_busy; i++)
		if (shares_objects(&search->busy[i], plan))
			return true;
	return search->n_busy == 0 && search->is_locked_out;
}

static int leave_unfinished(struct search *search, struct intent_log *log, const struct intent_record *record)
{
	struct failure failure;
	int r;

	failure_set(&failure, ERROR_TOO_BUSY, NULL, "a worker that still lives may work on the same");
	r = tell_unfinished(search, record, &failure);
	intent_log_free(log);
	return r;
}

/* What was being done by a worker that is gone: done or undone here. */
static int recover_one(struct search *search, struct intent_log *log, struct intent_record *record)
{
	enum outcome outcome = record->outcome;
	struct failure failure;
	int r;

	if (record->state == INTENT_ACTIVE && is_shared(search, &record->plan))
		return leave_unfinished(search, log, record);
	if (record->state == INTENT_ACTIVE && recover(search->sysfs, record, log, &outcome, &failure) != 0) {
		r = tell_unfinished(search, record, &failure);
		intent_log_free(log);
		return r;
	}
	record->state = INTENT_ENDED;
	record->outcome = outcome;
	intent_log_end(log, outcome);
	r = tell_recovered(search, record, outcome);
	if (r >= 0 && kept_logs_is_worth_it(record))
		return keep_one(search, log, record);
	forget_later(search->intents, log);
	return r;
}

/* A file that is no log, or none of this boot and version, is never obeyed, and does not stand in the way. */
static int set_aside(struct search *search, const char *name, int error)
{
	char aside[64], text[256];

	snprintf(aside, sizeof(aside), ASIDE_PREFIX "%.40s", strchr(name, '-') + 1);
	snprintf(text, sizeof(text), "%s/%.40s is %s: it is set aside as %s, and nothing is done by it.",
		 search->intents->path, name,
		 error == -ESTALE ? "the log of another boot, or of another version of cxl-regiond" : "no sound log",
		 aside);
	(void)renameat(search->intents->dir, name, search->intents->dir, aside);
	return member_append(search->set_aside, json_object_new_string(text));
}

static int set_junk_aside(const char *name, int error, void *userdata)
{
	return set_aside(userdata, name, error);
}

static int tell_living(struct search *search, const struct intent_record *record)
{
	char job[96], message[160];

	if (search->n_busy < BUSY_MAX)
		search->busy[search->n_busy++] = record->plan;
	name_job(record, job, sizeof(job));
	snprintf(message, sizeof(message), "The %s has not ended: its worker is still in the middle of it.", job);
	return tell(search->living, record, outcome_name(OUTCOME_UNKNOWN), message);
}

static void note_job(struct search *search, const struct intent_record *record)
{
	if (record->job.id > search->last_job)
		search->last_job = record->job.id;
}

/* What cannot be told of by a log: who it is stays unknown. */
static int tell_stranger(struct search *search, const char *message)
{
	static const struct intent_record stranger = { .job.kind = "unknown" };

	return tell(search->living, &stranger, outcome_name(OUTCOME_UNKNOWN), message);
}

static bool is_looked_for(const struct search *search, const struct intent_record *record)
{
	return search->job == 0 || record->job.id == search->job;
}

/* A worker holds it that is alive. Is it about something? -EAGAIN: it is, and may be through soon. */
static int look_at_living(struct search *search, const char *name)
{
	struct intent_record record;
	struct intent_log *log;
	int r = intent_log_look(search->intents->dir, name, &log);

	if (r < 0)
		return r == -ENOMEM ? r : 0; /* it is being made, or gone */
	r = intent_log_read(log, search->intents->boot_id, &record);
	intent_log_free(log);
	if (r == -ESTALE)
		return tell_stranger(search, "A worker of another version of cxl-regiond has not ended.");
	if (r < 0)
		return 0;
	if (record.state == INTENT_FREE || !is_looked_for(search, &record))
		return 0;
	note_job(search, &record);
	/* Over, but not told yet: if its main is gone, nobody but a later look will tell. */
	if (is_late(&search->until))
		return tell_living(search, &record);
	stay_a_moment();
	return -EAGAIN;
}

/* Is the file held by a worker that lives? */
static int is_held(struct search *search, const char *name)
{
	struct intent_log *log;
	int r = intent_log_open(search->intents->dir, name, &log);

	if (r == 0)
		intent_log_free(log);
	return r == -EWOULDBLOCK;
}

/* The first pass: who lives, and what are they about? */
static int take_held(struct search *search, const char *name)
{
	int r = 0;

	while (r >= 0 && is_held(search, name)) {
		r = look_at_living(search, name);
		if (r != -EAGAIN)
			break;
		r = 0;
	}
	return r;
}

static int take_log(struct search *search, const char *name)
{
	struct intent_record record;
	struct intent_log *log;
	int r = intent_log_open(search->intents->dir, name, &log);

	if (r == -EWOULDBLOCK || r == -ENOENT || r == -ENODATA)
		return 0;
	if (r == -EBADMSG || r == -ELOOP || r == -EISDIR || r == -ENXIO)
		return set_aside(search, name, r);
	if (r < 0)
		return r;
	r = intent_log_read(log, search->intents->boot_id, &record);
	if (r < 0) {
		intent_log_free(log);
		return set_aside(search, name, r);
	}
	if (record.state == INTENT_FREE) {
		intent_log_remove(log);
		return 0;
	}
	if (!is_looked_for(search, &record)) {
		intent_log_free(log);
		return 0;
	}
	note_job(search, &record);
	return recover_one(search, log, &record);
}

/* What goes wrong with one log keeps no other from being taken. */
static int take_all(struct search *search, int (*take)(struct search *search, const char *name))
{
	int copy = openat(search->intents->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!stream) {
		result = -errno;
		cleanup_close(&copy);
		return result;
	}
	while ((entry = readdir(stream))) {
		int r = 0;

		if (strncmp(entry->d_name, INTENT_LOG_PREFIX, strlen(INTENT_LOG_PREFIX)) == 0)
			r = take(search, entry->d_name);
		if (r < 0 && result == 0)
			result = r;
	}
	closedir(stream);
	return result;
}

/*
 * The lock of all that change regions. Who else holds it and has an active log is known from the first pass; who has
 * none yet may begin to write at any moment.
 */
static void lock_host(struct search *search)
{
	int r = host_lock(search->lock_fd);

	while (r == -EWOULDBLOCK && search->n_busy == 0 && !is_late(&search->until)) {
		stay_a_moment();
		r = host_lock(search->lock_fd);
	}
	search->is_locked_out = r == -EWOULDBLOCK;
}

static int start_search(struct search *search, unsigned int patience_ms, struct json_object *result)
{
	int r;

	clock_gettime(CLOCK_MONOTONIC, &search->until);
	search->until.tv_sec += patience_ms / 1000;
	search->until.tv_nsec += patience_ms % 1000 * 1000000l;
	if (search->until.tv_nsec >= 1000000000l) {
		search->until.tv_sec++;
		search->until.tv_nsec -= 1000000000l;
	}
	r = member_add_array(result, "recovered", &search->recovered);
	if (r >= 0)
		r = member_add_array(result, "unfinished", &search->unfinished);
	if (r >= 0)
		r = member_add_array(result, "living", &search->living);
	if (r >= 0)
		r = member_add_array(result, "set_aside", &search->set_aside);
	return r < 0 ? r : member_add_array(result, "kept", &search->kept);
}

int left_logs_recover(struct intents *intents, struct sysfs *sysfs, const struct left_logs_look *look,
		      struct json_object *result)
{
	CLEANUP(cleanup_search) struct search *search = calloc(1, sizeof(*search));
	int r;

	if (!search)
		return -ENOMEM;
	*search = (struct search){ .intents = intents, .sysfs = sysfs, .job = look->job, .lock_fd = look->lock_fd };
	r = intents_open(intents);
	if (r >= 0)
		r = start_search(search, look->patience_ms, result);
	if (r >= 0 && look->kept)
		r = kept_logs_list(intents->dir, intents->boot_id, search->kept, &search->last_job, set_junk_aside,
				   search);
	if (r >= 0)
		r = take_all(search, take_held);
	if (r >= 0)
		lock_host(search);
	if (r >= 0 && search->is_locked_out && search->n_busy == 0)
		r = tell_stranger(search, "A worker of another cxl-regiond may be about to change regions.");
	if (r >= 0)
		r = take_all(search, take_log);
	return r < 0 ? r : member_add_uint(result, "last_job", search->last_job);
}
