/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recovery.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "json-members.h"
#include "log.h"
#include "member.h"

/* Its task's id: no job, look-up or query has it. */
#define RECOVERY_ID	(1ull << 46)
#define USEC_PER_SECOND 1000000u

/* -- what is remembered ------------------------------------------------- */

static struct json_object *array_at(struct json_object *array, size_t i)
{
	return json_object_array_get_idx(array, i);
}

static size_t array_length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

static void array_clear(struct json_object *array)
{
	json_object_array_del_idx(array, 0, array_length(array));
}

/* Is it in an array of interrupted jobs already? */
static bool is_told(struct json_object *array, struct json_object *job)
{
	for (size_t i = 0; i < array_length(array); i++)
		if (json_get_uint(array_at(array, i), "job") == json_get_uint(job, "job"))
			return true;
	return false;
}

/* Without memory it is not remembered; the log has it all the same. */
static void remember(struct json_object *array, struct json_object *job)
{
	if (array_length(array) == RECOVERY_HISTORY_MAX)
		json_object_array_del_idx(array, 0, 1);
	if (member_add_int(job, "time", (int64_t)time(NULL)) == 0)
		(void)member_append(array, json_object_get(job));
}

static void log_sentences(int priority, struct json_object *sentences)
{
	for (size_t i = 0; i < array_length(sentences); i++)
		log_write(priority, "%s", json_object_get_string(array_at(sentences, i)));
}

/* What was done in the end this daemon made, or deleted, as if nothing had happened. */
static void note_done(struct recovery *recovery, struct json_object *job)
{
	const char *region = json_get_string(job, "object"), *generation = json_get_string(job, "generation");
	enum job_kind kind;

	if (outcome_find(json_get_string(job, "outcome")) != OUTCOME_DONE ||
	    !job_kind_find(json_get_string(job, "kind"), &kind))
		return;
	if (kind == JOB_CREATE)
		inventory_created(recovery->inventory, region, generation);
	else if (kind == JOB_DELETE)
		inventory_deleted(recovery->inventory, region, generation);
}

static void take_recovered(struct recovery *recovery, struct json_object *jobs)
{
	for (size_t i = 0; i < array_length(jobs); i++) {
		log_write(LOG_NOTICE, "%s", json_get_string(array_at(jobs, i), "message"));
		remember(recovery->recovered, array_at(jobs, i));
		note_done(recovery, array_at(jobs, i));
	}
}

static void forget_job(struct json_object *array, uint64_t job)
{
	for (size_t i = array_length(array); i-- > 0;)
		if (json_get_uint(array_at(array, i), "job") == job)
			json_object_array_del_idx(array, i, 1);
}

/*
 * Those that were told of before are no news; those that are not among them any more are in order by now. A look for
 * one lost job tells of no other.
 */
static void take_news(struct json_object *known, struct json_object *jobs, uint64_t lost_job, int priority)
{
	for (size_t i = 0; i < array_length(jobs); i++)
		if (!is_told(known, array_at(jobs, i)))
			log_write(priority, "%s", json_get_string(array_at(jobs, i), "message"));
	if (lost_job == 0)
		array_clear(known);
	else
		forget_job(known, lost_job);
	for (size_t i = 0; i < array_length(jobs); i++)
		remember(known, array_at(jobs, i));
}

/* Workers of ours that are at work have locked their logs, too. */
static void drop_those_at_work(struct recovery *recovery, struct json_object *jobs, uint64_t lost_job)
{
	for (size_t i = array_length(jobs); i-- > 0;) {
		uint64_t id = json_get_uint(array_at(jobs, i), "job");

		if (id != lost_job && job_queue_has(recovery->queue, id))
			json_object_array_del_idx(jobs, i, 1);
	}
}

