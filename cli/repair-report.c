/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repair-report.h"

#include <stdio.h>

#include "field.h"
#include "problem.h"
#include "steps.h"
#include "text.h"

/* As the errors Damaged and KernelRefused have them. */
enum {
	EXIT_STATUS_DAMAGED = 4,
	EXIT_STATUS_KERNEL_REFUSED = 5,
};

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

static void print_findings(struct json_object *answer, bool dry_run)
{
	size_t n = field_count(answer, "findings");

	if (n == 0)
		puts("Nothing to repair.");
	for (size_t i = 0; i < n; i++)
		print_finding(field_at(answer, "findings", i), dry_run);
}

/* What jobs left that died, and whether it could be put in order now. */
static void print_interrupted(struct json_object *answer, const char *name)
{
	for (size_t i = 0; i < field_count(answer, name); i++) {
		text_print(stdout, field_string(field_at(answer, name, i), "message"));
		putchar('\n');
	}
}

void repair_report_print(struct json_object *answer, bool dry_run)
{
	print_interrupted(answer, "recovered");
	print_interrupted(answer, "unfinished");
	print_findings(answer, dry_run);
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
int repair_report_status(struct json_object *answer)
{
	int worst = field_count(answer, "unfinished") > 0 ? EXIT_STATUS_DAMAGED : EXIT_STATUS_DONE;

	for (size_t i = 0; i < field_count(answer, "findings"); i++) {
		int status = status_of(field_at(answer, "findings", i));

		if (status > worst)
			worst = status;
	}
	return worst;
}
