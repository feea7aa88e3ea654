/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/epoll.h>

#include "cleanup.h"
#include "log.h"
#include "param.h"

static const struct param request_params[] = {
	{ "method", PARAM_STRING, true }, { "parameters", PARAM_OBJECT }, { "more", PARAM_BOOL },
	{ "oneway", PARAM_BOOL },	  { "upgrade", PARAM_BOOL },	  {},
};

static void call_free(struct call *call)
{
	if (!call)
		return;
	json_object_put(call->message);
	free(call);
}

void peer_break(struct peer *peer)
{
	peer->broken = true;
	sd_event_source_set_enabled(peer->resume, SD_EVENT_ONESHOT);
}

/* Nobody sends while it waits for an answer, or hardly anybody: peer_on_io() stops whoever does. */
static void peer_watch(struct peer *peer)
{
	bool empty = frame_writer_is_empty(&peer->writer);
	uint32_t events = 0;

	if (!empty)
		events = EPOLLOUT;
	else if (!peer->read_all)
		events = EPOLLIN;
	if (sd_event_source_set_io_events(peer->io, events) < 0)
		peer_break(peer);
}

/* The time starts anew with each byte that the peer reads, not with what we add. */
static void peer_arm_stall(struct peer *peer, bool has_moved)
{
	int enabled = SD_EVENT_OFF;

	sd_event_source_get_enabled(peer->stall, &enabled);
	if (enabled != SD_EVENT_OFF && !has_moved)
		return;
	sd_event_source_set_time_relative(peer->stall, PEER_STALL_USEC);
	sd_event_source_set_enabled(peer->stall, SD_EVENT_ONESHOT);
}

static void peer_flush(struct peer *peer)
{
	size_t sent = peer->writer.sent;
	int r = frame_writer_flush(&peer->writer, peer->fd);

	if (r < 0)
		peer_break(peer);
	else if (r == 0)
		peer_arm_stall(peer, peer->writer.sent != sent);
	else
		sd_event_source_set_enabled(peer->stall, SD_EVENT_OFF);
}

void peer_send(struct peer *peer, struct json_object *message)
{
	int r;

	if (peer->broken)
		return;
	r = frame_writer_push(&peer->writer, message);
	if (r < 0) {
		log_stranger("peer with pid %d does not read its answers, it is dropped", (int)peer->credentials.pid);
		peer_break(peer);
		return;
	}
	peer_flush(peer);
	peer_watch(peer);
}

void peer_end_call(struct peer *peer)
{
	call_free(peer->call);
	peer->call = NULL;
	/* With nothing at hand, what comes next wakes the loop: a turn of it is spared. */
	if (!peer->broken && !peer->read_all && frame_reader_is_empty(&peer->reader))
		peer_watch(peer);
	else
		sd_event_source_set_enabled(peer->resume, SD_EVENT_ONESHOT);
}

bool peer_hold(struct peer *peer, void (*gone)(void *holder), void *holder)
{
	if (peer->hold_gone)
		return false;
	peer->hold_gone = gone;
	peer->holder = holder;
	return true;
}

void peer_release(struct peer *peer)
{
	peer->hold_gone = NULL;
}

static struct call *call_new(struct peer *peer, struct json_object *message)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->peer = peer;
	call->message = json_object_get(message);
	param_string(message, "method", &call->method);
	param_object(message, "parameters", &call->parameters);
	param_bool(message, "more", &call->more);
	param_bool(message, "oneway", &call->oneway);
	return call;
}

/* Returns 0, -EBADMSG for what is no request, -ENOMEM. */
static int peer_take_request(struct peer *peer, struct json_object *message)
{
	struct failure failure;
	bool upgrade = false;

	if (param_check(request_params, message, &failure) != 0)
		return -EBADMSG;
	peer->call = call_new(peer, message);
	if (!peer->call)
		return -ENOMEM;
	if (peer->call->more && peer->call->oneway)
		return -EBADMSG;
	param_bool(message, "upgrade", &upgrade);
	if (upgrade)
		call_fail_service(peer->call, "MethodNotImplemented", "method", peer->call->method);
	else
		peer->ops->call(peer->userdata, peer->call);
	return 0;
}

static bool peer_may_take_request(const struct peer *peer)
{
	return !peer->broken && !peer->call && frame_writer_is_empty(&peer->writer);
}

