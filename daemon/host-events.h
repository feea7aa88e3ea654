/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens on the host without us, put together: ports that lose their drivers, other programs that write, and
 * the picture that is old then.
 */
#ifndef CXL_REGIOND_DAEMON_HOST_EVENTS_H
#define CXL_REGIOND_DAEMON_HOST_EVENTS_H

struct daemon;
struct json_object;

/* host_events_start() - before the first scan. What cannot be listened to is said, and done without. */
void host_events_start(struct daemon *daemon);
void host_events_done(struct daemon *daemon);

/* host_events_add_problems() - a sentence for each. Returns 0 or -ENOMEM. */
int host_events_add_problems(const struct daemon *daemon, struct json_object *sentences);

#endif
