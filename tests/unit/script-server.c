/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frame.h"
#include "script-server.h"

#define PAUSE_MSEC    50
#define REQUEST_MAX   4096
#define ACCEPT_MSEC   10000
#define COMPLAINT_MAX (REQUEST_MAX + 256)

struct script_server {
	char directory[32];
	char path[64];
	int fd;
	pthread_t thread;
	const struct script_step *steps;
	char complaint[COMPLAINT_MAX]; /* empty while all is as expected */
};

/* Reads up to a NUL; an empty text when the peer closed first. */
static void read_message(int fd, char *text, size_t size)
{
	for (size_t i = 0; i + 1 < size && read(fd, text + i, 1) == 1; i++) {
		if (text[i] == '\0')
			return;
	}
	text[0] = '\0';
}

static void expect(struct script_server *server, int fd, const char *expected)
{
	char text[REQUEST_MAX];
	struct json_object *wanted = json_tokener_parse(expected), *got;

	read_message(fd, text, sizeof(text));
	got = json_tokener_parse(text);
	if (!wanted || !got || !json_object_equal(wanted, got))
		snprintf(server->complaint, sizeof(server->complaint), "expected %.200s\ngot %s", expected, text);
	json_object_put(wanted);
	json_object_put(got);
}

static void send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		size -= n;
	}
}

static void flood(int fd)
{
	static char block[1024 * 1024];

	memset(block, ' ', sizeof(block));
	for (size_t sent = 0; sent <= FRAME_REPLY_MAX; sent += sizeof(block))
		send_all(fd, block, sizeof(block));
}

static void play(struct script_server *server, int fd)
{
	for (const struct script_step *step = server->steps; step->action != SCRIPT_CLOSE; step++) {
		switch (step->action) {
		case SCRIPT_CLOSE:
			break;
		case SCRIPT_EXPECT:
			expect(server, fd, step->text);
			break;
		case SCRIPT_SEND:
			send_all(fd, step->text, strlen(step->text) + 1);
			break;
		case SCRIPT_PART:
			send_all(fd, step->text, strlen(step->text));
			poll(NULL, 0, PAUSE_MSEC);
			break;
		case SCRIPT_PAUSE:
			poll(NULL, 0, PAUSE_MSEC);
			break;
		case SCRIPT_FLOOD:
			flood(fd);
			break;
		}
	}
}

static void *serve(void *userdata)
{
	struct script_server *server = userdata;
	struct pollfd waiting = { .fd = server->fd, .events = POLLIN };
	int fd;

	if (poll(&waiting, 1, ACCEPT_MSEC) != 1) {
		snprintf(server->complaint, sizeof(server->complaint), "nobody connected");
		return NULL;
	}
	fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
	play(server, fd);
	close(fd);
	return NULL;
}

struct script_server *script_server_start(const struct script_step *steps)
{
	struct script_server *server = test_calloc(1, sizeof(*server));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	server->steps = steps;
	strcpy(server->directory, "/tmp/script-server-XXXXXX");
	assert_non_null(mkdtemp(server->directory));
	snprintf(server->path, sizeof(server->path), "%s/socket", server->directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->path);
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->fd, 1), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	return server;
}

const char *script_server_path(const struct script_server *server)
{
	return server->path;
}

void script_server_stop(struct script_server *server)
{
	char complaint[COMPLAINT_MAX];

	pthread_join(server->thread, NULL);
	close(server->fd);
	unlink(server->path);
	rmdir(server->directory);
	strcpy(complaint, server->complaint);
	test_free(server);
	if (*complaint)
		fail_msg("%s", complaint);
}
