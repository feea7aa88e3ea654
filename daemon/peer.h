/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection. Its requests are served strictly in turn: the next is looked at when the one before has
 * been answered and the answer has been read. So what a peer can make us keep is one request and one
 * answer.
 */
#ifndef CXL_REGIOND_DAEMON_PEER_H
#define CXL_REGIOND_DAEMON_PEER_H

#include <systemd/sd-event.h>

#include "access.h"
#include "call.h"
#include "frame.h"
#include "list.h"

/* Bytes of answers that may wait for a peer to read them. The largest answer must fit. */
#define PEER_UNSENT_MAX FRAME_REPLY_MAX

/* A peer that reads nothing of what waits for it for so long is dropped. */
#define PEER_STALL_USEC (30 * 1000000ull)

/* Requests that are served in one go before others get their turn. */
#define PEER_BURST_MAX 16

struct peer_ops {
	void (*call)(void *userdata, struct call *call); /* a request has come; answer it, now or later */
	void (*gone)(void *userdata, struct peer *peer); /* it is over; free it */
};

struct peer {
	struct list node; /* in the server */
	const struct peer_ops *ops;
	void *userdata;
	int fd;
	struct credentials credentials;
	struct frame_reader reader;
	struct frame_writer writer;
	sd_event_source *io;
	sd_event_source *resume; /* deferred: goes on with what has been read, or ends */
	sd_event_source *stall;
	struct call *call;		 /* at hand, or NULL */
	void (*hold_gone)(void *holder); /* of who wants to know its end, or NULL */
	void *holder;
	bool broken;   /* ends as soon as the loop comes round */
	bool read_all; /* it sends nothing more, but may still read */
};

/*
 * peer_new() - fd and credentials are taken, also on failure. Returns 0 or a negative errno.
 */
int peer_new(sd_event *event, int fd, struct credentials *credentials, const struct peer_ops *ops, void *userdata,
	     struct peer **ret_peer);
void peer_free(struct peer *peer);

/* peer_send() - queue a message and send what goes. */
void peer_send(struct peer *peer, struct json_object *message);

/* peer_end_call() - its call has been answered. */
void peer_end_call(struct peer *peer);

/*
 * peer_hold() - be told when the connection ends: the last who has it has closed it. Returns false when it has a holder
 * already.
 */
bool peer_hold(struct peer *peer, void (*gone)(void *holder), void *holder);

/* peer_release() - its holder does not want to know any more. */
void peer_release(struct peer *peer);

/* peer_break() - give the connection up, soon: never from within the caller. */
void peer_break(struct peer *peer);

#endif
