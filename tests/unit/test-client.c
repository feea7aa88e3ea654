/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "libregion.h"
#include "script-server.h"

/* Long enough for the script to have closed the connection. */
#define CLOSED_MSEC 50

/* A client that talks to a script. */
struct talk {
	struct script_server *server;
	struct region_client *client;
	struct json_object *result;
	struct region_error *error;
};

static void talk_begin(struct talk *talk, const struct script_step *steps)
{
	*talk = (struct talk){ .server = script_server_start(steps) };
	assert_int_equal(region_client_connect(script_server_path(talk->server), &talk->client), 0);
}

static void talk_end(struct talk *talk)
{
	json_object_put(talk->result);
	region_error_free(talk->error);
	region_client_free(talk->client);
	script_server_stop(talk->server);
}

static int talk_call(struct talk *talk, const char *method)
{
	return region_client_call(talk->client, method, NULL, NULL, NULL, &talk->result, &talk->error);
}

static void assert_json(struct json_object *object, const char *text)
{
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), text);
}

static void test_a_call_and_its_result(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT,
		  "{\"method\":\"io.cxlregiond.Region.ListRegions\",\"parameters\":{\"regions\":[\"region0\"]}}" },
		{ SCRIPT_SEND, "{\"parameters\":{\"regions\":[]}}" },
		{},
	};
	struct json_object *parameters = json_tokener_parse("{\"regions\":[\"region0\"]}");
	struct talk talk;

	talk_begin(&talk, steps);
	assert_int_equal(
		region_client_call(talk.client, "ListRegions", parameters, NULL, NULL, &talk.result, &talk.error), 0);
	assert_json(talk.result, "{\"regions\":[]}");
	assert_null(talk.error);
	talk_end(&talk);
	json_object_put(parameters);
}

static void test_several_calls_on_one_connection(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, "{\"method\":\"org.varlink.service.GetInfo\"}" },
		{ SCRIPT_SEND, "{}" },
		{ SCRIPT_EXPECT, "{\"method\":\"io.cxlregiond.Region.GetStatus\"}" },
		{ SCRIPT_SEND, "{\"parameters\":{\"a\":1},\"continues\":false}" },
		{},
	};
	struct talk talk;

	talk_begin(&talk, steps);
	assert_int_equal(talk_call(&talk, "org.varlink.service.GetInfo"), 0);
	assert_json(talk.result, "{}");
	json_object_put(talk.result);
	assert_int_equal(talk_call(&talk, "GetStatus"), 0);
	assert_json(talk.result, "{\"a\":1}");
	talk_end(&talk);
}

static void test_an_error_with_all_its_fields(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, "{\"method\":\"io.cxlregiond.Region.Create\"}" },
		{ SCRIPT_SEND, "{\"error\":\"io.cxlregiond.Region.KernelRefused\",\"parameters\":{\"message\":\"No.\","
			       "\"remedy\":\"Wait.\",\"outcome\":\"undone\",\"retryable\":true,\"errno\":16}}" },
		{},
	};
	struct talk talk;

	talk_begin(&talk, steps);
	assert_int_equal(talk_call(&talk, "Create"), 1);
	assert_null(talk.result);
	assert_string_equal(region_error_name(talk.error), "KernelRefused");
	assert_string_equal(region_error_message(talk.error), "No.");
	assert_string_equal(region_error_remedy(talk.error), "Wait.");
	assert_int_equal(region_error_exit_status(talk.error), 5);
	assert_json(region_error_json(talk.error),
		    "{\"error\":\"KernelRefused\",\"message\":\"No.\",\"remedy\":\"Wait.\",\"outcome\":\"undone\","
		    "\"retryable\":true,\"errno\":16}");
	talk_end(&talk);
}

