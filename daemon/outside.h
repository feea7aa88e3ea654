/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else writes: inotify on the directories of decoders. The kernel sends no event when an attribute is written, and
 * programs like cxl(1) may do so beside the daemon. Main only names the directories: a watch looks a path up, it
 * neither reads nor writes anything there.
 *
 * What our own workers write is told as well, and may be read here when their job is over. So the owner is asked
 * whether a job of its own had the decoder since the queue was empty last.
 */
#ifndef CXL_REGIOND_DAEMON_OUTSIDE_H
#define CXL_REGIOND_DAEMON_OUTSIDE_H

#include <systemd/sd-event.h>

#include "libregion.h"

/* Between two looks: our own jobs write a score of times each. */
#define OUTSIDE_REST_USEC (1000 * 1000ull)
/* What is read now was not written longer ago. */
#define OUTSIDE_GRACE_USEC (5 * 1000000ull)
/* One line in the log for a decoder in this time. */
#define OUTSIDE_TOLD_USEC (60 * 1000000ull)
/* Status tells of it for so long. */
#define OUTSIDE_PROBLEM_USEC (600 * 1000000ull)

#define OUTSIDE_WATCHES_MAX   4096
#define OUTSIDE_ATTRIBUTE_MAX 32

struct json_object;

struct outside_ops {
	/* Has a job of ours, or may it have, worked on this decoder at any time since then? */
	bool (*is_ours)(void *userdata, const char *decoder, uint64_t since_usec);
	/* Another program wrote there. worth_telling: it is the first time in OUTSIDE_TOLD_USEC that it did. */
	void (*seen)(void *userdata, const char *decoder, const char *attribute, bool worth_telling);
	/* So much was written that the kernel dropped some of it: nobody knows who did what. */
	void (*lost)(void *userdata);
};

struct outside_watch {
	int wd;
	bool wanted; /* named in the picture that is being taken over */
	char decoder[REGION_NAME_MAX];
	char attribute[OUTSIDE_ATTRIBUTE_MAX]; /* what another program wrote last, empty for nothing */
	uint64_t seen_usec;
	uint64_t told_usec;
	bool told;
	uint64_t judged_usec; /* when it was asked last whose job had it */
	bool ours;
};

struct outside {
	int fd;
	sd_event_source *io;
	const char *directory;
	const struct outside_ops *ops;
	void *userdata;
	struct outside_watch *watches;
	size_t n;
	uint64_t empty_usec; /* when the queue was empty last */
	bool limited;	     /* it was said that not all can be watched */
};

/*
 * outside_init() - nothing is watched yet.
 *
 * @directory: where the decoders are; stays the caller's
 * @ops: stays the caller's
 *
 * Returns 0 or a negative errno; after a failure the other functions do nothing.
 */
int outside_init(struct outside *outside, sd_event *event, const char *directory, const struct outside_ops *ops,
		 void *userdata);
void outside_done(struct outside *outside);

/*
 * outside_watch() - watch these decoders and no others.
 *
 * @topology: of the interface's type Topology
 *
 * To be called again when decoders came or went: the kernel does not tell that a watched directory is gone, and one that
 * came back is another. What cannot be watched is left out, and that is said once.
 */
void outside_watch(struct outside *outside, struct json_object *topology);

/* outside_add_problems() - a sentence for each decoder that was written to of late. Returns 0 or -ENOMEM. */
int outside_add_problems(const struct outside *outside, uint64_t now_usec, struct json_object *sentences);

#endif
