/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's end of its socket to the main process: jobs come in, progress and answers go out. */
#ifndef CXL_REGIOND_WORKER_CHANNEL_H
#define CXL_REGIOND_WORKER_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "frame.h"

struct json_object;

/* The descriptor that the spawner leaves to a worker. */
#define CHANNEL_FD 3

/* What main puts around the request of a client, which may be as long as FRAME_REQUEST_MAX. */
#define CHANNEL_ENVELOPE_MAX 4096

struct channel {
	int fd;
	struct frame_reader reader;
	struct frame_writer writer;
	uint64_t job;	   /* the one at work, or the last one */
	bool cancelled;	   /* it was told to stop */
	_Atomic bool lost; /* main is gone: the job is finished for nobody */
};

void channel_init(struct channel *channel, int fd);
void channel_done(struct channel *channel);

/* channel_receive() - wait for the next job. Returns 1 with a message, 0 when main is gone, a negative errno. */
int channel_receive(struct channel *channel, struct json_object **ret_message);

/* channel_is_cancelled() - has main asked in the meantime to stop the job? Never blocks. */
bool channel_is_cancelled(struct channel *channel);

/* channel_progress() - tell of a step; taken over. What cannot be told is not told: the job goes on. */
void channel_progress(struct channel *channel, struct json_object *progress);

/* channel_result() - the job is done; taken over. Returns 0 or a negative errno. */
int channel_result(struct channel *channel, struct json_object *result);

/* channel_failure() - the job failed. Returns 0 or a negative errno. */
int channel_failure(struct channel *channel, const struct failure *failure);

#endif
