/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client-error.h"

#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "export.h"
#include "failure.h"
#include "libregion.h"
#include "member.h"
#include "utf8.h"

struct region_error {
	int exit_status;
	struct json_object *json;
};

/* Errors that the Varlink service itself has: no message comes with them, at most the name of what it is about. */
static const struct service_error {
	const char *name;
	enum error_code like; /* the error of ours whose exit status and remedy it has */
	const char *sentence;
	const char *parameter; /* which one says what it is about, or NULL */
} service_errors[] = {
	{ "org.varlink.service.InterfaceNotFound", ERROR_INVALID_REQUEST, "The daemon has no such interface",
	  "interface" },
	{ "org.varlink.service.MethodNotFound", ERROR_INVALID_REQUEST, "The daemon has no such method", "method" },
	{ "org.varlink.service.MethodNotImplemented", ERROR_INVALID_REQUEST, "The daemon does not implement the method",
	  "method" },
	{ "org.varlink.service.InvalidParameter", ERROR_INVALID_REQUEST, "The daemon does not accept the parameter",
	  "parameter" },
	{ "org.varlink.service.ExpectedMore", ERROR_INVALID_REQUEST, "The method answers with more than one reply",
	  NULL },
	{ "org.varlink.service.PermissionDenied", ERROR_NOT_PERMITTED, "The daemon does not permit this", NULL },
};

static const struct service_error *service_error_find(const char *name)
{
	for (size_t i = 0; i < sizeof(service_errors) / sizeof(service_errors[0]); i++) {
		if (strcmp(service_errors[i].name, name) == 0)
			return &service_errors[i];
	}
	return NULL;
}

static const char *get_string(struct json_object *object, const char *name)
{
	struct json_object *member = name ? member_get(object, name, json_type_string) : NULL;

	return member ? json_object_get_string(member) : "";
}

static int add_string_unless_there(struct json_object *object, const char *name, const char *text)
{
	return member_get(object, name, json_type_string) ? 0 : member_add_string(object, name, text);
}

static int add_bool_unless_there(struct json_object *object, const char *name, bool value)
{
	return member_get(object, name, json_type_boolean) ? 0 : member_add_bool(object, name, value);
}

static int copy_members(struct json_object *from, struct json_object *to)
{
	if (!from)
		return 0;
	json_object_object_foreach (from, name, value) {
		if (strcmp(name, "error") == 0 || !value)
			continue;
		if (member_add(to, name, json_object_get(value)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What every error has, taken from the row of the error, or of the one that it is like. */
static int complete(struct json_object *json, const struct error_row *row, const char *message, enum outcome outcome)
{
	if (add_string_unless_there(json, "message", message) < 0 ||
	    add_string_unless_there(json, "remedy", row->remedy) < 0 ||
	    add_string_unless_there(json, "outcome", outcome_name(outcome)) < 0 ||
	    add_bool_unless_there(json, "retryable", row->retryable) < 0)
		return -ENOMEM;
	return 0;
}

static int complete_service_error(struct json_object *json, const struct service_error *row)
{
	const char *subject = get_string(json, row->parameter);
	char message[256];

	snprintf(message, sizeof(message), "%s%s%.128s.", row->sentence, *subject ? ": " : "", subject);
	return complete(json, error_row_get(row->like), utf8_clean(message), OUTCOME_UNCHANGED);
}

static const char *strip_interface(const char *name)
{
	static const char prefix[] = REGION_INTERFACE ".";

	return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

/* Fills json; returns the exit status or -ENOMEM. */
static int describe(struct json_object *json, const char *name)
{
	const struct service_error *service = service_error_find(name);
	const struct error_row *row = error_row_find(name);
	char message[256];
	int r;

	if (service) {
		r = complete_service_error(json, service);
		return r < 0 ? r : error_row_get(service->like)->exit_status;
	}
	if (row) {
		r = complete(json, row, row->sentence, OUTCOME_UNKNOWN);
		return r < 0 ? r : row->exit_status;
	}
	snprintf(message, sizeof(message), "The daemon answered with the error '%.128s'.", name);
	utf8_clean(message);
	row = error_row_get(ERROR_INTERNAL);
	r = complete(json, row, message, OUTCOME_UNKNOWN);
	return r < 0 ? r : row->exit_status;
}

int client_error_new(const char *name, struct json_object *parameters, struct region_error **ret_error)
{
	CLEANUP(cleanup_json) struct json_object *json = json_object_new_object();
	struct region_error *error;
	int r;

	name = strip_interface(name);
	if (!json || member_add_string(json, "error", name) < 0 || copy_members(parameters, json) < 0)
		return -ENOMEM;
	r = describe(json, name);
	if (r < 0)
		return r;
	error = malloc(sizeof(*error));
	if (!error)
		return -ENOMEM;
	*error = (struct region_error){ .exit_status = r, .json = steal_pointer(json) };
	*ret_error = error;
	return 0;
}

REGION_EXPORT void region_error_free(struct region_error *error)
{
	if (!error)
		return;
	json_object_put(error->json);
	free(error);
}

REGION_EXPORT const char *region_error_name(const struct region_error *error)
{
	return get_string(error->json, "error");
}

REGION_EXPORT const char *region_error_message(const struct region_error *error)
{
	return get_string(error->json, "message");
}

REGION_EXPORT const char *region_error_remedy(const struct region_error *error)
{
	return get_string(error->json, "remedy");
}

REGION_EXPORT int region_error_exit_status(const struct region_error *error)
{
	return error->exit_status;
}

REGION_EXPORT struct json_object *region_error_json(const struct region_error *error)
{
	return error->json;
}
