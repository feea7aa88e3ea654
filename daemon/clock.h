/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXL_REGIOND_DAEMON_CLOCK_H
#define CXL_REGIOND_DAEMON_CLOCK_H

#include <stdint.h>
#include <time.h>

/* clock_now() - microseconds of CLOCK_MONOTONIC. */
static inline uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

#endif
