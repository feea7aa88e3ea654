/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "memory.h"
#include "scope.h"
#include "steps.h"
#include "text.h"

/* As the errors Damaged and KernelRefused have them. */
enum {
	EXIT_STATUS_DAMAGED = 4,
	EXIT_STATUS_KERNEL_REFUSED = 5,
};

struct repair {
	bool dry_run;
};

static int repair_set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct repair *repair = state;

	repair->dry_run = true;
	return 0;
}

static void print_sentence(const char *label, struct json_object *object, const char *name)
{
	if (!field_has(object, name))
		return;
	printf("  %s", label);
	text_print(stdout, field_string(object, name));
	putchar('\n');
}

static void print_planned(struct json_object *finding)
{
	if (field_count(finding, "steps") == 0) {
		print_sentence("", finding, "remedy");
		return;
	}
	print_sentence("would be done: ", finding, "action");
	steps_print(finding);
}

static void print_outcome(struct json_object *finding)
{
	if (field_is(finding, "outcome", "done")) {
		print_sentence("done: ", finding, "action");
	} else if (field_is(finding, "outcome", "failed")) {
		struct json_object *failure = field_get(finding, "failure", json_type_object);

		print_sentence("failed: ", finding, "action");
		print_sentence("", failure, "message");
		print_sentence("", failure, "remedy");
	} else {
		print_sentence("", finding, "remedy");
	}
}

static void print_finding(struct json_object *finding, bool dry_run)
{
	printf("%s: ", field_string(finding, "object"));
	text_print(stdout, field_string(finding, "why"));
	putchar('\n');
	if (dry_run)
		print_planned(finding);
	else
		print_outcome(finding);
}

static void print_findings(struct json_object *findings, bool dry_run)
{
	size_t n = json_object_array_length(findings);

	if (n == 0)
		puts("Nothing to repair.");
	for (size_t i = 0; i < n; i++)
		print_finding(json_object_array_get_idx(findings, i), dry_run);
}

/* What jobs left that died, and whether it could be put in order now. */
static void print_interrupted(struct json_object *answer, const char *name)
{
	for (size_t i = 0; i < field_count(answer, name); i++) {
		text_print(stdout, field_string(field_at(answer, name, i), "message"));
		putchar('\n');
	}
}

/* What is only worth knowing is none of a repair's business. */
static int status_of(struct json_object *finding)
{
	struct json_object *failure = field_get(finding, "failure", json_type_object);

	if (!field_bool(finding, "damaged") || field_is(finding, "outcome", "done"))
		return EXIT_STATUS_DONE;
	return failure && field_is(failure, "error", "KernelRefused") ? EXIT_STATUS_KERNEL_REFUSED
								      : EXIT_STATUS_DAMAGED;
}

/* A write that the kernel refused says more than something that was left alone. */
static int worst_status(struct json_object *answer, struct json_object *findings)
{
	int worst = field_count(answer, "unfinished") > 0 ? EXIT_STATUS_DAMAGED : EXIT_STATUS_DONE;

	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		int status = status_of(json_object_array_get_idx(findings, i));

		if (status > worst)
			worst = status;
	}
	return worst;
}

static int ask(struct session *session, bool dry_run, struct json_object **ret_answer,
	       struct json_object **ret_findings)
{
	const char *method = dry_run ? "PlanRepair" : "Repair";
	struct problem problem = {};
	int status;

	if (dry_run)
		status = session_call(session, method, NULL, ret_answer, &problem);
	else
		status = session_call_long(session, method, NULL, ret_answer, &problem);
	if (status)
		return session_refuse(session, &problem);
	return session_take(session, method, *ret_answer, "findings", json_type_array, ret_findings);
}

static int repair_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *answer = NULL;
	CLEANUP(cleanup_json) struct json_object *findings = NULL;
	const struct repair *wanted = state;
	struct problem problem = {};
	int status;

	if (count > 0) {
		problem_set_invalid(&problem, arguments[0], "repair takes no argument: it looks at all there is.");
		return session_refuse(session, &problem);
	}
	status = ask(session, wanted->dry_run, &answer, &findings);
	if (status)
		return status;
	if (session->json) {
		text_print_json(stdout, findings);
	} else {
		print_interrupted(answer, "recovered");
		print_interrupted(answer, "unfinished");
		print_findings(findings, wanted->dry_run);
	}
	return wanted->dry_run ? EXIT_STATUS_DONE : worst_status(answer, findings);
}

static const struct option options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	{},
};

const struct command command_repair = {
	.name = "repair",
	.arguments = "[OPTION...]",
	.summary = "find and remove what no job owns",
	.help = "Half-built regions, regions whose targets are gone, memory that is held outside any region: each is\n"
		"told with the evidence, and taken down if it held still for some seconds. What is committed, or\n"
		"may be the firmware's, is left alone and told.\n\n"
		"  -n, --dry-run        print every write that would be made, and make none\n",
	.short_options = "n",
	.long_options = options,
	.state_size = sizeof(struct repair),
	.set = repair_set,
	.run = repair_run,
};
