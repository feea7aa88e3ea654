/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "frame.h"

/* A socket pair: the test speaks at one end, the code under test works at the other. */
struct pair {
	int ours;
	int theirs;
	struct frame_reader reader;
	struct frame_writer writer;
};

#define MESSAGE_MAX 32

static int pair_setup(void **state)
{
	static struct pair pair;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -1;
	pair.ours = fds[0];
	pair.theirs = fds[1];
	frame_reader_init(&pair.reader, MESSAGE_MAX);
	frame_writer_init(&pair.writer, MESSAGE_MAX);
	*state = &pair;
	return 0;
}

static int pair_teardown(void **state)
{
	struct pair *pair = *state;

	close(pair->ours);
	if (pair->theirs >= 0)
		close(pair->theirs);
	frame_reader_done(&pair->reader);
	frame_writer_done(&pair->writer);
	return 0;
}

static void say(struct pair *pair, const char *bytes, size_t size)
{
	assert_int_equal(write(pair->ours, bytes, size), size);
}

static void assert_next(struct pair *pair, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *message = NULL;

	assert_int_equal(frame_reader_next(&pair->reader, &message), 1);
	assert_string_equal(json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN), expected);
}

static void assert_no_message(struct pair *pair, int result)
{
	struct json_object *message = NULL;

	assert_int_equal(frame_reader_next(&pair->reader, &message), result);
	assert_null(message);
}

static void test_two_messages_at_once(void **state)
{
	struct pair *pair = *state;

	assert_true(frame_reader_is_empty(&pair->reader));
	say(pair, "{\"a\":1}\0{\"b\":2}", 16);
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), 16);
	assert_false(frame_reader_is_empty(&pair->reader));
	assert_next(pair, "{\"a\":1}");
	assert_false(frame_reader_is_empty(&pair->reader));
	assert_next(pair, "{\"b\":2}");
	assert_no_message(pair, 0);
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), -EAGAIN);
}

static void test_a_message_byte_by_byte(void **state)
{
	static const char text[] = "{\"a\":1}";
	struct pair *pair = *state;

	for (size_t i = 0; i < sizeof(text); i++) {
		assert_no_message(pair, 0);
		say(pair, text + i, 1);
		assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), 1);
	}
	assert_next(pair, "{\"a\":1}");
	assert_no_message(pair, 0);
}

static void test_the_end_of_the_stream(void **state)
{
	struct pair *pair = *state;

	say(pair, "{\"a\"", 4);
	shutdown(pair->ours, SHUT_WR);
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), 4);
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), 0);
	assert_no_message(pair, 0);
}

static void test_bad_json_does_not_hide_the_next_message(void **state)
{
	struct pair *pair = *state;

	say(pair, "{'a':1}\0\0{}", 12);
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), 12);
	assert_no_message(pair, -EBADMSG);
	assert_no_message(pair, -EBADMSG);
	assert_next(pair, "{}");
}

static void test_the_longest_message(void **state)
{
	struct pair *pair = *state;
	char text[MESSAGE_MAX + 1];

	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	text[MESSAGE_MAX] = '\0';
	say(pair, text, sizeof(text));
	say(pair, text, sizeof(text));
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), MESSAGE_MAX + 1);
	assert_next(pair, "{}");
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), MESSAGE_MAX + 1);
	assert_next(pair, "{}");
}

static void test_one_byte_too_long(void **state)
{
	struct pair *pair = *state;
	char text[MESSAGE_MAX + 2];

	memset(text, ' ', sizeof(text));
	text[MESSAGE_MAX + 1] = '\0';
	say(pair, text, sizeof(text));
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), MESSAGE_MAX + 1);
	assert_no_message(pair, -EMSGSIZE);
	assert_no_message(pair, -EMSGSIZE);
	assert_int_equal(frame_reader_fill(&pair->reader, pair->theirs), -ENOBUFS);
}

static void push(struct pair *pair, const char *text, int result)
{
	CLEANUP(cleanup_json) struct json_object *message = json_tokener_parse(text);

	assert_int_equal(frame_writer_push(&pair->writer, message), result);
}

