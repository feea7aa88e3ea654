/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "intents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kept-logs.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

void intents_init(struct intents *intents, const char *path)
{
	*intents = (struct intents){ .path = path, .dir = -1 };
}

static int read_boot_id(char *boot_id)
{
	CLEANUP(cleanup_close) int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, boot_id, INTENT_BOOT_MAX - 1);

	if (length < 0)
		return -errno;
	boot_id[length] = '\0';
	boot_id[strcspn(boot_id, "\n")] = '\0';
	return 0;
}

/* With the directory above it, which the socket unit or main makes where the socket is in it. */
static int make_directory(const char *path)
{
	CLEANUP(cleanup_free) char *above = strdup(path);
	char *slash = above ? strrchr(above, '/') : NULL;

	if (!above)
		return -ENOMEM;
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || !slash || slash == above)
		return -errno;
	*slash = '\0';
	if (mkdir(above, 0755) < 0 && errno != EEXIST)
		return -errno;
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* The service manager makes the directory; whoever runs the daemon by hand gets it made here. */
int intents_open(struct intents *intents)
{
	int r;

	if (intents->dir >= 0)
		return 0;
	r = read_boot_id(intents->boot_id);
	if (r < 0)
		return r;
	r = make_directory(intents->path);
	if (r < 0)
		return r;
	intents->dir = open(intents->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return intents->dir < 0 ? -errno : 0;
}

void intents_done(struct intents *intents)
{
	struct intent_record record;

	while (intents->n_over > 0) /* main was not told: another look finds them */
		intent_log_free(intents->over[--intents->n_over]);
	if (intents->log && intent_log_read(intents->log, intents->boot_id, &record) == 0 &&
	    record.state == INTENT_FREE)
		intent_log_remove(intents->log);
	else
		intent_log_free(intents->log);
	cleanup_close(&intents->dir);
}

int intents_begin(struct intents *intents, const struct intent_job *job, const struct plan *plan,
		  struct failure *ret_failure)
{
	int r = 0;

	if (!intents->log)
		r = intents_open(intents);
	if (r == 0 && !intents->log)
		r = intent_log_new(intents->dir, intents->boot_id, &intents->log);
	if (r == 0) {
		intent_log_begin(intents->log, job, plan);
		return 0;
	}
	failure_set(ret_failure, ERROR_INTERNAL, NULL, "no log of the job can be kept in %s: %s", intents->path,
		    strerror(-r));
	failure_set_remedy(ret_failure,
			   "Without a log nothing is changed: see to it that %s can be written, with room for "
			   "a page a worker.",
			   intents->path);
	ret_failure->errno_value = -r;
	ret_failure->retryable = r == -ENOSPC || r == -ENOMEM;
	return ret_failure->code;
}

void intents_end(struct intents *intents, enum outcome outcome)
{
	if (intents->log && !intent_log_end(intents->log, outcome)) {
		intent_log_free(intents->log);
		intents->log = NULL;
	}
}

void intents_told(struct intents *intents)
{
	struct intent_record record;

	while (intents->n_over > 0)
		intent_log_remove(intents->over[--intents->n_over]);
	if (!intents->log)
		return;
	if (intent_log_read(intents->log, intents->boot_id, &record) == 0 && kept_logs_is_worth_it(&record))
		kept_logs_keep(intents->dir, steal_pointer(intents->log));
	else
		intent_log_release(intents->log);
}