/* Whatever a peer leaves out or gets wrong, the error that the caller sees is whole. */
static void test_errors_are_completed(void **state)
{
	static const struct {
		const char *reply, *name, *message;
		int exit_status;
		const char *outcome;
	} cases[] = {
		{ "{\"error\":\"io.cxlregiond.Region.NotFound\"}", "NotFound", "There is no such object.", 3,
		  "unknown" },
		{ "{\"error\":\"io.cxlregiond.Region.NotPermitted\",\"parameters\":{\"message\":null,\"remedy\":5}}",
		  "NotPermitted", "You may not do this.", 6, "unknown" },
		{ "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"a.B\"}}",
		  "org.varlink.service.MethodNotFound", "The daemon has no such method: a.B.", 2, "unchanged" },
		{ "{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"a\"}}",
		  "org.varlink.service.InterfaceNotFound", "The daemon has no such interface: a.", 2, "unchanged" },
		{ "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"size\"}}",
		  "org.varlink.service.InvalidParameter", "The daemon does not accept the parameter: size.", 2,
		  "unchanged" },
		{ "{\"error\":\"org.varlink.service.PermissionDenied\"}", "org.varlink.service.PermissionDenied",
		  "The daemon does not permit this.", 6, "unchanged" },
		{ "{\"error\":\"io.cxlregiond.Region.Future\"}", "Future",
		  "The daemon answered with the error 'Future'.", 1, "unknown" },
		{ "{\"error\":\"com.example.Odd\",\"parameters\":{\"error\":\"x\",\"message\":\"Odd.\"}}",
		  "com.example.Odd", "Odd.", 1, "unknown" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, "{\"method\":\"io.cxlregiond.Region.Enable\"}" },
			{ SCRIPT_SEND, cases[i].reply },
			{},
		};
		struct json_object *outcome = NULL, *retryable = NULL;
		struct talk talk;

		talk_begin(&talk, steps);
		assert_int_equal(talk_call(&talk, "Enable"), 1);
		assert_string_equal(region_error_name(talk.error), cases[i].name);
		assert_string_equal(region_error_message(talk.error), cases[i].message);
		assert_string_not_equal(region_error_remedy(talk.error), "");
		assert_int_equal(region_error_exit_status(talk.error), cases[i].exit_status);
		assert_true(json_object_object_get_ex(region_error_json(talk.error), "outcome", &outcome));
		assert_string_equal(json_object_get_string(outcome), cases[i].outcome);
		assert_true(json_object_object_get_ex(region_error_json(talk.error), "retryable", &retryable));
		assert_true(json_object_is_type(retryable, json_type_boolean));
		talk_end(&talk);
	}
}

struct progress {
	int calls;
	int last;
};

static void note_progress(struct json_object *report, void *userdata)
{
	struct progress *progress = userdata;
	struct json_object *n = NULL;

	assert_true(json_object_object_get_ex(report, "n", &n));
	progress->calls++;
	progress->last = json_object_get_int(n);
}

static void test_progress_comes_before_the_result(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, "{\"method\":\"io.cxlregiond.Region.Create\",\"more\":true}" },
		{ SCRIPT_SEND, "{\"parameters\":{\"progress\":{\"n\":1,\"m\":2}},\"continues\":true}" },
		{ SCRIPT_SEND, "{\"parameters\":{\"other\":1},\"continues\":true}" },
		{ SCRIPT_PART, "{\"parameters\":{\"progress\":{\"n\":2,\"m\"" },
		{ SCRIPT_SEND, ":2}},\"continues\":true}" },
		{ SCRIPT_SEND, "{\"parameters\":{\"region\":{}}}" },
		{},
	};
	struct progress progress = {};
	struct talk talk;

	talk_begin(&talk, steps);
	assert_int_equal(
		region_client_call(talk.client, "Create", NULL, note_progress, &progress, &talk.result, &talk.error),
		0);
	assert_json(talk.result, "{\"region\":{}}");
	assert_int_equal(progress.calls, 2);
	assert_int_equal(progress.last, 2);
	talk_end(&talk);
}

static void on_alarm(int signal)
{
}

