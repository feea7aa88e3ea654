/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json-build.h"
#include "json-print.h"
#include "json-strict.h"

/* What a buffer begins with, and what it may keep while nothing is in it. */
#define BUFFER_MIN  4096u
#define BUFFER_KEEP (64u * 1024)

static int buffer_grow(char **data, size_t *size, size_t need, size_t max)
{
	size_t wanted = *size ? *size : BUFFER_MIN;
	char *grown;

	while (wanted < need)
		wanted *= 2;
	if (wanted > max)
		wanted = max;
	if (wanted <= *size)
		return 0;
	grown = realloc(*data, wanted);
	if (!grown)
		return -ENOMEM;
	*data = grown;
	*size = wanted;
	return 0;
}

static void buffer_release(char **data, size_t *size)
{
	free(*data);
	*data = NULL;
	*size = 0;
}

void frame_reader_init(struct frame_reader *reader, size_t max)
{
	*reader = (struct frame_reader){ .max = max };
}

void frame_reader_done(struct frame_reader *reader)
{
	buffer_release(&reader->data, &reader->size);
	frame_reader_init(reader, reader->max);
}

/* Makes room for one byte at least: what was handed out goes first, then the buffer grows. */
static int reader_make_room(struct frame_reader *reader)
{
	if (reader->start > 0) {
		memmove(reader->data, reader->data + reader->start, reader->used - reader->start);
		reader->used -= reader->start;
		reader->scanned -= reader->start;
		reader->start = 0;
	}
	if (reader->used == 0 && reader->size > BUFFER_KEEP)
		buffer_release(&reader->data, &reader->size);
	if (reader->used < reader->size)
		return 0;
	if (reader->used > reader->max)
		return -ENOBUFS;
	return buffer_grow(&reader->data, &reader->size, reader->used + 1, reader->max + 1);
}

int frame_reader_fill(struct frame_reader *reader, int fd)
{
	ssize_t n;
	int r;

	r = reader_make_room(reader);
	if (r < 0)
		return r;
	do {
		n = read(fd, reader->data + reader->used, reader->size - reader->used);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	reader->used += n;
	return n;
}

int frame_reader_await(struct frame_reader *reader, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int r;

	do {
		r = poll(&poll_fd, 1, -1);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : frame_reader_fill(reader, fd);
}

int frame_reader_next(struct frame_reader *reader, struct json_object **ret_message)
{
	const char *message, *end;
	int r;

	if (reader->scanned == reader->used)
		return reader->used - reader->start > reader->max ? -EMSGSIZE : 0;
	message = reader->data + reader->start;
	end = memchr(reader->data + reader->scanned, '\0', reader->used - reader->scanned);
	if (!end) {
		reader->scanned = reader->used;
		return reader->used - reader->start > reader->max ? -EMSGSIZE : 0;
	}
	reader->start = reader->scanned = end + 1 - reader->data;
	r = frame_parse(message, end - message, ret_message);
	return r < 0 ? r : 1;
}

bool frame_reader_is_empty(const struct frame_reader *reader)
{
	return reader->start == reader->used;
}

void frame_writer_init(struct frame_writer *writer, size_t max)
{
	*writer = (struct frame_writer){ .max = max };
}

void frame_writer_done(struct frame_writer *writer)
{
	buffer_release(&writer->data, &writer->size);
	frame_writer_init(writer, writer->max);
}

int frame_writer_push(struct frame_writer *writer, struct json_object *message)
{
	size_t length, waiting = writer->used - writer->sent;
	int r;

	r = json_print_length(message, &length);
	if (r < 0)
		return r;
	if (length + 1 > writer->max - waiting)
		return -ENOBUFS;
	if (writer->sent > 0) {
		memmove(writer->data, writer->data + writer->sent, waiting);
		writer->used = waiting;
		writer->sent = 0;
	}
	r = buffer_grow(&writer->data, &writer->size, writer->used + length + 1, writer->max);
	if (r < 0)
		return r;
	r = json_print(message, writer->data + writer->used);
	if (r < 0)
		return r;
	writer->used += length;
	writer->data[writer->used++] = '\0';
	return 0;
}

int frame_writer_flush(struct frame_writer *writer, int fd)
{
	while (writer->sent < writer->used) {
		ssize_t n = send(fd, writer->data + writer->sent, writer->used - writer->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		writer->sent += n;
	}
	writer->sent = writer->used = 0;
	if (writer->size > BUFFER_KEEP)
		buffer_release(&writer->data, &writer->size);
	return 1;
}

bool frame_writer_is_empty(const struct frame_writer *writer)
{
	return writer->sent == writer->used;
}

int frame_parse(const char *text, size_t size, struct json_object **ret_object)
{
	if (size > INT_MAX || json_strict_scan(text, size, FRAME_DEPTH_MAX) < 0)
		return -EBADMSG;
	return json_build(text, size, ret_object);
}
