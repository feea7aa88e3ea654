/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "member.h"

#define CONFIG_GROUP_BUFFER (64 * 1024)

/* inih does not tell lines, so the reader that it calls for each line counts them. */
struct config_file {
	const char *path;
	FILE *stream;
	unsigned int line;
	bool line_open; /* the piece read last did not end its line */
	int error;
	struct config *config;
};

struct config_key {
	const char *section;
	const char *name;
	int (*parse)(struct config *config, const char *value); /* NULL: a later release's, which does nothing yet */
	const char *expects;
};

static int parse_number(const char *value, unsigned int min, unsigned int max, unsigned int *ret_number)
{
	unsigned long number;
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || *end || number < min || number > max)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int parse_choice(const char *value, const char *if_false, const char *if_true, bool *ret_choice)
{
	if (strcmp(value, if_false) != 0 && strcmp(value, if_true) != 0)
		return -EINVAL;
	*ret_choice = strcmp(value, if_true) == 0;
	return 0;
}

static int parse_workers(struct config *config, const char *value)
{
	return parse_number(value, CONFIG_WORKERS_MIN, CONFIG_WORKERS_MAX, &config->workers);
}

static int parse_unfixed_kernel(struct config *config, const char *value)
{
	return parse_choice(value, "warn", "refuse", &config->refuse_unfixed_kernel);
}

static int parse_guest_commit(struct config *config, const char *value)
{
	return parse_choice(value, "refuse", "try", &config->try_guest_commit);
}

static int parse_stop_timeout(struct config *config, const char *value)
{
	return parse_number(value, 1, CONFIG_STOP_TIMEOUT_MAX, &config->stop_timeout_seconds);
}

static int parse_lock_timeout(struct config *config, const char *value)
{
	return parse_number(value, 0, CONFIG_LOCK_TIMEOUT_MAX, &config->lock_timeout_seconds);
}

static int parse_repair_wait(struct config *config, const char *value)
{
	return parse_number(value, 0, CONFIG_REPAIR_WAIT_MAX, &config->repair_wait_seconds);
}

/* @name: has room for CONFIG_GROUP_MAX */
static int parse_group(const char *value, char *name, gid_t *gid)
{
	CLEANUP(cleanup_free) char *buffer = malloc(CONFIG_GROUP_BUFFER);
	struct group group, *found = NULL;

	if (!buffer)
		return -ENOMEM;
	if (strlen(value) >= CONFIG_GROUP_MAX)
		return -EINVAL;
	if (*value) {
		if (getgrnam_r(value, &group, buffer, CONFIG_GROUP_BUFFER, &found) != 0 || !found)
			return -EINVAL;
		*gid = group.gr_gid;
	}
	strcpy(name, value);
	return 0;
}

static int parse_region_group(struct config *config, const char *value)
{
	return parse_group(value, config->region_group, &config->region_gid);
}

static int parse_port_group(struct config *config, const char *value)
{
	return parse_group(value, config->port_group, &config->port_gid);
}

static const struct config_key keys[] = {
	{ "Daemon", "Workers", parse_workers, "a number from 2 to 64" },
	{ "Daemon", "UnfixedKernel", parse_unfixed_kernel, "warn or refuse" },
	{ "Daemon", "GuestCommit", parse_guest_commit, "refuse or try" },
	{ "Daemon", "StopTimeoutSec", parse_stop_timeout, "seconds, from 1 to 3600" },
	{ "Daemon", "RepairWaitSec", parse_repair_wait, "seconds, from 0 to 60" },
	{ "Daemon", "LockTimeoutSec", parse_lock_timeout, "seconds, from 0 (for ever) to 86400" },
	{ "Access", "RegionGroup", parse_region_group, "the name of a group that exists" },
	{ "Access", "PortGroup", parse_port_group, "the name of a group that exists" },
	{ "Access", "DestroyGroup", NULL, NULL },
};

static const struct config_key *config_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static char *config_read_line(char *text, int size, void *userdata)
{
	struct config_file *file = userdata;

	if (!fgets(text, size, file->stream))
		return NULL;
	if (!file->line_open)
		file->line++;
	else if (!file->error) {
		log_write(LOG_ERR, "%s:%u: the line is too long", file->path, file->line);
		file->error = -EINVAL;
	}
	file->line_open = !strchr(text, '\n');
	return text;
}

static void config_warn(struct config_file *file, const char *section, const char *name, const char *what)
{
	log_write(LOG_WARNING, "%s:%u: [%s] %s: %s", file->path, file->line, section, name, what);
	file->config->warnings++;
}

/* Called by inih for each KEY=VALUE; 1 lets it go on to the next. */
static int config_take(void *userdata, const char *section, const char *name, const char *value)
{
	const struct config_key *key = config_key_find(section, name);
	struct config_file *file = userdata;
	int r;

	if (file->error)
		return 1;
	if (!key) {
		config_warn(file, section, name, "no such key, ignored");
		return 1;
	}
	if (!key->parse) {
		config_warn(file, section, name, "not supported by this version, it has no effect");
		return 1;
	}
	r = key->parse(file->config, value);
	if (r < 0) {
		log_write(LOG_ERR, "%s:%u: [%s] %s=%s: expected %s", file->path, file->line, section, name, value,
			  key->expects);
		file->error = r;
	}
	return 1;
}

static int config_read(struct config *config, const char *path)
{
	struct config_file file = { .path = path, .config = config };
	int line;

	file.stream = fopen(path, "re");
	if (!file.stream)
		return -errno;
	line = ini_parse_stream(config_read_line, &file, config_take, &file);
	fclose(file.stream);
	if (file.error)
		return file.error;
	if (line < 0)
		return -ENOMEM;
	if (line > 0) {
		log_write(LOG_ERR, "%s:%d: neither a section nor KEY=VALUE", path, line);
		return -EINVAL;
	}
	return 0;
}

static int dropin_is_wanted(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int dropin_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* -EINVAL has been logged where the line was known. */
static int config_report(const char *path, int r)
{
	if (r < 0 && r != -EINVAL)
		log_write(LOG_ERR, "cannot read %s: %s", path, strerror(-r));
	return r;
}

static int config_read_dropins(struct config *config, const char *directory)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int count, r = 0;

	count = scandir(directory, &entries, dropin_is_wanted, dropin_compare);
	if (count < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : config_report(directory, -errno);
	for (int i = 0; i < count; i++) {
		if (r == 0) {
			snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
			r = config_report(path, config_read(config, path));
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

int config_load(const char *path, struct config *ret_config)
{
	struct config config = { .workers = 4, .stop_timeout_seconds = 30, .repair_wait_seconds = 2 };
	const char *file = path ? path : CONFIG_PATH;
	char directory[PATH_MAX];
	int r;

	if (snprintf(directory, sizeof(directory), "%s.d", file) >= (int)sizeof(directory))
		return config_report(file, -ENAMETOOLONG);
	r = config_read(&config, file);
	if (r == -ENOENT && !path)
		r = 0;
	if (r < 0)
		return config_report(file, r);
	r = config_read_dropins(&config, directory);
	if (r < 0)
		return r;
	*ret_config = config;
	return 0;
}

int config_add_policy(const struct config *config, struct json_object *parameters)
{
	struct json_object *policy = json_object_new_object();
	int r = member_add(parameters, "policy", policy);

	return r < 0 ? r : member_add_bool(policy, "guest_commit", config->try_guest_commit);
}
