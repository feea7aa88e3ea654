/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "member.h"
#include "utf8.h"

static const char *const outcome_names[] = {
	[OUTCOME_UNCHANGED] = "unchanged",
	[OUTCOME_UNDONE] = "undone",
	[OUTCOME_DONE] = "done",
	[OUTCOME_UNKNOWN] = "unknown",
};

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

enum outcome outcome_find(const char *name)
{
	for (int i = OUTCOME_UNCHANGED; i <= OUTCOME_UNKNOWN; i++) {
		if (strcmp(outcome_names[i], name) == 0)
			return i;
	}
	return OUTCOME_UNKNOWN;
}

int failure_set(struct failure *failure, enum error_code code, const char *object, const char *format, ...)
{
	const struct error_row *row = error_row_get(code);
	va_list arguments;

	*failure = (struct failure){ .code = row->code, .retryable = row->retryable };
	snprintf(failure->remedy, sizeof(failure->remedy), "%s", row->remedy);
	if (object)
		snprintf(failure->object, sizeof(failure->object), "%s", object);
	if (!format) {
		snprintf(failure->message, sizeof(failure->message), "%s", row->sentence);
		return row->code;
	}
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof(failure->message), format, arguments);
	va_end(arguments);
	return row->code;
}

void failure_set_remedy(struct failure *failure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(failure->remedy, sizeof(failure->remedy), format, arguments);
	va_end(arguments);
}

int failure_set_errno(struct failure *failure, int error, const char *doing)
{
	const char *text = strerrordesc_np(-error);

	if (error == -EAGAIN)
		failure_set(failure, ERROR_TOO_BUSY, NULL, "%s: the host did not hold still long enough", doing);
	else
		failure_set(failure, ERROR_INTERNAL, NULL, "%s: %s", doing, text ? text : "unknown error");
	failure->errno_value = -error;
	return failure->code;
}

static int add_text(struct json_object *parameters, const char *name, const char *text)
{
	char copy[sizeof(((struct failure *)NULL)->message)];

	snprintf(copy, sizeof(copy), "%s", text);
	return member_add_string(parameters, name, utf8_clean(copy));
}

static int add_text_if_any(struct json_object *parameters, const char *name, const char *text)
{
	return *text ? add_text(parameters, name, text) : 0;
}

static int add_errno(struct json_object *parameters, int errno_value)
{
	const char *name = strerrorname_np(errno_value);
	int r;

	if (errno_value == 0)
		return 0;
	r = member_add(parameters, "errno", json_object_new_int(errno_value));
	if (r < 0 || !name)
		return r;
	return add_text(parameters, "errno_name", name);
}

int failure_to_json(const struct failure *failure, struct json_object **ret_parameters)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters)
		return -ENOMEM;
	if (add_text(parameters, "message", failure->message) < 0 ||
	    add_text(parameters, "remedy", failure->remedy) < 0 ||
	    add_text(parameters, "outcome", outcome_name(failure->outcome)) < 0 ||
	    member_add_bool(parameters, "retryable", failure->retryable) < 0 ||
	    add_text_if_any(parameters, "object", failure->object) < 0 ||
	    add_text_if_any(parameters, "step", failure->step) < 0 ||
	    add_text_if_any(parameters, "attribute", failure->attribute) < 0 ||
	    add_text_if_any(parameters, "value", failure->value) < 0 || add_errno(parameters, failure->errno_value) < 0)
		return -ENOMEM;
	*ret_parameters = steal_pointer(parameters);
	return 0;
}

static void get_text(struct json_object *parameters, const char *name, char *text, size_t size)
{
	struct json_object *member = member_get(parameters, name, json_type_string);

	snprintf(text, size, "%s", member ? json_object_get_string(member) : "");
}

static enum outcome get_outcome(struct json_object *parameters)
{
	struct json_object *member = member_get(parameters, "outcome", json_type_string);

	return outcome_find(member ? json_object_get_string(member) : "");
}

void failure_from_json(struct failure *failure, const char *name, struct json_object *parameters)
{
	const struct error_row *row = error_row_find(name);
	struct json_object *retryable = member_get(parameters, "retryable", json_type_boolean);
	struct json_object *number = member_get(parameters, "errno", json_type_int);

	*failure = (struct failure){
		.code = row ? row->code : ERROR_INTERNAL,
		.outcome = get_outcome(parameters),
		.retryable = retryable && json_object_get_boolean(retryable),
		.errno_value = number ? json_object_get_int(number) : 0,
	};
	get_text(parameters, "message", failure->message, sizeof(failure->message));
	get_text(parameters, "remedy", failure->remedy, sizeof(failure->remedy));
	get_text(parameters, "object", failure->object, sizeof(failure->object));
	get_text(parameters, "step", failure->step, sizeof(failure->step));
	get_text(parameters, "attribute", failure->attribute, sizeof(failure->attribute));
	get_text(parameters, "value", failure->value, sizeof(failure->value));
}
