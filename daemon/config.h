/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file and its drop-ins. cxl-regiond.conf(5) is the manual of the keys. */
#ifndef CXL_REGIOND_DAEMON_CONFIG_H
#define CXL_REGIOND_DAEMON_CONFIG_H

#include <stdbool.h>
#include <sys/types.h>

struct json_object;

#define CONFIG_PATH "/etc/cxl-regiond/cxl-regiond.conf"

/* One worker is kept for the job that writes, so there are at least two. */
#define CONFIG_WORKERS_MIN 2
#define CONFIG_WORKERS_MAX 64

#define CONFIG_STOP_TIMEOUT_MAX 3600
#define CONFIG_REPAIR_WAIT_MAX	60
#define CONFIG_LOCK_TIMEOUT_MAX 86400
#define CONFIG_GROUP_MAX	64

struct config {
	unsigned int workers;
	bool refuse_unfixed_kernel;
	bool try_guest_commit;
	unsigned int stop_timeout_seconds;
	unsigned int repair_wait_seconds;
	unsigned int lock_timeout_seconds;   /* 0: for ever */
	char region_group[CONFIG_GROUP_MAX]; /* empty: root only */
	gid_t region_gid;		     /* when region_group is not empty */
	char port_group[CONFIG_GROUP_MAX];   /* as region_group */
	gid_t port_gid;
	unsigned int warnings; /* how many were logged */
};

/*
 * config_load() - read a file, then the *.conf of its directory FILE.d in the order of their names.
 *
 * @path: the file, NULL for CONFIG_PATH, which may be missing
 *
 * What is unknown is warned of. A wrong value is logged with file, line and key. Returns 0, -EINVAL after
 * a wrong value, or another negative errno when a file cannot be read (logged too).
 */
int config_load(const char *path, struct config *ret_config);

/*
 * config_add_policy() - tell a worker, in the parameters of its task, what is configured about what it does.
 * Returns 0 or -ENOMEM.
 */
int config_add_policy(const struct config *config, struct json_object *parameters);

#endif