/* What this process saw done itself it knows better; for what is still at work here this may come first. */
static int take_kept_one(struct recovery *recovery, struct json_object *kept)
{
	struct key_request request = { .uid = (uid_t)json_get_uint(kept, "uid"),
				       .hash = json_get_uint(kept, "hash"),
				       .job = json_get_uint(kept, "job") };
	uint64_t now = clock_now(), age = json_get_uint(kept, "age_seconds") * USEC_PER_SECOND;
	struct key_entry *entry;
	bool is_new;
	int r = 0;

	snprintf(request.key, sizeof(request.key), "%s", json_get_string(kept, "key"));
	if (!job_kind_find(json_get_string(kept, "kind"), &request.kind) || !key_is_valid(request.key))
		return 0;
	entry = key_table_find(recovery->keys, request.uid, request.key, now);
	is_new = !entry;
	if (entry && (entry->finished || entry->request.job != request.job))
		return 0;
	if (is_new)
		r = key_table_add(recovery->keys, &request, &entry);
	if (r != 0)
		return r;
	key_entry_set_object(entry, json_get_string(kept, "object"), json_get_string(kept, "generation"));
	if (is_new)
		key_entry_finish(entry, now > age ? now - age : 0, NULL);
	return 0;
}

static void take_kept(struct recovery *recovery, struct json_object *jobs)
{
	for (size_t i = 0; i < array_length(jobs); i++)
		if (take_kept_one(recovery, array_at(jobs, i)) != 0)
			log_write(LOG_ERR, "key %s of job %llu cannot be remembered: there is no room",
				  json_get_string(array_at(jobs, i), "key"),
				  (unsigned long long)json_get_uint(array_at(jobs, i), "job"));
}

static void recovery_look_later(struct recovery *recovery)
{
	sd_event_source_set_time_relative(recovery->timer, RECOVERY_PERIOD_USEC);
	sd_event_source_set_enabled(recovery->timer, SD_EVENT_ONESHOT);
}

void recovery_take(struct recovery *recovery, struct json_object *result, uint64_t lost_job)
{
	uint64_t last_job = json_get_uint(result, "last_job");

	recovery->problem[0] = '\0';
	if (last_job > recovery->last_job)
		recovery->last_job = last_job;
	log_sentences(LOG_WARNING, json_get_array(result, "set_aside"));
	take_recovered(recovery, json_get_array(result, "recovered"));
	take_news(recovery->unfinished, json_get_array(result, "unfinished"), lost_job, LOG_ERR);
	drop_those_at_work(recovery, json_get_array(result, "living"), lost_job);
	take_news(recovery->living, json_get_array(result, "living"), lost_job, LOG_WARNING);
	take_kept(recovery, json_get_array(result, "kept"));
	if (array_length(recovery->living) > 0)
		recovery_look_later(recovery);
}

/* -- looking ------------------------------------------------------------- */

static void recovery_failed(struct recovery *recovery, const struct failure *failure)
{
	if (!recovery->problem[0]) {
		snprintf(recovery->problem, sizeof(recovery->problem),
			 "What interrupted jobs left could not be looked for: %.160s", failure->message);
		log_write(LOG_ERR, "%s", recovery->problem);
	}
}

static void recovery_on_done(struct task *task, struct json_object *result, const struct failure *failure)
{
	struct recovery *recovery = list_owner(task, struct recovery, task);
	void (*ended)(void *userdata) = steal_pointer(recovery->first_ended);

	recovery->running = false;
	recovery->looked_usec = clock_now();
	recovery->settled = result;
	if (result && task->parameters) /* else there was no memory to ask for them */
		recovery->knows_keys = true;
	json_object_put(steal_pointer(task->parameters));
	if (result)
		recovery_take(recovery, result, 0);
	else
		recovery_failed(recovery, failure);
	if (!recovery->settled || !recovery->knows_keys)
		recovery_look_later(recovery);
	if (ended)
		ended(recovery->first_userdata);
	recovery->ended(recovery->userdata);
}

bool recovery_is_looking(const struct recovery *recovery)
{
	return recovery->running;
}