/* A signal every millisecond, none of which restarts a system call. */
static void alarms(bool on)
{
	static const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval timer = { { 0, on ? 1000 : 0 }, { 0, on ? 1000 : 0 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void test_pieces_and_signals(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_EXPECT, "{\"method\":\"io.cxlregiond.Region.GetStatus\"}" },
		{ SCRIPT_PAUSE },
		{ SCRIPT_PART, "{\"para" },
		{ SCRIPT_PART, "meters\":{}}" },
		{ SCRIPT_SEND, "" },
		{},
	};
	struct talk talk;

	talk_begin(&talk, steps);
	alarms(true);
	assert_int_equal(talk_call(&talk, "GetStatus"), 0);
	alarms(false);
	talk_end(&talk);
}

/* What breaks a connection breaks it for good: the next call does not wait for an answer to the one before. */
static void test_broken_connections(void **state)
{
	static const struct {
		enum script_action action;
		const char *text;
		int result;
	} cases[] = {
		{ SCRIPT_CLOSE, NULL, -ECONNRESET },
		{ SCRIPT_PART, "{\"parameters\":{}}", -ECONNRESET },
		{ SCRIPT_SEND, "{\"parameters\":[]}", -EBADMSG },
		{ SCRIPT_SEND, "{\"error\":7}", -EBADMSG },
		{ SCRIPT_SEND, "{\"continues\":\"yes\"}", -EBADMSG },
		{ SCRIPT_SEND, "{\"parameters\":{},\"continues\":true}", -EBADMSG },
		{ SCRIPT_SEND, "nonsense", -EBADMSG },
		{ SCRIPT_SEND, "", -EBADMSG },
		{ SCRIPT_FLOOD, NULL, -EMSGSIZE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct script_step steps[] = {
			{ SCRIPT_EXPECT, "{\"method\":\"io.cxlregiond.Region.Delete\"}" },
			{ cases[i].action, cases[i].text },
			{},
		};
		struct talk talk;

		talk_begin(&talk, steps);
		assert_int_equal(talk_call(&talk, "Delete"), cases[i].result);
		assert_int_equal(talk_call(&talk, "Delete"), cases[i].result);
		assert_null(talk.result);
		assert_null(talk.error);
		talk_end(&talk);
	}
}

/* The peer sees the end only when the last who has the connection has closed it. */
static void test_a_connection_that_others_inherit(void **state)
{
	static const struct script_step steps[] = { { SCRIPT_PAUSE }, { SCRIPT_SEND, "{}" }, {} };
	struct talk talk;
	int other;

	talk_begin(&talk, steps);
	assert_int_equal(fcntl(region_client_fd(talk.client), F_GETFD), FD_CLOEXEC);
	other = dup(region_client_fd(talk.client));
	region_client_free(talk.client);
	talk.client = NULL;
	assert_int_equal(poll(&(struct pollfd){ .fd = other, .events = POLLIN }, 1, 5000), 1);
	assert_int_equal(read(other, (char[2]){}, 2), 2);
	close(other);
	talk_end(&talk);
}

static void test_turned_away_before_the_request(void **state)
{
	static const struct script_step steps[] = {
		{ SCRIPT_SEND, "{\"error\":\"io.cxlregiond.Region.TooBusy\"}" },
		{},
	};
	struct talk talk;

	talk_begin(&talk, steps);
	poll(NULL, 0, CLOSED_MSEC);
	assert_int_equal(talk_call(&talk, "GetStatus"), 1);
	assert_string_equal(region_error_name(talk.error), "TooBusy");
	assert_int_equal(region_error_exit_status(talk.error), 8);
	talk_end(&talk);
}

static void test_a_request_too_long(void **state)
{
	static const struct script_step steps[] = { {} };
	struct json_object *parameters = json_object_new_object();
	static char text[70000];
	struct talk talk;

	memset(text, 'x', sizeof(text) - 1);
	json_object_object_add(parameters, "region", json_object_new_string(text));
	talk_begin(&talk, steps);
	assert_int_equal(region_client_call(talk.client, "Delete", parameters, NULL, NULL, &talk.result, &talk.error),
			 -EMSGSIZE);
	talk_end(&talk);
	json_object_put(parameters);
}

static void test_nobody_listens(void **state)
{
	struct region_client *client = NULL;
	char path[200];

	assert_int_equal(region_client_connect("/nonexistent/socket", &client), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(region_client_connect(path, &client), -ENAMETOOLONG);
	assert_null(client);
	region_client_free(NULL);
	region_error_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_and_its_result),
		cmocka_unit_test(test_several_calls_on_one_connection),
		cmocka_unit_test(test_an_error_with_all_its_fields),
		cmocka_unit_test(test_errors_are_completed),
		cmocka_unit_test(test_progress_comes_before_the_result),
		cmocka_unit_test(test_pieces_and_signals),
		cmocka_unit_test(test_broken_connections),
		cmocka_unit_test(test_a_connection_that_others_inherit),
		cmocka_unit_test(test_turned_away_before_the_request),
		cmocka_unit_test(test_a_request_too_long),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
