/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a stranger can send: bytes into the framing, messages into the checks of the method table, failures and
 * create requests. What was read once is printed, read again, and must be the same.
 */
#include "fuzz.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "frame.h"
#include "json-members.h"
#include "method.h"
#include "plan-json.h"
#include "utf8.h"

/* Small, so that inputs reach the limits: of a message, and of what arrives at once. */
#define MESSAGE_MAX 1024
#define PIECES	    64
#define PIECE_STEP  4

/* A text may have fewer objects and arrays when it is shorter: printing drops white space. */
#define CONTAINERS_ALWAYS_FREE 32

static size_t count_containers(struct json_object *value)
{
	size_t count = 0;

	if (json_object_is_type(value, json_type_array)) {
		count = 1;
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_containers(json_object_array_get_idx(value, i));
	} else if (json_object_is_type(value, json_type_object)) {
		count = 1;
		json_object_object_foreach (value, name, member) {
			(void)name;
			count += count_containers(member);
		}
	}
	return count;
}

/* Prints a message as it goes over a socket, and reads that. NULL when it has more objects than its text may. */
static struct json_object *print_and_read(struct json_object *message)
{
	struct json_object *again = NULL;
	struct frame_writer writer;
	int r;

	frame_writer_init(&writer, FRAME_REPLY_MAX);
	FUZZ_CHECK(frame_writer_push(&writer, message) == 0);
	FUZZ_CHECK(strlen(writer.data) + 1 == writer.used);
	r = frame_parse(writer.data, writer.used - 1, &again);
	FUZZ_CHECK(r == 0 || count_containers(message) > CONTAINERS_ALWAYS_FREE);
	FUZZ_CHECK(r < 0 || json_object_equal(message, again));
	frame_writer_done(&writer);
	return again;
}

/* json-c's own parser and printer find the same; not of numbers beyond 64 bits, of which there are none. */
static void check_against_json_c(struct json_object *message)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = json_object_to_json_string_ext(message, flags);
	CLEANUP(cleanup_json) struct json_object *again = json_tokener_parse(text);
	struct frame_writer writer;

	FUZZ_CHECK(json_object_equal(message, again));
	frame_writer_init(&writer, FRAME_REPLY_MAX);
	FUZZ_CHECK(frame_writer_push(&writer, message) == 0);
	FUZZ_CHECK(strcmp(writer.data, text) == 0);
	frame_writer_done(&writer);
}

/* -- failures ---------------------------------------------------------- */

/* A text that was cut to fit is cleaned when it is sent. */
static void check_text(char *first, const char *second)
{
	FUZZ_CHECK(strcmp(utf8_clean(first), second) == 0);
}

static void check_failure(struct json_object *message)
{
	CLEANUP(cleanup_json) struct json_object *parameters = NULL;
	struct failure first, second;

	failure_from_json(&first, json_get_string(message, "error"), message);
	FUZZ_CHECK(failure_to_json(&first, &parameters) == 0);
	failure_from_json(&second, error_row_get(first.code)->name, parameters);
	FUZZ_CHECK(first.code == second.code && first.outcome == second.outcome);
	FUZZ_CHECK(first.retryable == second.retryable && first.errno_value == second.errno_value);
	check_text(first.message, second.message);
	check_text(first.remedy, second.remedy);
	check_text(first.object, second.object);
	check_text(first.step, second.step);
	check_text(first.attribute, second.attribute);
	check_text(first.value, second.value);
}

/* -- requests ---------------------------------------------------------- */

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check_equal(const struct create_request *a, const struct create_request *b)
{
	FUZZ_CHECK(texts_equal(a->root_decoder, b->root_decoder) && texts_equal(a->uuid, b->uuid));
	FUZZ_CHECK(a->n_memdevs == b->n_memdevs && a->n_memdevs <= REGION_WAYS_MAX);
	for (unsigned int i = 0; i < a->n_memdevs; i++)
		FUZZ_CHECK(texts_equal(a->memdevs[i], b->memdevs[i]));
	FUZZ_CHECK(a->has_ways == b->has_ways && a->ways == b->ways);
	FUZZ_CHECK(a->has_granularity == b->has_granularity && a->granularity == b->granularity);
	FUZZ_CHECK(a->has_size == b->has_size && a->size == b->size);
	FUZZ_CHECK(a->has_type == b->has_type && a->type == b->type && a->enforce_qos == b->enforce_qos);
}

