/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may call what. */
#ifndef CXL_REGIOND_DAEMON_ACCESS_H
#define CXL_REGIOND_DAEMON_ACCESS_H

#include <stddef.h>
#include <sys/types.h>

#include "failure.h"

enum access_level {
	ACCESS_READ,   /* every local user */
	ACCESS_REGION, /* root, and the members of RegionGroup= */
	ACCESS_PORT,   /* root, and the members of PortGroup= */
};

/* Whom the kernel says that a connection belongs to, at the time it was made. */
struct credentials {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	gid_t *groups; /* supplementary ones */
	size_t group_count;
};

struct config;

/* credentials_read() - from a connected Unix socket. Returns 0 or a negative errno. */
int credentials_read(int fd, struct credentials *ret_credentials);
void credentials_done(struct credentials *credentials);

/* access_check() - returns 0, or ERROR_NOT_PERMITTED with a failure that says who may. */
int access_check(const struct config *config, enum access_level level, const struct credentials *credentials,
		 struct failure *ret_failure);

#endif