static void recovery_look(struct recovery *recovery, unsigned int patience_ms)
{
	static const struct task_ops ops = { .done = recovery_on_done };
	struct json_object *parameters;

	if (recovery->running)
		return;
	if (job_queue_is_working(recovery->queue)) {
		recovery_look_later(recovery);
		return;
	}
	parameters = json_object_new_object();
	if (parameters && (member_add_uint(parameters, "patience_ms", patience_ms) < 0 ||
			   (!recovery->knows_keys && member_add_bool(parameters, "kept", true) < 0)))
		json_object_put(steal_pointer(parameters));
	recovery->running = true;
	recovery->task = (struct task){ .ops = &ops, .id = RECOVERY_ID, .kind = "recover", .parameters = parameters };
	list_init(&recovery->task.node);
	pool_submit(recovery->pool, &recovery->task);
}

void recovery_look_again(struct recovery *recovery)
{
	recovery->settled = false;
	recovery_look(recovery, RECOVERY_PERIOD_PATIENCE_MS);
	if (recovery->running) /* that look may be past what is to be looked for: one more comes behind it */
		recovery_look_later(recovery);
}

static int recovery_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	recovery_look(userdata, RECOVERY_PERIOD_PATIENCE_MS);
	return 0;
}

int recovery_init(struct recovery *recovery, sd_event *event, struct pool *pool, const struct job_queue *queue,
		  struct key_table *keys, struct inventory *inventory, void (*ended)(void *userdata), void *userdata)
{
	int r;

	*recovery = (struct recovery){ .event = event,
				       .pool = pool,
				       .queue = queue,
				       .keys = keys,
				       .inventory = inventory,
				       .ended = ended,
				       .userdata = userdata,
				       .recovered = json_object_new_array(),
				       .unfinished = json_object_new_array(),
				       .living = json_object_new_array() };
	if (!recovery->recovered || !recovery->unfinished || !recovery->living)
		return -ENOMEM;
	r = sd_event_add_time_relative(event, &recovery->timer, CLOCK_MONOTONIC, 0, 0, recovery_on_timer, recovery);
	if (r >= 0)
		r = sd_event_source_set_enabled(recovery->timer, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

void recovery_done(struct recovery *recovery)
{
	recovery->timer = sd_event_source_disable_unref(recovery->timer);
	json_object_put(recovery->task.parameters);
	json_object_put(recovery->recovered);
	json_object_put(recovery->unfinished);
	json_object_put(recovery->living);
	*recovery = (struct recovery){};
}

void recovery_start(struct recovery *recovery, void (*ended)(void *userdata), void *userdata)
{
	recovery->first_ended = ended;
	recovery->first_userdata = userdata;
	recovery_look(recovery, RECOVERY_PATIENCE_MS);
}

/* -- telling ------------------------------------------------------------- */

static struct json_object *find_in(struct json_object *jobs, uint64_t job)
{
	for (size_t i = 0; i < array_length(jobs); i++)
		if (json_get_uint(array_at(jobs, i), "job") == job)
			return array_at(jobs, i);
	return NULL;
}

struct json_object *recovery_find(struct json_object *result, uint64_t job)
{
	static const char *const lists[] = { "recovered", "unfinished", "living" };
	struct json_object *found = NULL;

	for (size_t i = 0; !found && i < sizeof(lists) / sizeof(lists[0]); i++)
		found = find_in(json_get_array(result, lists[i]), job);
	return found;
}

bool recovery_is_living(struct json_object *result, uint64_t job)
{
	return find_in(json_get_array(result, "living"), job);
}

bool recovery_knows_keys(const struct recovery *recovery)
{
	return recovery->knows_keys;
}

const char *recovery_obstacle(const struct recovery *recovery)
{
	if (recovery->problem[0])
		return recovery->problem;
	if (!recovery->settled)
		return "What interrupted jobs left is still being put in order.";
	if (array_length(recovery->living) == 0)
		return NULL;
	return json_get_string(array_at(recovery->living, 0), "message");
}

bool recovery_may_write(const struct recovery *recovery, uint64_t since_usec)
{
	return recovery->running || recovery->looked_usec >= since_usec || recovery_obstacle(recovery);
}

int recovery_add_status(const struct recovery *recovery, struct json_object *status)
{
	int r = member_add(status, "recovered", json_object_get(recovery->recovered));

	if (r >= 0)
		r = member_add(status, "unfinished", json_object_get(recovery->unfinished));
	return r < 0 ? r : member_add(status, "stuck", json_object_get(recovery->living));
}