static void check_request(struct json_object *object)
{
	CLEANUP(cleanup_json) struct json_object *again = print_and_read(object);
	struct create_request first, second;
	struct failure failure;
	int r = create_request_from_json(object, &first, &failure);

	if (!again)
		return;
	FUZZ_CHECK(create_request_from_json(again, &second, &failure) == r);
	FUZZ_CHECK(r == 0 || (failure.code == ERROR_INVALID_REQUEST && failure.message[0]));
	if (r == 0)
		check_equal(&first, &second);
}

/* What passed the check is got in the type that the row says. */
static void check_param(const struct param *param, struct json_object *parameters)
{
	struct json_object *value;
	const char *text;
	uint64_t number;
	bool truth;

	switch (param->type) {
	case PARAM_STRING:
		FUZZ_CHECK(!param_string(parameters, param->name, &text) || strlen(text) <= PARAM_STRING_MAX);
		break;
	case PARAM_UINT:
		(void)param_uint(parameters, param->name, &number);
		break;
	case PARAM_BOOL:
		(void)param_bool(parameters, param->name, &truth);
		break;
	case PARAM_STRINGS:
		FUZZ_CHECK(!param_array(parameters, param->name, &value) ||
			   json_object_array_length(value) <= PARAM_ARRAY_MAX);
		break;
	case PARAM_OBJECT:
		if (param_object(parameters, param->name, &value))
			check_request(value);
		break;
	}
}

static void check_call(struct json_object *message)
{
	const struct method *method = method_find(json_get_string(message, "method"));
	struct json_object *parameters = NULL;
	struct failure failure;

	(void)method_interface_exists(json_get_string(message, "method"));
	json_object_object_get_ex(message, "parameters", &parameters);
	if (!method || (parameters && !json_object_is_type(parameters, json_type_object)))
		return;
	if (param_check(method->params, parameters, &failure) != 0) {
		FUZZ_CHECK(failure.code == ERROR_INVALID_REQUEST && failure.message[0]);
		return;
	}
	for (const struct param *param = method->params; param->name; param++) {
		check_param(param, parameters);
		FUZZ_CHECK(!param->required || json_object_object_get(parameters, param->name));
	}
}

/* -- framing ----------------------------------------------------------- */

static void check_message(struct json_object *message)
{
	json_object_put(print_and_read(message));
	check_against_json_c(message);
	check_failure(message);
	check_request(message);
	check_call(message);
}

/* Returns what frame_reader_next() said last: 0, or the error that ends the connection. */
static int take_messages(struct frame_reader *reader)
{
	for (;;) {
		CLEANUP(cleanup_json) struct json_object *message = NULL;
		int r = frame_reader_next(reader, &message);

		if (r <= 0)
			return r;
		check_message(message);
	}
}

/* Takes what has arrived, n bytes. Returns 0, or the error that ends the connection. */
static int receive(struct frame_reader *reader, int fd, size_t n)
{
	while (n > 0) {
		int r = frame_reader_fill(reader, fd);

		if (r < 0)
			return r;
		FUZZ_CHECK(r > 0 && (size_t)r <= n);
		n -= (size_t)r;
		r = take_messages(reader);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The first byte says in what pieces the others arrive. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_reader reader;
	size_t piece, sent = 1;
	int pipe_fds[2], r = 0;

	if (size == 0)
		return 0;
	FUZZ_CHECK(pipe(pipe_fds) == 0);
	frame_reader_init(&reader, MESSAGE_MAX);
	piece = 1 + data[0] % PIECES * PIECE_STEP;
	while (r == 0 && sent < size) {
		size_t n = size - sent < piece ? size - sent : piece;

		FUZZ_CHECK(write(pipe_fds[1], data + sent, n) == (ssize_t)n);
		sent += n;
		r = receive(&reader, pipe_fds[0], n);
	}
	FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -EMSGSIZE || r == -ENOBUFS);
	FUZZ_CHECK(reader.size <= MESSAGE_MAX + 1);
	frame_reader_done(&reader);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return 0;
}
