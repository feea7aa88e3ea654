/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Varlink's framing: one JSON object a message, ended by one NUL. The same framing serves the socket
 * of the clients and that of the workers.
 */
#ifndef CXL_REGIOND_PROTOCOL_FRAME_H
#define CXL_REGIOND_PROTOCOL_FRAME_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/* A client's request is never long; an answer holds a whole topology. */
#define FRAME_REQUEST_MAX (64u * 1024)
#define FRAME_REPLY_MAX	  (16u * 1024 * 1024)

/* Nesting of objects and arrays that a message may have. */
#define FRAME_DEPTH_MAX 16

struct frame_reader {
	char *data;
	size_t size;	/* allocated */
	size_t start;	/* before it: messages that were handed out */
	size_t used;	/* filled */
	size_t scanned; /* from start to here there is no NUL */
	size_t max;	/* longest message taken */
};

struct frame_writer {
	char *data;
	size_t size;
	size_t used;
	size_t sent;
	size_t max; /* most bytes that may wait */
};

void frame_reader_init(struct frame_reader *reader, size_t max);
void frame_reader_done(struct frame_reader *reader);

/*
 * frame_reader_fill() - read what the socket has, once.
 *
 * Returns the number of bytes; 0 at the end of the stream; -EAGAIN; -ENOBUFS when the buffer is full
 * of a message that is not complete yet (longer than max); another negative errno.
 */
int frame_reader_fill(struct frame_reader *reader, int fd);

/*
 * frame_reader_await() - wait until the socket has something, then frame_reader_fill().
 *
 * Not a read() that blocks: whoever sleeps in one on a Unix socket is also woken when the other side takes what it was
 * sent (see unix_write_space() in the kernel), for nothing, and between each request and its reply.
 */
int frame_reader_await(struct frame_reader *reader, int fd);

/*
 * frame_reader_next() - take one message out.
 *
 * The JSON must be strict (RFC 8259): no comment, no single quotes, no NaN, no duplicate key, no number
 * beyond 64 bits, no deeper nesting than FRAME_DEPTH_MAX, valid UTF-8, one object and nothing behind it.
 * A string that holds \u0000 or half of a surrogate pair is refused too.
 *
 * Returns 1 with a message (the caller puts it); 0 when there is none yet; -EMSGSIZE when it is longer
 * than max; -EBADMSG when it is not such JSON; -ENOMEM.
 */
int frame_reader_next(struct frame_reader *reader, struct json_object **ret_message);

/* frame_reader_is_empty() - has all that was read been taken out? */
bool frame_reader_is_empty(const struct frame_reader *reader);

void frame_writer_init(struct frame_writer *writer, size_t max);
void frame_writer_done(struct frame_writer *writer);

/* frame_writer_push() - append a message. Returns 0, -ENOBUFS when more than max would wait, -ENOMEM. */
int frame_writer_push(struct frame_writer *writer, struct json_object *message);

/* frame_writer_flush() - send what waits, without SIGPIPE. Returns 1 when all is sent, 0 when the socket is full, a negative errno. */
int frame_writer_flush(struct frame_writer *writer, int fd);

bool frame_writer_is_empty(const struct frame_writer *writer);

/* frame_parse() - the strict parser alone: size bytes that are one JSON object. Returns 0, -EBADMSG, -ENOMEM. */
int frame_parse(const char *text, size_t size, struct json_object **ret_object);

#endif
