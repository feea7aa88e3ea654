/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "member.h"

void channel_init(struct channel *channel, int fd)
{
	*channel = (struct channel){ .fd = fd };
	frame_reader_init(&channel->reader, FRAME_REQUEST_MAX + CHANNEL_ENVELOPE_MAX);
	frame_writer_init(&channel->writer, FRAME_REPLY_MAX);
}

void channel_done(struct channel *channel)
{
	frame_reader_done(&channel->reader);
	frame_writer_done(&channel->writer);
	close(channel->fd);
}

int channel_receive(struct channel *channel, struct json_object **ret_message)
{
	int r;

	for (;;) {
		r = frame_reader_next(&channel->reader, ret_message);
		if (r != 0)
			return r;
		r = frame_reader_await(&channel->reader, channel->fd);
		if (r <= 0)
			return r == -ECONNRESET ? 0 : r;
	}
}

/* A cancel names its job: one that comes late must not stop the next. */
static void take_cancel(struct channel *channel, struct json_object *message)
{
	struct json_object *job = member_get(message, "cancel", json_type_int);

	if (job && json_object_get_uint64(job) == channel->job)
		channel->cancelled = true;
	json_object_put(message);
}

bool channel_is_cancelled(struct channel *channel)
{
	struct pollfd poll_fd = { .fd = channel->fd, .events = POLLIN };
	struct json_object *message;

	while (!channel->lost && poll(&poll_fd, 1, 0) > 0) {
		if (frame_reader_fill(&channel->reader, channel->fd) <= 0) {
			channel->lost = true; /* whoever asked is gone; what was begun is finished */
			break;
		}
		while (frame_reader_next(&channel->reader, &message) > 0)
			take_cancel(channel, message);
	}
	return channel->cancelled;
}

/* Sends one message about the job; taken over. */
static int send_message(struct channel *channel, struct json_object *message)
{
	int r = member_add_uint(message, "job", channel->job);

	if (r >= 0)
		r = frame_writer_push(&channel->writer, message);
	json_object_put(message);
	if (r >= 0)
		r = frame_writer_flush(&channel->writer, channel->fd);
	return r < 0 ? r : 0;
}

void channel_progress(struct channel *channel, struct json_object *progress)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();

	if (!message || channel->lost) {
		json_object_put(progress);
		return;
	}
	if (member_add(message, "progress", progress) >= 0 && send_message(channel, steal_pointer(message)) < 0)
		channel->lost = true;
}

int channel_result(struct channel *channel, struct json_object *result)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();
	int r;

	if (!message) {
		json_object_put(result);
		return -ENOMEM;
	}
	r = member_add(message, "result", result);
	return r < 0 ? r : send_message(channel, steal_pointer(message));
}

int channel_failure(struct channel *channel, const struct failure *failure)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();
	struct json_object *parameters;
	int r;

	if (!message)
		return -ENOMEM;
	r = member_add_string(message, "error", error_row_get(failure->code)->name);
	if (r >= 0)
		r = failure_to_json(failure, &parameters);
	if (r >= 0)
		r = member_add(message, "parameters", parameters);
	return r < 0 ? r : send_message(channel, steal_pointer(message));
}
