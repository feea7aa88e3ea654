/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "scope.h"
#include "text.h"

static const char *fix_sentence(const char *fix)
{
	if (strcmp(fix, "upstream") == 0)
		return "fixed in this kernel (upstream's fix)";
	if (strcmp(fix, "patch") == 0)
		return "fixed in this kernel (patched)";
	if (strcmp(fix, "livepatch") == 0)
		return "fixed by a livepatch";
	if (strcmp(fix, "none") == 0)
		return "NOT fixed in this kernel";
	return "unknown";
}

static void print_line(const char *label, const char *value)
{
	printf("%-13s ", label);
	text_print(stdout, value);
	putchar('\n');
}

static void print_running(struct json_object *job)
{
	printf("%-13s job %" PRIu64 ": %s %s, step %" PRIu64 " of %" PRIu64, "", field_uint(job, "job"),
	       field_string(job, "kind"), field_string(job, "object"), field_uint(job, "n"), field_uint(job, "m"));
	if (field_has(job, "step"))
		printf(" (%s: %s of %s)", field_string(job, "step"), field_string(job, "attribute"),
		       field_string(job, "step_object"));
	printf(", %s for %.1f s\n", field_string(job, "state"), field_seconds(job, "seconds"));
}

static void print_jobs(struct json_object *status)
{
	uint64_t jobs = field_uint(status, "jobs"), waiting = field_uint(status, "waiting");

	if (jobs == 0)
		printf("%-13s 0\n", "jobs");
	else
		printf("%-13s %" PRIu64 " running, %" PRIu64 " waiting\n", "jobs", jobs - waiting, waiting);
}

static void print_sentence(const char *label, size_t i, const char *sentence)
{
	print_line(i == 0 ? label : "", sentence ? sentence : "");
}

/* Jobs that died with their worker or their daemon. */
static void print_interrupted(struct json_object *status, const char *name)
{
	for (size_t i = 0; i < field_count(status, name); i++)
		print_sentence(name, i, field_string(field_at(status, name, i), "message"));
}

static void print_problems(struct json_object *status)
{
	for (size_t i = 0; i < field_count(status, "problems"); i++)
		print_sentence("problems", i, json_object_get_string(field_at(status, "problems", i)));
}

static void print_status(struct json_object *status)
{
	struct json_object *running = field_get(status, "running", json_type_object);
	double age = field_seconds(status, "age_seconds");

	printf("%-13s %s (pid %" PRIu64 ")%s\n", "cxl-regiond", field_string(status, "version"),
	       field_uint(status, "pid"), field_bool(status, "ready") ? "" : ", still looking at the host");
	print_line("kernel", field_string(status, "kernel"));
	print_line("delete race", fix_sentence(field_string(status, "kernel_fix")));
	if (field_has(status, "kernel_fix_detail"))
		print_line("", field_string(status, "kernel_fix_detail"));
	printf("%-13s %" PRIu64 "\n", "memdevs", field_uint(status, "memdevs"));
	printf("%-13s %" PRIu64 "\n", "regions", field_uint(status, "regions"));
	printf("%-13s %" PRIu64 "\n", "damaged", field_uint(status, "damaged"));
	print_jobs(status);
	if (running)
		print_running(running);
	print_interrupted(status, "recovered");
	print_interrupted(status, "unfinished");
	print_interrupted(status, "stuck");
	print_problems(status);
	if (age > AGE_SHOWN_SEC)
		printf("This is how the host was %.0f s ago: the kernel has not answered since.\n", age);
}

static int status_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *answer = NULL;
	struct problem problem = {};
	int status;

	if (count > 0) {
		problem_set_invalid(&problem, arguments[0], "status takes no argument.");
		return session_refuse(session, &problem);
	}
	status = session_ask(session, "GetStatus", NULL, "status", json_type_object, &answer);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, answer);
	else
		print_status(answer);
	return status;
}

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "how the daemon and the kernel are",
	.help = "Which daemon and kernel run, whether the kernel's race of region deletions is fixed and what remains\n"
		"exposed, how many regions there are, and what the daemon works on.\n",
	.run = status_run,
};
