/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXL_REGIOND_DAEMON_CLOCK_H
#define CXL_REGIOND_DAEMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_usec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* clock_now() - microseconds of CLOCK_MONOTONIC. */
static inline uint64_t clock_now(void)
{
	return clock_usec(CLOCK_MONOTONIC);
}

/* clock_wall() - microseconds since 1970. */
static inline uint64_t clock_wall(void)
{
	return clock_usec(CLOCK_REALTIME);
}

#endif
