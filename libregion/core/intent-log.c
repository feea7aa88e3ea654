/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intent-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "intent-page.h"

#define NAME_TRIES 16

struct intent_log {
	int dir;
	int fd;
	char name[64];
	char boot_id[INTENT_BOOT_MAX];
	struct intent_page *page;
};

/* -- files --------------------------------------------------------------- */

static int log_map(struct intent_log *log)
{
	void *page = mmap(NULL, INTENT_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, log->fd, 0);

	if (page == MAP_FAILED)
		return -errno;
	log->page = page;
	return 0;
}

static struct intent_log *log_allocate(int dir, const char *name)
{
	struct intent_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->dir = dir;
	log->fd = -1;
	snprintf(log->name, sizeof(log->name), "%s", name);
	return log;
}

/* A name that most likely no file has. */
static int draw_name(const char *prefix, char *name, size_t size)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	snprintf(name, size, "%s%06x", prefix, random & 0xffffff);
	return 0;
}

/* Makes a file and locks it. Before it is locked, whoever recovers takes it for what a dead process left. */
static int log_create_once(struct intent_log *log)
{
	struct stat st;
	int r = draw_name(INTENT_LOG_PREFIX, log->name, sizeof(log->name));

	if (r < 0)
		return r;
	log->fd = openat(log->dir, log->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log->fd < 0)
		return -errno;
	if (flock(log->fd, LOCK_EX | LOCK_NB) < 0 || fstat(log->fd, &st) < 0 || st.st_nlink == 0) {
		cleanup_close(&log->fd);
		return -EEXIST;
	}
	return 0;
}

static int log_create(struct intent_log *log)
{
	int r = -EEXIST;

	for (int i = 0; r == -EEXIST && i < NAME_TRIES; i++)
		r = log_create_once(log);
	return r;
}

int intent_log_new(int dir, const char *boot_id, struct intent_log **ret_log)
{
	struct intent_log *log = log_allocate(dir, "");
	int r;

	if (!log)
		return -ENOMEM;
	snprintf(log->boot_id, sizeof(log->boot_id), "%s", boot_id);
	r = log_create(log);
	if (r < 0) {
		intent_log_free(log);
		return r;
	}
	r = -posix_fallocate(log->fd, 0, INTENT_PAGE_SIZE);
	if (r == 0)
		r = log_map(log);
	if (r < 0) {
		intent_log_remove(log);
		return r;
	}
	*ret_log = log;
	return 0;
}

/* Only what such a log can be is mapped: a page beyond the end of a file would be a SIGBUS. */
static int log_check(const struct intent_log *log)
{
	struct stat st;

	if (fstat(log->fd, &st) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return -ENOENT; /* somebody else recovered it meanwhile */
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if (st.st_size == 0)
		return -ENODATA;
	return st.st_size == INTENT_PAGE_SIZE ? 0 : -EBADMSG;
}

static int log_open(int dir, const char *name, bool lock, struct intent_log **ret_log)
{
	struct intent_log *log = log_allocate(dir, name);
	int r = 0;

	if (!log)
		return -ENOMEM;
	log->fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (log->fd < 0 || (lock && flock(log->fd, LOCK_EX | LOCK_NB) < 0))
		r = -errno;
	if (r == 0)
		r = log_check(log);
	if (r == -ENODATA && lock) /* while it is locked: its maker, if it lives, then sees that it is gone */
		unlinkat(dir, name, 0);
	if (r == 0)
		r = log_map(log);
	if (r < 0) {
		intent_log_free(log);
		return r;
	}
	*ret_log = log;
	return 0;
}

int intent_log_open(int dir, const char *name, struct intent_log **ret_log)
{
	return log_open(dir, name, true, ret_log);
}

int intent_log_look(int dir, const char *name, struct intent_log **ret_log)
{
	return log_open(dir, name, false, ret_log);
}

void intent_log_free(struct intent_log *log)
{
	if (!log)
		return;
	if (log->page)
		munmap(log->page, INTENT_PAGE_SIZE);
	cleanup_close(&log->fd);
	free(log);
}

void intent_log_remove(struct intent_log *log)
{
	if (log)
		unlinkat(log->dir, log->name, 0);
	intent_log_free(log);
}

static int log_rename_once(const struct intent_log *log)
{
	char name[sizeof(log->name)];
	int r = draw_name(INTENT_KEPT_PREFIX, name, sizeof(name));

	if (r == 0 && renameat2(log->dir, log->name, log->dir, name, RENAME_NOREPLACE) < 0)
		r = -errno;
	return r;
}

int intent_log_keep(struct intent_log *log)
{
	struct timespec times[2];
	int r = -EEXIST;

	/* As exact as can be: the oldest go first. Nor is it set behind the new name: one without its time would go too early. */
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[1] = times[0];
	if (futimens(log->fd, times) < 0)
		return -errno;
	for (int i = 0; r == -EEXIST && i < NAME_TRIES; i++)
		r = log_rename_once(log);
	if (r == 0)
		intent_log_free(log);
	return r;
}

/* -- notes --------------------------------------------------------------- */

void intent_log_begin(struct intent_log *log, const struct intent_job *job, const struct plan *plan)
{
	if (log)
		intent_page_begin(log->page, log->boot_id, job, plan);
}

void intent_log_claiming(struct intent_log *log, const char *name)
{
	if (log)
		intent_page_claiming(log->page, name);
}

void intent_log_claimed(struct intent_log *log, uint64_t inode)
{
	if (log)
		intent_page_claimed(log->page, inode);
}

void intent_log_mark(struct intent_log *log, unsigned int step, enum intent_mark mark)
{
	if (log)
		intent_page_mark(log->page, step, mark);
}

bool intent_log_end(struct intent_log *log, enum outcome outcome)
{
	if (!log || outcome == OUTCOME_UNKNOWN)
		return false;
	intent_page_end(log->page, outcome);
	return true;
}

void intent_log_release(struct intent_log *log)
{
	if (log)
		intent_page_release(log->page);
}

int intent_log_read(const struct intent_log *log, const char *boot_id, struct intent_record *ret_record)
{
	return intent_page_read(log->page, boot_id, ret_record);
}
