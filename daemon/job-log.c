/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-log.h"

#include <stdio.h>

#include "log.h"

#define USEC_PER_MSEC 1000u

/* An internal error is ours; a refusal is the caller's to see, and of note here. */
static int job_log_priority(const struct failure *failure)
{
	if (!failure)
		return LOG_INFO;
	return failure->code == ERROR_INTERNAL ? LOG_ERR : LOG_NOTICE;
}

static void job_log_write(const struct job_log_entry *entry)
{
	const struct failure *failure = entry->failed ? &entry->failure : NULL;
	const struct job *job = &entry->job;
	const char *outcome = failure ? outcome_name(failure->outcome) : outcome_name(OUTCOME_DONE);
	unsigned long long ms = (entry->ended_usec - job->arrived_usec) / USEC_PER_MSEC;
	const char *error = failure ? error_row_get(failure->code)->name : "";
	char fields[7][96];
	const char *list[] = { fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], NULL };

	snprintf(fields[0], sizeof(fields[0]), "CXL_JOB=%llu", (unsigned long long)job->id);
	snprintf(fields[1], sizeof(fields[1]), "CXL_KIND=%s", job_kind_name(job->kind));
	snprintf(fields[2], sizeof(fields[2]), "CXL_OBJECT=%s", job->region);
	snprintf(fields[3], sizeof(fields[3]), "CXL_UID=%u", (unsigned int)job->uid);
	snprintf(fields[4], sizeof(fields[4]), "CXL_OUTCOME=%s", outcome);
	snprintf(fields[5], sizeof(fields[5]), "CXL_MSEC=%llu", ms);
	snprintf(fields[6], sizeof(fields[6]), "CXL_ERROR=%s", error);
	log_write_fields(job_log_priority(failure), list, "job %llu: %s%s%s for uid %u: %s%s%s%s%s, %llu ms",
			 (unsigned long long)job->id, job_kind_name(job->kind), job->region[0] ? " " : "", job->region,
			 (unsigned int)job->uid, outcome, failure ? ", " : "", error, failure ? ": " : "",
			 failure ? failure->message : "", ms);
}

static void job_log_write_all(struct job_log *log)
{
	for (unsigned int i = 0; i < log->n; i++)
		job_log_write(&log->entries[i]);
	log->n = 0;
}

static int job_log_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	job_log_write_all(userdata);
	return 0;
}

/* What a failure says does not wait. */
static void job_log_schedule(struct job_log *log, bool now)
{
	if (log->n > 1 && !now)
		return; /* the first of them set the timer */
	sd_event_source_set_time_relative(log->timer, now ? 0 : JOB_LOG_REST_USEC);
	sd_event_source_set_time_accuracy(log->timer, now ? 1 : JOB_LOG_REST_USEC / 2);
	sd_event_source_set_enabled(log->timer, SD_EVENT_ONESHOT);
}

int job_log_init(struct job_log *log, sd_event *event)
{
	int r;

	r = sd_event_add_time(event, &log->timer, CLOCK_MONOTONIC, 0, 0, job_log_on_timer, log);
	if (r >= 0)
		r = sd_event_source_set_enabled(log->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_source_set_priority(log->timer, SD_EVENT_PRIORITY_IDLE);
	return r < 0 ? r : 0;
}

void job_log_done(struct job_log *log)
{
	job_log_write_all(log);
	log->timer = sd_event_source_disable_unref(log->timer);
}

void job_log_end(struct job_log *log, const struct job *job, const struct failure *failure, uint64_t now_usec)
{
	struct job_log_entry *entry;

	if (log->n == JOB_LOG_MAX)
		job_log_write_all(log);
	entry = &log->entries[log->n++];
	entry->job = *job;
	entry->ended_usec = now_usec;
	entry->failed = failure;
	if (failure)
		entry->failure = *failure;
	job_log_schedule(log, failure);
}