static void peer_complain(struct peer *peer, int error)
{
	log_stranger("peer with pid %d, uid %u sent what is no request (%s), it is dropped", (int)peer->credentials.pid,
		     (unsigned int)peer->credentials.uid, strerrorname_np(-error));
	peer->broken = true;
}

/* Serves what has been read, some requests at a time. */
static void peer_take_requests(struct peer *peer)
{
	unsigned int served = 0;

	while (peer_may_take_request(peer) && served++ < PEER_BURST_MAX) {
		CLEANUP(cleanup_json) struct json_object *message = NULL;
		int r = frame_reader_next(&peer->reader, &message);

		if (r == 0) {
			peer->broken = peer->read_all;
			break;
		}
		if (r > 0)
			r = peer_take_request(peer, message);
		if (r < 0) {
			peer_complain(peer, r);
			return;
		}
	}
	if (served >= PEER_BURST_MAX)
		sd_event_source_set_enabled(peer->resume, SD_EVENT_ONESHOT);
	peer_watch(peer);
}

static void peer_read(struct peer *peer)
{
	int r = frame_reader_fill(&peer->reader, peer->fd);

	if (r == -EAGAIN)
		return;
	if (r == -ENOBUFS)
		peer_complain(peer, -EMSGSIZE);
	else if (r < 0)
		peer->broken = true;
	else if (r == 0)
		peer->read_all = true;
}

static int peer_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct peer *peer = userdata;

	/* Input is wanted only while nothing is at hand; a hang-up is always told. */
	if (peer->call && (events & EPOLLIN)) {
		events &= ~(uint32_t)EPOLLIN;
		if (sd_event_source_set_io_events(source, 0) < 0)
			peer->broken = true;
	}
	if (events & EPOLLOUT)
		peer_flush(peer);
	if (events & EPOLLIN)
		peer_read(peer);
	else if (events & (EPOLLHUP | EPOLLERR))
		peer->broken = true;
	if (!peer->broken)
		peer_take_requests(peer);
	if (peer->broken)
		peer->ops->gone(peer->userdata, peer);
	return 0;
}

static int peer_on_resume(sd_event_source *source, void *userdata)
{
	struct peer *peer = userdata;

	if (!peer->broken)
		peer_take_requests(peer);
	if (peer->broken)
		peer->ops->gone(peer->userdata, peer);
	return 0;
}

static int peer_on_stall(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct peer *peer = userdata;

	log_stranger("peer with pid %d does not read its answers, it is dropped", (int)peer->credentials.pid);
	peer->ops->gone(peer->userdata, peer);
	return 0;
}

static int peer_add_sources(struct peer *peer, sd_event *event)
{
	int r;

	r = sd_event_add_io(event, &peer->io, peer->fd, EPOLLIN, peer_on_io, peer);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &peer->stall, CLOCK_MONOTONIC, PEER_STALL_USEC, 0, peer_on_stall,
					       peer);
	if (r >= 0)
		r = sd_event_source_set_enabled(peer->stall, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(event, &peer->resume, peer_on_resume, peer);
	if (r >= 0)
		r = sd_event_source_set_enabled(peer->resume, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

int peer_new(sd_event *event, int fd, struct credentials *credentials, const struct peer_ops *ops, void *userdata,
	     struct peer **ret_peer)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	int r;

	if (!peer) {
		close(fd);
		credentials_done(credentials);
		return -ENOMEM;
	}
	list_init(&peer->node);
	peer->ops = ops;
	peer->userdata = userdata;
	peer->fd = fd;
	peer->credentials = *credentials;
	*credentials = (struct credentials){};
	frame_reader_init(&peer->reader, FRAME_REQUEST_MAX);
	frame_writer_init(&peer->writer, PEER_UNSENT_MAX);
	r = peer_add_sources(peer, event);
	if (r < 0) {
		peer_free(peer);
		return r;
	}
	*ret_peer = peer;
	return 0;
}

void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	list_remove(&peer->node);
	if (peer->call && peer->call->abandon)
		peer->call->abandon(peer->call->holder);
	if (peer->hold_gone)
		peer->hold_gone(peer->holder);
	call_free(peer->call);
	sd_event_source_disable_unref(peer->io);
	sd_event_source_disable_unref(peer->resume);
	sd_event_source_disable_unref(peer->stall);
	frame_reader_done(&peer->reader);
	frame_writer_done(&peer->writer);
	credentials_done(&peer->credentials);
	cleanup_close(&peer->fd);
	free(peer);
}
