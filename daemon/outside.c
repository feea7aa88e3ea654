/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "clock.h"
#include "json-members.h"
#include "log.h"
#include "member.h"

#define USEC_PER_SECOND 1000000u
/* At one time; what is left comes next. */
#define OUTSIDE_READS_MAX 16

/* Others are no business of ours: udevadm trigger writes to "uevent" of each device, for instance. */
static const char *const attributes[] = { "create_pmem_region", "create_ram_region", "delete_region", "dpa_size",
					  "mode" };

static bool attribute_matters(const char *name)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (strcmp(name, attributes[i]) == 0)
			return true;
	return false;
}

/* -- what was written ---------------------------------------------------- */

static void outside_seen(struct outside *outside, struct outside_watch *watch, const char *attribute, uint64_t now_usec)
{
	bool worth_telling = !watch->told || now_usec - watch->told_usec >= OUTSIDE_TOLD_USEC;

	snprintf(watch->attribute, sizeof(watch->attribute), "%s", attribute);
	watch->seen_usec = now_usec;
	if (worth_telling) {
		watch->told = true;
		watch->told_usec = now_usec;
	}
	outside->ops->seen(outside->userdata, watch->decoder, watch->attribute, worth_telling);
}

static struct outside_watch *watch_by_wd(struct outside *outside, int wd)
{
	for (size_t i = 0; i < outside->n; i++)
		if (outside->watches[i].wd == wd)
			return &outside->watches[i];
	return NULL;
}

/* The answer for a decoder holds for all that is read at one time. */
static bool outside_is_ours(struct outside *outside, struct outside_watch *watch, uint64_t now_usec)
{
	uint64_t since = now_usec > OUTSIDE_GRACE_USEC ? now_usec - OUTSIDE_GRACE_USEC : 0;

	if (watch->judged_usec != now_usec) {
		if (since < outside->empty_usec)
			since = outside->empty_usec;
		watch->ours = outside->ops->is_ours(outside->userdata, watch->decoder, since);
		watch->judged_usec = now_usec;
	}
	return watch->ours;
}

static void outside_take(struct outside *outside, const struct inotify_event *event, uint64_t now_usec)
{
	struct outside_watch *watch = watch_by_wd(outside, event->wd);

	if (event->mask & IN_Q_OVERFLOW)
		outside->ops->lost(outside->userdata);
	else if (watch && event->len > 0 && attribute_matters(event->name) &&
		 !outside_is_ours(outside, watch, now_usec))
		outside_seen(outside, watch, event->name, now_usec);
}

/* Returns whether there may be more. */
static bool outside_read(struct outside *outside, uint64_t now_usec)
{
	char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t length = read(outside->fd, buffer, sizeof(buffer));

	for (char *at = buffer; length > 0 && at < buffer + length;) {
		const struct inotify_event *event = (const struct inotify_event *)at;

		outside_take(outside, event, now_usec);
		at += sizeof(*event) + event->len;
	}
	return length > 0 && (size_t)length + sizeof(struct inotify_event) + NAME_MAX + 1 > sizeof(buffer);
}

/* All that was written before now_usec is read here. */
static int outside_on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct outside *outside = userdata;
	uint64_t now_usec = clock_now();

	for (int i = 0; i < OUTSIDE_READS_MAX; i++)
		if (!outside_read(outside, now_usec)) {
			outside->empty_usec = now_usec;
			break;
		}
	return 0;
}

/* -- watches ------------------------------------------------------------- */