static void test_written_as_pushed(void **state)
{
	struct pair *pair = *state;
	char got[64];

	assert_true(frame_writer_is_empty(&pair->writer));
	push(pair, "{\"a\": \"x/y\"}", 0);
	push(pair, "{}", 0);
	assert_false(frame_writer_is_empty(&pair->writer));
	assert_int_equal(frame_writer_flush(&pair->writer, pair->theirs), 1);
	assert_true(frame_writer_is_empty(&pair->writer));
	assert_int_equal(read(pair->ours, got, sizeof(got)), 15);
	assert_memory_equal(got, "{\"a\":\"x/y\"}\0{}", 15);
}

static void test_no_more_waits_than_max(void **state)
{
	struct pair *pair = *state;
	char got[64];

	push(pair, "{\"a\":\"0123456789abcdef0\"}", 0); /* 26 bytes with its NUL */
	push(pair, "{\"a\":1}", -ENOBUFS);
	push(pair, "{\"\":1}", -ENOBUFS); /* 7: one too many */
	push(pair, "{}", 0);
	assert_int_equal(frame_writer_flush(&pair->writer, pair->theirs), 1);
	assert_int_equal(read(pair->ours, got, sizeof(got)), 29);
	push(pair, "{\"a\":1}", 0);
}

/* A socket that takes little at a time: everything arrives, in order, however often the flush must go on. */
static void test_a_full_socket(void **state)
{
	struct pair *pair = *state;
	char got[4096];
	size_t received = 0, pushed = 0;
	int flushes = 0, r;

	frame_writer_init(&pair->writer, FRAME_REPLY_MAX);
	for (int i = 0; i < 20000; i++) {
		push(pair, "{\"key\":\"0123456789abcdef0123456789abcdef0123456789abcdef\"}", 0);
		pushed += 59;
	}
	do {
		ssize_t n;

		r = frame_writer_flush(&pair->writer, pair->theirs);
		assert_in_range(r, 0, 1);
		flushes++;
		while ((n = read(pair->ours, got, sizeof(got))) > 0) {
			for (ssize_t i = 0; i < n; i++)
				assert_int_equal(got[i] == '\0', (received + i) % 59 == 58);
			received += n;
		}
	} while (r == 0);
	assert_true(flushes > 1);
	assert_int_equal(received, pushed);
}

static void test_a_push_between_two_flushes(void **state)
{
	struct pair *pair = *state;
	char got[4096], text[512];
	size_t received = 0;
	ssize_t n;
	int pushes = 0;

	frame_writer_init(&pair->writer, FRAME_REPLY_MAX);
	memset(text, 'x', sizeof(text));
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + sizeof(text) - 3, "\"}", 3);
	do {
		push(pair, text, 0);
		pushes++;
	} while (frame_writer_flush(&pair->writer, pair->theirs) == 1);
	push(pair, text, 0);
	pushes++;
	while (received < pushes * sizeof(text)) {
		frame_writer_flush(&pair->writer, pair->theirs);
		while ((n = read(pair->ours, got, sizeof(got))) > 0) {
			for (ssize_t i = 0; i < n; i++)
				assert_int_equal(got[i], text[(received + i) % sizeof(text)]);
			received += n;
		}
	}
	assert_true(frame_writer_is_empty(&pair->writer));
}

static void test_a_peer_that_is_gone(void **state)
{
	struct pair *pair = *state;

	push(pair, "{}", 0);
	shutdown(pair->ours, SHUT_RD);
	assert_int_equal(frame_writer_flush(&pair->writer, pair->theirs), -EPIPE);
}

int main(void)
{
#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)
	static const struct CMUnitTest tests[] = {
		PAIR_TEST(test_two_messages_at_once),  PAIR_TEST(test_a_message_byte_by_byte),
		PAIR_TEST(test_the_end_of_the_stream), PAIR_TEST(test_bad_json_does_not_hide_the_next_message),
		PAIR_TEST(test_the_longest_message),   PAIR_TEST(test_one_byte_too_long),
		PAIR_TEST(test_written_as_pushed),     PAIR_TEST(test_no_more_waits_than_max),
		PAIR_TEST(test_a_full_socket),	       PAIR_TEST(test_a_push_between_two_flushes),
		PAIR_TEST(test_a_peer_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
