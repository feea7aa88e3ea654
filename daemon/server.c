/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "interface.h"
#include "json-members.h"
#include "log.h"
#include "member.h"

#define SERVER_RETRY_USEC 1000000ull

/* Everybody may connect: what a method asks for is checked by its row. */
#define SERVER_SOCKET_MODE    0666
#define SERVER_DIRECTORY_MODE 0755

static struct peer *peer_of(struct list *node)
{
	return list_owner(node, struct peer, node);
}

static void server_on_call(void *userdata, struct call *call)
{
	struct server *server = userdata;

	server->call(server->userdata, call);
}

static void server_on_gone(void *userdata, struct peer *peer)
{
	struct server *server = userdata;

	server->peer_count--;
	peer_free(peer);
}

static const struct peer_ops server_peer_ops = { .call = server_on_call, .gone = server_on_gone };

static unsigned int server_count_of(const struct server *server, uid_t uid)
{
	unsigned int count = 0;

	for (struct list *node = server->peers.next; node != &server->peers; node = node->next)
		count += peer_of(node)->credentials.uid == uid;
	return count;
}

static bool server_has_room(const struct server *server, uid_t uid)
{
	unsigned int kept = uid == 0 ? 0 : SERVER_PEERS_KEPT_FOR_ROOT;

	return server->peer_count < SERVER_PEERS_MAX - kept && server_count_of(server, uid) < SERVER_PEERS_MAX_PER_UID;
}

/* One connection too many gets an answer without having asked: as far as the socket takes it, then the end. */
static void server_refuse(int fd, uid_t uid)
{
	CLEANUP(cleanup_json) struct json_object *message = json_object_new_object();
	struct frame_writer writer;
	struct json_object *parameters;
	struct failure failure;

	failure_set(&failure, ERROR_TOO_BUSY, NULL, "User id %u has too many connections to cxl-regiond, or all have.",
		    (unsigned int)uid);
	failure_set_remedy(&failure, "Close connections that are not used, then try again.");
	if (!message || failure_to_json(&failure, &parameters) < 0 ||
	    member_add(message, "parameters", parameters) < 0 ||
	    member_add_string(message, "error", INTERFACE_NAME ".TooBusy") < 0)
		return;
	frame_writer_init(&writer, FRAME_REQUEST_MAX);
	if (frame_writer_push(&writer, message) == 0)
		frame_writer_flush(&writer, fd);
	frame_writer_done(&writer);
}

static void server_add_peer(struct server *server, int accepted)
{
	CLEANUP(cleanup_close) int fd = accepted;
	struct credentials credentials;
	struct peer *peer;
	int r;

	r = credentials_read(fd, &credentials);
	if (r == 0 && !server_has_room(server, credentials.uid)) {
		log_stranger("too many connections: one of uid %u is refused", (unsigned int)credentials.uid);
		server_refuse(fd, credentials.uid);
		credentials_done(&credentials);
		return;
	}
	if (r == 0)
		r = peer_new(server->event, steal_fd(&fd), &credentials, &server_peer_ops, server, &peer);
	if (r < 0) {
		log_write(LOG_ERR, "cannot serve a connection: %s", strerror(-r));
		return;
	}
	list_append(&server->peers, &peer->node);
	server->peer_count++;
}

static int server_on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct server *server = userdata;

	return sd_event_source_set_enabled(server->io, SD_EVENT_ON);
}

/* Without descriptors the socket would stay ready for ever and the loop would spin. */
static void server_pause(struct server *server, int error)
{
	log_write(LOG_ERR, "cannot accept connections for now: %s", strerror(error));
	sd_event_source_set_enabled(server->io, SD_EVENT_OFF);
	sd_event_source_set_time_relative(server->retry, SERVER_RETRY_USEC);
	sd_event_source_set_enabled(server->retry, SD_EVENT_ONESHOT);
}

static int server_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct server *server = userdata;
	int accepted;

	accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (accepted >= 0)
		server_add_peer(server, accepted);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
		server_pause(server, errno);
	return 0;
}

static int server_make_directory(const char *socket_path)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", socket_path) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return mkdir(dirname(path), SERVER_DIRECTORY_MODE) < 0 && errno != EEXIST ? -errno : 0;
}

/* A socket that nobody listens on is what a killed daemon left. */
static int server_remove_dead(const struct sockaddr_un *address)
{
	CLEANUP(cleanup_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno == ENOENT)
		return 0;
	if (errno != ECONNREFUSED)
		return -errno;
	if (lstat(address->sun_path, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST; /* somebody's file: not ours to remove */
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

/* The socket gets its name when it listens already: whoever sees it is not refused. */
static int server_bind(const char *socket_path, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct sockaddr_un address = { .sun_family = AF_UNIX }, unnamed = { .sun_family = AF_UNIX };
	int r;

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path) >= (int)sizeof(address.sun_path) ||
	    snprintf(unnamed.sun_path, sizeof(unnamed.sun_path), "%s.new", socket_path) >=
		    (int)sizeof(unnamed.sun_path))
		return -ENAMETOOLONG;
	r = server_make_directory(socket_path);
	if (r == 0)
		r = server_remove_dead(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (unlink(unnamed.sun_path) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (struct sockaddr *)&unnamed, sizeof(unnamed)) < 0 ||
	    chmod(unnamed.sun_path, SERVER_SOCKET_MODE) < 0 || listen(fd, SERVER_PEERS_MAX) < 0 ||
	    rename(unnamed.sun_path, address.sun_path) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Returns 1 with the one socket that the service manager passed, 0 when it passed none. */
static int server_take_passed(int *ret_fd)
{
	int count = sd_listen_fds(1);

	if (count <= 0)
		return count;
	if (count > 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
		return -EINVAL;
	if (fcntl(SD_LISTEN_FDS_START, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	*ret_fd = SD_LISTEN_FDS_START;
	return 1;
}

int server_listen(struct server *server, sd_event *event, const char *socket_path,
		  void (*call)(void *userdata, struct call *call), void *userdata)
{
	int r;

	*server = (struct server){ .event = event, .fd = -1, .call = call, .userdata = userdata };
	list_init(&server->peers);
	r = server_take_passed(&server->fd);
	if (r != 0)
		return r < 0 ? r : 0;
	r = server_bind(socket_path, &server->fd);
	if (r < 0)
		return r;
	server->unlink_path = strdup(socket_path);
	return server->unlink_path ? 0 : -ENOMEM;
}

int server_start(struct server *server)
{
	int r;

	r = sd_event_add_io(server->event, &server->io, server->fd, EPOLLIN, server_on_io, server);
	if (r >= 0)
		r = sd_event_add_time_relative(server->event, &server->retry, CLOCK_MONOTONIC, 0, 0, server_on_retry,
					       server);
	if (r >= 0)
		r = sd_event_source_set_enabled(server->retry, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

void server_stop(struct server *server)
{
	server->io = sd_event_source_disable_unref(server->io);
	server->retry = sd_event_source_disable_unref(server->retry);
	if (server->unlink_path)
		unlink(server->unlink_path);
	free(server->unlink_path);
	server->unlink_path = NULL;
	cleanup_close(&server->fd);
	server->fd = -1;
}

bool server_has_unsent(const struct server *server)
{
	for (struct list *node = server->peers.next; node != &server->peers; node = node->next)
		if (!frame_writer_is_empty(&peer_of(node)->writer))
			return true;
	return false;
}

void server_done(struct server *server)
{
	if (!server->event)
		return;
	while (!list_is_empty(&server->peers))
		peer_free(peer_of(server->peers.next));
	server_stop(server);
	server->event = NULL;
}
