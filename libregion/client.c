/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"
#include "client-error.h"
#include "export.h"
#include "frame.h"
#include "libregion.h"
#include "member.h"

struct region_client {
	int fd;
	int broken; /* the negative errno after which nothing more can be said to the daemon */
	struct frame_reader reader;
	struct frame_writer writer;
};

/* One reply, whose members live as long as the message. */
struct reply {
	const char *error;
	bool continues;
	struct json_object *parameters;
};

static int socket_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP(cleanup_close) int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

REGION_EXPORT int region_client_connect(const char *socket_path, struct region_client **ret_client)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct region_client *client;
	int r;

	r = socket_connect(socket_path ? socket_path : REGION_SOCKET_PATH, &fd);
	if (r < 0)
		return r;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->fd = steal_fd(&fd);
	frame_reader_init(&client->reader, FRAME_REPLY_MAX);
	frame_writer_init(&client->writer, FRAME_REQUEST_MAX);
	*ret_client = client;
	return 0;
}

REGION_EXPORT int region_client_fd(const struct region_client *client)
{
	return client->fd;
}

REGION_EXPORT void region_client_free(struct region_client *client)
{
	if (!client)
		return;
	close(client->fd);
	frame_reader_done(&client->reader);
	frame_writer_done(&client->writer);
	free(client);
}

/* A method without a dot is one of ours. */
static int add_method(struct json_object *request, const char *method)
{
	CLEANUP(cleanup_free) char *full = NULL;

	if (strchr(method, '.'))
		return member_add_string(request, "method", method);
	full = malloc(strlen(REGION_INTERFACE ".") + strlen(method) + 1);
	if (!full)
		return -ENOMEM;
	stpcpy(stpcpy(full, REGION_INTERFACE "."), method);
	return member_add_string(request, "method", full);
}

static int request_new(const char *method, struct json_object *parameters, bool more, struct json_object **ret_request)
{
	CLEANUP(cleanup_json) struct json_object *request = json_object_new_object();

	if (!request || add_method(request, method) < 0)
		return -ENOMEM;
	if (parameters && member_add(request, "parameters", json_object_get(parameters)) < 0)
		return -ENOMEM;
	if (more && member_add_bool(request, "more", true) < 0)
		return -ENOMEM;
	*ret_request = steal_pointer(request);
	return 0;
}

static int client_send(struct region_client *client, struct json_object *request)
{
	int r;

	r = frame_writer_push(&client->writer, request);
	if (r < 0)
		return r == -ENOBUFS ? -EMSGSIZE : r;
	do {
		r = frame_writer_flush(&client->writer, client->fd);
	} while (r == 0);
	return r < 0 ? r : 0;
}

static int client_receive(struct region_client *client, struct json_object **ret_message)
{
	int r;

	for (;;) {
		r = frame_reader_next(&client->reader, ret_message);
		if (r != 0)
			return r < 0 ? r : 0;
		r = frame_reader_await(&client->reader, client->fd);
		if (r == 0)
			return -ECONNRESET;
		if (r < 0)
			return r;
	}
}

/* Leaves *ret_member untouched when there is none. Returns -EBADMSG when it has another type. */
static int take_member(struct json_object *object, const char *name, enum json_type type,
		       struct json_object **ret_member)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !member)
		return 0;
	if (!json_object_is_type(member, type))
		return -EBADMSG;
	*ret_member = member;
	return 0;
}

static int reply_read(struct json_object *message, struct reply *ret_reply)
{
	struct json_object *error = NULL, *continues = NULL, *parameters = NULL;

	if (take_member(message, "error", json_type_string, &error) < 0 ||
	    take_member(message, "continues", json_type_boolean, &continues) < 0 ||
	    take_member(message, "parameters", json_type_object, &parameters) < 0)
		return -EBADMSG;
	*ret_reply = (struct reply){
		.error = error ? json_object_get_string(error) : NULL,
		.continues = continues && json_object_get_boolean(continues),
		.parameters = parameters,
	};
	return 0;
}

static int hand_out(const struct reply *reply, struct json_object **ret_result, struct region_error **ret_error)
{
	struct json_object *result;
	int r;

	if (reply->error) {
		r = client_error_new(reply->error, reply->parameters, ret_error);
		return r < 0 ? r : 1;
	}
	result = reply->parameters ? json_object_get(reply->parameters) : json_object_new_object();
	if (!result)
		return -ENOMEM;
	*ret_result = result;
	return 0;
}

/* Waits for the last reply. To a request that could not be sent, only an error can be the answer. */
static int client_answer(struct region_client *client, bool sent, region_progress_fn progress, void *userdata,
			 struct json_object **ret_result, struct region_error **ret_error)
{
	for (;;) {
		CLEANUP(cleanup_json) struct json_object *message = NULL;
		struct json_object *report = NULL;
		struct reply reply;
		int r;

		r = client_receive(client, &message);
		if (r < 0)
			return r;
		if (reply_read(message, &reply) < 0 || (!sent && !reply.error))
			return -EBADMSG;
		if (reply.error || !reply.continues)
			return hand_out(&reply, ret_result, ret_error);
		if (!progress || take_member(reply.parameters, "progress", json_type_object, &report) < 0)
			return -EBADMSG;
		if (report)
			progress(report, userdata);
	}
}

static int client_call(struct region_client *client, const char *method, struct json_object *parameters,
		       region_progress_fn progress, void *userdata, struct json_object **ret_result,
		       struct region_error **ret_error)
{
	CLEANUP(cleanup_json) struct json_object *request = NULL;
	int r, sent;

	r = request_new(method, parameters, progress, &request);
	if (r < 0)
		return r;
	/* A daemon that turns us away says why and closes at once: what it said can be read all the same. */
	sent = client_send(client, request);
	if (sent < 0 && sent != -EPIPE && sent != -ECONNRESET)
		return sent;
	return client_answer(client, sent == 0, progress, userdata, ret_result, ret_error);
}

REGION_EXPORT int region_client_call(struct region_client *client, const char *method, struct json_object *parameters,
				     region_progress_fn progress, void *userdata, struct json_object **ret_result,
				     struct region_error **ret_error)
{
	int r;

	if (client->broken)
		return client->broken;
	r = client_call(client, method, parameters, progress, userdata, ret_result, ret_error);
	if (r < 0)
		client->broken = r;
	return r;
}
