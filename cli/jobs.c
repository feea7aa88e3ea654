/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "memory.h"
#include "scope.h"
#include "table.h"
#include "text.h"

/* What all share says nothing. */
#define LOCK_SHARED "root0 (shared)"

/* A name if there is one; it lives until the next call. */
static const char *user_name(uint64_t uid)
{
	static char number[24];
	const struct passwd *user = getpwuid((uid_t)uid);

	if (user)
		return user->pw_name;
	snprintf(number, sizeof(number), "%" PRIu64, uid);
	return number;
}

static struct json_object *find_job(struct json_object *jobs, uint64_t number)
{
	for (size_t i = 0; i < json_object_array_length(jobs); i++) {
		struct json_object *job = json_object_array_get_idx(jobs, i);

		if (field_uint(job, "job") == number)
			return job;
	}
	return NULL;
}

/* The job may be none of those that were asked for. */
static char *describe_blocker(struct json_object *job, struct json_object *jobs)
{
	uint64_t number = field_uint(job, "blocked_by");
	struct json_object *blocker = find_job(jobs, number);
	const char *has;

	if (!blocker)
		return memory_format("waits for %s, behind job %" PRIu64, field_string(job, "waits_for"), number);
	has = field_is(blocker, "state", "waiting") ? "is before it" : "has it";
	return memory_format("waits for %s: job %" PRIu64 " (%s%s%s by %s, pid %" PRIu64 ") %s",
			     field_string(job, "waits_for"), number, field_string(blocker, "kind"),
			     field_has(blocker, "object") ? " of " : "", field_string(blocker, "object"),
			     user_name(field_uint(blocker, "uid")), field_uint(blocker, "pid"), has);
}

static char *describe_failure(struct json_object *job)
{
	struct json_object *failure = field_get(job, "failure", json_type_object);

	if (!failure)
		return memory_format("%s", field_string(job, "outcome"));
	return memory_format("%s (%s): %s", field_string(failure, "error"), field_string(failure, "outcome"),
			     field_string(failure, "message"));
}

static char *describe_locks(struct json_object *job)
{
	char *text = memory_format("has");

	for (size_t i = 0; i < field_count(job, "locks"); i++) {
		const char *lock = json_object_get_string(field_at(job, "locks", i));

		if (strcmp(lock, LOCK_SHARED) != 0)
			memory_extend(&text, " %s", lock);
	}
	return text;
}

/* What is worth knowing of a job in that state; to be freed. */
static char *describe(struct json_object *job, struct json_object *jobs)
{
	if (field_has(job, "ended"))
		return describe_failure(job);
	if (field_has(job, "waits_for"))
		return describe_blocker(job, jobs);
	if (field_is(job, "state", "hanging"))
		return memory_format("hangs in %s of %s", field_string(job, "attribute"),
				     field_string(job, "step_object"));
	if (field_is(job, "state", "running") && field_is(job, "kind", "lease"))
		return describe_locks(job);
	if (field_has(job, "lease"))
		return memory_format("under the locks of job %" PRIu64, field_uint(job, "lease"));
	return memory_format("%s", "");
}

/* Of one that has ended the daemon still says which step was the last. */
static void add_step(struct table *table, struct json_object *job)
{
	if (!field_has(job, "step") || field_has(job, "ended"))
		table_add(table, "-");
	else
		table_add(table, "%" PRIu64 " of %" PRIu64 " %s", field_uint(job, "n"), field_uint(job, "m"),
			  field_string(job, "step"));
}

/* A message has words of others in it. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\177')
			*text = '?';
}

static void add_row(struct table *table, struct json_object *job, struct json_object *jobs)
{
	CLEANUP(cleanup_free) char *what = describe(job, jobs);

	clean(what);
	table_add(table, "%" PRIu64, field_uint(job, "job"));
	table_add(table, "%s", field_string(job, "kind"));
	table_add(table, "%s", field_has(job, "object") ? field_string(job, "object") : "-");
	table_add(table, "%s", field_string(job, "state"));
	table_add(table, "%s/%" PRIu64, user_name(field_uint(job, "uid")), field_uint(job, "pid"));
	table_add(table, "%.1f", field_seconds(job, "seconds"));
	add_step(table, job);
	table_add(table, "%s", what);
}

static void print_jobs(struct json_object *jobs)
{
	struct table table;

	table_init(&table, ">JOB KIND OBJECT STATE USER/PID >SECONDS STEP WHAT");
	for (size_t i = 0; i < json_object_array_length(jobs); i++)
		add_row(&table, json_object_array_get_idx(jobs, i), jobs);
	table_print(&table, stdout, "");
	table_done(&table);
}

/* Those that are named, in that order. Returns 0, or an exit status with all said. */
static int ask_each(struct session *session, int count, char **names, struct json_object **ret_jobs)
{
	CLEANUP(cleanup_json) struct json_object *jobs = memory_need(json_object_new_array());
	struct problem problem = {};

	for (int i = 0; i < count; i++) {
		CLEANUP(cleanup_json) struct json_object *parameters = NULL;
		struct json_object *job;
		uint64_t number;
		int status;

		if (job_number_parse(names[i], &number, &problem))
			return session_refuse(session, &problem);
		parameters = job_number_parameters(number);
		status = session_ask(session, "GetJob", parameters, "job", json_type_object, &job);
		if (status)
			return status;
		memory_append(jobs, job);
	}
	*ret_jobs = json_object_get(jobs);
	return EXIT_STATUS_DONE;
}

static int jobs_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *jobs = NULL;
	int status;

	if (count > 0)
		status = ask_each(session, count, arguments, &jobs);
	else
		status = session_ask(session, "ListJobs", NULL, "jobs", json_type_array, &jobs);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, jobs);
	else if (json_object_array_length(jobs) == 0)
		fputs("no jobs\n", stderr);
	else
		print_jobs(jobs);
	return status;
}

const struct command command_jobs = {
	.name = "jobs",
	.arguments = "[JOB...]",
	.summary = "what is worked on, what waits for whom, and what became of the last jobs",
	.help = "One line about each job: those that wait or run, in the order in which they came, then those that\n"
		"ended, the last one first.\n",
	.run = jobs_run,
};