int outside_init(struct outside *outside, sd_event *event, const char *directory, const struct outside_ops *ops,
		 void *userdata)
{
	int r;

	*outside = (struct outside){ .directory = directory, .ops = ops, .userdata = userdata };
	outside->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r = outside->fd < 0 ? -errno
			    : sd_event_add_io(event, &outside->io, outside->fd, EPOLLIN, outside_on_io, outside);
	if (r >= 0)
		r = sd_event_source_set_priority(outside->io, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_ratelimit(outside->io, OUTSIDE_REST_USEC, 1);
	outside->empty_usec = clock_now();
	if (r < 0) {
		outside_done(outside);
		return r;
	}
	return 0;
}

void outside_done(struct outside *outside)
{
	sd_event_source_disable_unref(outside->io);
	if (outside->fd > 0)
		close(outside->fd);
	free(outside->watches);
	*outside = (struct outside){ .fd = -1 };
}

static struct outside_watch *watch_by_decoder(struct outside *outside, const char *decoder)
{
	for (size_t i = 0; i < outside->n; i++)
		if (strcmp(outside->watches[i].decoder, decoder) == 0)
			return &outside->watches[i];
	return NULL;
}

static void outside_say_limited(struct outside *outside, int error)
{
	if (outside->limited)
		return;
	outside->limited = true;
	log_write(LOG_NOTICE, "not all decoders can be watched for what other programs write there: %s",
		  strerror(error));
}

/* A new one is not there yet: it has no memory. */
static struct outside_watch *watch_new(struct outside *outside, const char *decoder)
{
	struct outside_watch *watches;

	if (outside->n == OUTSIDE_WATCHES_MAX)
		return NULL;
	watches = reallocarray(outside->watches, outside->n + 1, sizeof(*watches));
	if (!watches)
		return NULL;
	outside->watches = watches;
	watches[outside->n] = (struct outside_watch){ .wd = -1 };
	snprintf(watches[outside->n].decoder, sizeof(watches[outside->n].decoder), "%s", decoder);
	return &watches[outside->n++];
}

static void watch_forget(struct outside *outside, struct outside_watch *watch)
{
	if (watch->wd >= 0)
		inotify_rm_watch(outside->fd, watch->wd);
	watch->wd = -1;
}

/* The same directory gets the same number again; another one under the same name a new one. */
static void outside_watch_decoder(struct outside *outside, const char *decoder)
{
	struct outside_watch *watch = watch_by_decoder(outside, decoder);
	char path[PATH_MAX];
	int wd;

	if (!watch)
		watch = watch_new(outside, decoder);
	if (!watch) {
		outside_say_limited(outside, ENOMEM);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", outside->directory, decoder);
	wd = inotify_add_watch(outside->fd, path, IN_MODIFY | IN_ONLYDIR);
	if (wd < 0) {
		if (errno != ENOENT)
			outside_say_limited(outside, errno);
		return;
	}
	if (wd != watch->wd)
		watch_forget(outside, watch);
	watch->wd = wd;
	watch->wanted = true;
}

static void outside_drop_unwanted(struct outside *outside)
{
	for (size_t i = outside->n; i-- > 0;) {
		struct outside_watch *watch = &outside->watches[i];

		if (watch->wanted) {
			watch->wanted = false;
			continue;
		}
		watch_forget(outside, watch);
		*watch = outside->watches[--outside->n];
	}
}

void outside_watch(struct outside *outside, struct json_object *topology)
{
	struct json_object *decoders = outside->io ? json_get_array(topology, "decoders") : NULL;

	for (size_t i = 0; decoders && i < json_object_array_length(decoders); i++) {
		const char *name = json_get_string(json_object_array_get_idx(decoders, i), "decoder");

		if (region_name_is_valid(REGION_NAME_DECODER, name))
			outside_watch_decoder(outside, name);
	}
	outside_drop_unwanted(outside);
}

/* -- status -------------------------------------------------------------- */

int outside_add_problems(const struct outside *outside, uint64_t now_usec, struct json_object *sentences)
{
	char text[160];
	int r = 0;

	for (size_t i = 0; r == 0 && i < outside->n; i++) {
		const struct outside_watch *watch = &outside->watches[i];

		if (!watch->attribute[0] || now_usec - watch->seen_usec >= OUTSIDE_PROBLEM_USEC)
			continue;
		snprintf(text, sizeof(text), "%s's %s was written by another program %llu s ago.", watch->decoder,
			 watch->attribute, (unsigned long long)((now_usec - watch->seen_usec) / USEC_PER_SECOND));
		r = member_append(sentences, json_object_new_string(text));
	}
	return r;
}
