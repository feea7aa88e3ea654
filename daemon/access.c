/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "access.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "config.h"

int credentials_read(int fd, struct credentials *ret_credentials)
{
	CLEANUP(cleanup_free) gid_t *groups = NULL;
	socklen_t size = sizeof(struct ucred), groups_size = 0;
	struct ucred peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	/* The first call tells the size; a peer's groups do not change after connect(). */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &groups_size) < 0 && errno != ERANGE)
		return -errno;
	if (groups_size > 0) {
		groups = malloc(groups_size);
		if (!groups)
			return -ENOMEM;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_size) < 0)
			return -errno;
	}
	*ret_credentials = (struct credentials){
		.uid = peer.uid,
		.gid = peer.gid,
		.pid = peer.pid,
		.groups = steal_pointer(groups),
		.group_count = groups_size / sizeof(gid_t),
	};
	return 0;
}

void credentials_done(struct credentials *credentials)
{
	free(credentials->groups);
	credentials->groups = NULL;
	credentials->group_count = 0;
}

static bool credentials_have_group(const struct credentials *credentials, gid_t gid)
{
	if (credentials->gid == gid)
		return true;
	for (size_t i = 0; i < credentials->group_count; i++)
		if (credentials->groups[i] == gid)
			return true;
	return false;
}

/* The group that a level is granted to. */
struct grant {
	const char *key;
	const char *group; /* empty: none */
	gid_t gid;
	const char *what;
};

static bool is_granted(const struct grant *grant, const struct credentials *credentials)
{
	return credentials->uid == 0 || (grant->group[0] && credentials_have_group(credentials, grant->gid));
}

static int check_grant(const struct grant *grant, const struct credentials *credentials, struct failure *ret_failure)
{
	if (is_granted(grant, credentials))
		return 0;
	failure_set(ret_failure, ERROR_NOT_PERMITTED, NULL, "User id %u may not %s.", (unsigned int)credentials->uid,
		    grant->what);
	if (grant->group[0])
		failure_set_remedy(ret_failure, "Run it as root, or as a member of the group \"%s\".", grant->group);
	else
		failure_set_remedy(ret_failure,
				   "Run it as root, or let root name a group of yours in %s= of cxl-regiond.conf(5).",
				   grant->key);
	return ERROR_NOT_PERMITTED;
}

int access_check(const struct config *config, enum access_level level, const struct credentials *credentials,
		 struct failure *ret_failure)
{
	const struct grant region = { "RegionGroup", config->region_group, config->region_gid, "change regions" };
	const struct grant port = { "PortGroup", config->port_group, config->port_gid, "bind or unbind ports" };

	switch (level) {
	case ACCESS_READ:
		return 0;
	case ACCESS_REGION:
		return check_grant(&region, credentials, ret_failure);
	case ACCESS_PORT:
		return check_grant(&port, credentials, ret_failure);
	}
	return failure_set(ret_failure, ERROR_NOT_PERMITTED, NULL, NULL);
}
