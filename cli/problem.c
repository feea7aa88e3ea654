/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "field.h"
#include "libregion.h"
#include "memory.h"
#include "scope.h"
#include "text.h"

void problem_done(struct problem *problem)
{
	json_object_put(problem->json);
	*problem = (struct problem){};
}

static int set(struct problem *problem, int exit_status, const char *error, const char *message, const char *remedy,
	       const char *outcome)
{
	problem->exit_status = exit_status;
	problem->json = memory_need(json_object_new_object());
	memory_add_string(problem->json, "error", error);
	memory_add_string(problem->json, "message", message);
	memory_add_string(problem->json, "remedy", remedy);
	memory_add_string(problem->json, "outcome", outcome);
	memory_add_bool(problem->json, "retryable", exit_status == EXIT_STATUS_NO_DAEMON);
	return exit_status;
}

int problem_set_error(struct problem *problem, const struct region_error *error)
{
	problem->exit_status = region_error_exit_status(error);
	problem->json = json_object_get(region_error_json(error));
	return problem->exit_status;
}

int problem_set_invalid(struct problem *problem, const char *argument, const char *format, ...)
{
	char message[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	set(problem, EXIT_STATUS_USAGE, "InvalidRequest", message,
	    "See 'cxlctl --help', 'cxlctl COMMAND --help' or cxlctl(1).", "unchanged");
	if (argument)
		memory_add_string(problem->json, "object", argument);
	return problem->exit_status;
}

static void add_errno(struct problem *problem, int error)
{
	const char *name = strerrorname_np(-error);

	memory_add_uint(problem->json, "errno", -error);
	if (name)
		memory_add_string(problem->json, "errno_name", name);
}

int problem_set_connect(struct problem *problem, const char *socket_path, int error)
{
	CLEANUP(cleanup_free) char *message = NULL;

	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
	case -ENOTDIR:
		message = memory_format("No cxl-regiond listens at %s.", socket_path);
		set(problem, EXIT_STATUS_NO_DAEMON, "NoDaemon", message,
		    "Start it with 'systemctl start cxl-regiond.socket'.", "unchanged");
		break;
	case -EACCES:
	case -EPERM:
		message = memory_format("You may not connect to %s.", socket_path);
		set(problem, EXIT_STATUS_NOT_PERMITTED, "NotPermitted", message,
		    "See who may use the socket with 'ls -l', or run the command as root.", "unchanged");
		break;
	case -ENAMETOOLONG:
		problem_set_invalid(problem, "--socket", "The path of the socket is too long: %.200s", socket_path);
		break;
	default:
		message = memory_format("Connecting to %s failed: %s.", socket_path, strerror(-error));
		set(problem, EXIT_STATUS_INTERNAL, "InternalError", message,
		    "See how the daemon is with 'systemctl status cxl-regiond'.", "unchanged");
		break;
	}
	add_errno(problem, error);
	return problem->exit_status;
}

/* method: GetStatus, or with its interface before it. */
static bool only_reads(const char *method)
{
	const char *dot = strrchr(method, '.');

	if (dot)
		method = dot + 1;
	return strncmp(method, "Get", 3) == 0 || strncmp(method, "List", 4) == 0 || strncmp(method, "Plan", 4) == 0;
}

int problem_set_lost(struct problem *problem, const char *method, int error)
{
	CLEANUP(cleanup_free) char *message = NULL;

	switch (error) {
	case -ECONNRESET:
		message = memory_format("The daemon went away before it answered %s.", method);
		break;
	case -EBADMSG:
		message = memory_format("What the daemon answered to %s is no Varlink reply.", method);
		break;
	case -EMSGSIZE:
		message = memory_format("The request %s or its answer is longer than a message may be.", method);
		break;
	default:
		message = memory_format("Talking to the daemon about %s failed: %s.", method, strerror(-error));
		break;
	}
	if (only_reads(method))
		set(problem, EXIT_STATUS_INTERNAL, "InternalError", message,
		    "Try again; 'systemctl status cxl-regiond' tells how the daemon is.", "unchanged");
	else
		set(problem, EXIT_STATUS_INTERNAL, "InternalError", message,
		    "See what became of the request with 'cxlctl region list' before you repeat it.", "unknown");
	add_errno(problem, error);
	return problem->exit_status;
}

int problem_set_answer(struct problem *problem, const char *method, const char *missing)
{
	CLEANUP(cleanup_free)
	char *message = memory_format("The daemon's answer to %s has no '%s' of the right type.", method, missing);

	return set(problem, EXIT_STATUS_INTERNAL, "InternalError", message,
		   "Check that cxlctl and cxl-regiond are of the same version.", "unknown");
}

static const char *outcome_sentence(const char *outcome)
{
	if (strcmp(outcome, "undone") == 0)
		return "What had been written was taken back.";
	if (strcmp(outcome, "done") == 0)
		return "The request took effect all the same.";
	if (strcmp(outcome, "unknown") == 0)
		return "It is not known what of it took effect.";
	return NULL;
}

static void print_sentences(const struct problem *problem, const char *subject)
{
	const char *message = field_string(problem->json, "message");
	const char *remedy = field_string(problem->json, "remedy");
	const char *outcome = outcome_sentence(field_string(problem->json, "outcome"));

	fputs("cxlctl: ", stderr);
	if (subject && !strstr(message, subject))
		fprintf(stderr, "%s: ", subject);
	text_print(stderr, message);
	fputc('\n', stderr);
	if (outcome)
		fprintf(stderr, "%s\n", outcome);
	if (*remedy) {
		text_print(stderr, remedy);
		fputc('\n', stderr);
	}
}

void problem_print(const struct problem *problem, bool json, const char *subject)
{
	if (json)
		text_print_json(stderr, problem->json);
	else
		print_sentences(problem, subject);
}
