/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <stdio.h>

#include "field.h"
#include "libregion.h"
#include "progress.h"
#include "scope.h"

static void cleanup_region_error(struct region_error **error)
{
	region_error_free(*error);
}

void session_done(struct session *session)
{
	region_client_free(session->client);
	session->client = NULL;
}

static int call(struct session *session, const char *method, struct json_object *parameters, struct progress *progress,
		struct json_object **ret_result, struct problem *ret_problem)
{
	CLEANUP(cleanup_region_error) struct region_error *error = NULL;
	int r;

	if (!session->client) {
		r = region_client_connect(session->socket_path, &session->client);
		if (r < 0)
			return problem_set_connect(ret_problem, session->socket_path, r);
	}
	r = region_client_call(session->client, method, parameters, progress ? progress_show : NULL, progress,
			       ret_result, &error);
	if (r > 0)
		return problem_set_error(ret_problem, error);
	if (r < 0) {
		/* It serves no further call; the next one gets a new connection. */
		session_done(session);
		return problem_set_lost(ret_problem, method, r);
	}
	return EXIT_STATUS_DONE;
}

int session_call(struct session *session, const char *method, struct json_object *parameters,
		 struct json_object **ret_result, struct problem *ret_problem)
{
	return call(session, method, parameters, NULL, ret_result, ret_problem);
}

int session_call_long(struct session *session, const char *method, struct json_object *parameters,
		      struct json_object **ret_result, struct problem *ret_problem)
{
	struct progress progress;
	int status;

	if (session->json || !progress_begin(&progress))
		return call(session, method, parameters, NULL, ret_result, ret_problem);
	status = call(session, method, parameters, &progress, ret_result, ret_problem);
	progress_end(&progress);
	return status;
}

int session_refuse(const struct session *session, struct problem *problem)
{
	int status = problem->exit_status;

	problem_print(problem, session->json, NULL);
	problem_done(problem);
	return status;
}

int session_take(const struct session *session, const char *method, struct json_object *result, const char *member,
		 enum json_type type, struct json_object **ret_member)
{
	struct json_object *found = field_get(result, member, type);
	struct problem problem = {};

	if (!found) {
		problem_set_answer(&problem, method, member);
		return session_refuse(session, &problem);
	}
	*ret_member = json_object_get(found);
	return EXIT_STATUS_DONE;
}

static int ask(struct session *session, const char *method, struct json_object *parameters, const char *member,
	       enum json_type type, double *ret_age, struct json_object **ret_member)
{
	CLEANUP(cleanup_json) struct json_object *result = NULL;
	struct problem problem = {};

	if (session_call(session, method, parameters, &result, &problem))
		return session_refuse(session, &problem);
	*ret_age = field_seconds(result, "age_seconds");
	return session_take(session, method, result, member, type, ret_member);
}

int session_ask(struct session *session, const char *method, struct json_object *parameters, const char *member,
		enum json_type type, struct json_object **ret_member)
{
	double age;

	return ask(session, method, parameters, member, type, &age, ret_member);
}

int session_ask_picture(struct session *session, const char *method, struct json_object *parameters, const char *member,
			enum json_type type, struct json_object **ret_member)
{
	double age;
	int status;

	status = ask(session, method, parameters, member, type, &age, ret_member);
	if (!status && age > AGE_SHOWN_SEC)
		fprintf(stderr, "The kernel does not answer: this is %.0f s old.\n", age);
	return status;
}
