// SPDX-License-Identifier: GPL-2.0-only
/*
 * Games in which the host goes and comes back, by unbind and bind or by unload and
 * load of modules, while several threads create and delete regions. Each time no
 * region may be left over, and the host has to come back.
 */

#define _GNU_SOURCE
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	THREADS = 4,
	TEARDOWN_REGIONS = 4, /* of a round */
	PATIENCE_MS = 30000,  /* for a module that is in use, a host that comes back */
};

static atomic_bool over;
static atomic_long teardowns; /* begun */
static struct counts counts;
static bool with_addresses = true;

/* A thread's way to delete: none, by sysfs, by test-module if it is there. */
static void delete_by(int number, const char *root, const char *name)
{
	struct door door = door_of_root(root), module;

	if (number % 2 == 0)
		return;
	if (number == 3 && door_of_module(&module, counts.created % 2))
		door = module;
	region_delete(&door, name, &counts);
}

/* Creates, half of them with addresses, or none; every other thread also deletes. */
static void *creator(void *data)
{
	int number = *(const int *)data;
	char root[PATH_SIZE], name[NAME_SIZE];

	while (!over) {
		if (!root_decoder_find(root, sizeof(root)) || region_create(root, name, sizeof(name)) < 0)
			continue;
		counts.created++;
		if (with_addresses && counts.created % 2)
			region_furnish(root, name);
		delete_by(number, root, name);
	}
	return NULL;
}

/* Deletes what teardown_once() has created, once a round, and creates nothing. */
static void *deleter(void *data)
{
	char root[PATH_SIZE], name[NAME_SIZE];
	struct door door;
	long seen = 0;

	(void)data;
	while (!over) {
		if (teardowns == seen) {
			usleep(100);
			continue;
		}
		seen++;
		if (!root_decoder_find(root, sizeof(root)))
			continue;
		door = door_of_root(root);
		for (int i = 0; i < TEARDOWN_REGIONS; i++) {
			snprintf(name, sizeof(name), "region%d", i);
			region_delete(&door, name, &counts);
		}
	}
	return NULL;
}

static int none_left(long round)
{
	int left = regions_left();

	if (left > 0)
		printf("round %ld: %d dead regions left\n", round, left);
	return left > 0 ? 1 : 0;
}

/* Returns 0, or 1 if the kernel left a region behind or does not bind again. */
static int unbind_once(char **host, long round)
{
	int r, wrong;

	r = attribute_write(HOST_DRIVER, "unbind", *host);
	if (r < 0)
		die("cannot unbind %s: %s", *host, strerror(-r));
	wrong = none_left(round);
	r = attribute_write(HOST_DRIVER, "bind", *host);
	if (r < 0)
		printf("round %ld: cannot bind again: %s\n", round, strerror(-r));
	return wrong || r < 0 ? 1 : 0;
}

static int teardown_once(char **host, long round)
{
	char root[PATH_SIZE], name[NAME_SIZE];

	for (int i = 0; i < TEARDOWN_REGIONS && root_decoder_find(root, sizeof(root)); i++) {
		if (region_create(root, name, sizeof(name)) < 0)
			continue;
		counts.created++;
		region_furnish(root, name);
	}
	teardowns++;
	usleep(round * 37 % 400); /* the deleters are at another point each time */
	return unbind_once(host, round);
}

void module_unload(const char *file)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s", strrchr(file, '/') + 1);
	name[strcspn(name, ".")] = '\0';
	for (int waited = 0; syscall(SYS_delete_module, name, O_NONBLOCK) < 0; waited += 10) {
		if (errno != EAGAIN || waited >= PATIENCE_MS)
			die("cannot unload %s: %m", name);
		pause_ms(10);
	}
}

void module_load(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
		die("cannot load %s: %m", file);
	close(fd);
}

static bool host_came_back(void)
{
	char root[PATH_SIZE];

	for (int waited = 0; !root_decoder_find(root, sizeof(root)); waited += 10) {
		if (waited >= PATIENCE_MS)
			return false;
		pause_ms(10);
	}
	return true;
}

/* FILES: the modules in the order of loading. The last one goes, each fourth time all of them. */
static int unload_once(char **files, long round)
{
	int last = 0, first, i;

	while (files[last + 1])
		last++;
	first = round % 4 == 3 ? 0 : last;
	module_unload(files[last]);
	if (none_left(round)) {
		module_load(files[last]); /* the kernel may have a word on it */
		return 1;		  /* the rest is the dead regions' code */
	}
	for (i = last - 1; i >= first; i--)
		module_unload(files[i]);
	for (i = first; i <= last; i++)
		module_load(files[i]);
	if (!host_came_back()) {
		printf("round %ld: the host did not come back\n", round);
		return 1;
	}
	return 0;
}

static int host_play(const char *title, const struct span *span, void *(*thread)(void *number),
		     int (*once)(char **arguments, long round), char **arguments)
{
	int numbers[THREADS] = { 0, 1, 2, 3 };
	pthread_t threads[THREADS];
	char root[PATH_SIZE];
	struct door door;
	long round;
	bool good;
	int r = 0;

	if (!root_decoder_find(root, sizeof(root)))
		die("no root decoder takes pmem regions");
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread, &numbers[i]) != 0)
			die("cannot start a thread");
	for (round = 0; span_lasts(span, round) && r == 0; round++) {
		/* long enough for regions to be there, and at another point each time */
		pause_ms(5 + round * 7 % 20);
		r = once(arguments, round);
	}
	over = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (root_decoder_find(root, sizeof(root))) {
		door = door_of_root(root);
		regions_delete_all(&door, &counts);
	}

	good = r == 0 && counts.created > 0 && counts.deleted <= counts.created && regions_left() == 0;
	printf("%s: %ld rounds, %d threads: %ld regions created beside, %ld deletes succeeded, %d regions left: %s\n",
	       title, round, THREADS, counts.created, counts.deleted, regions_left(), good ? "right" : "WRONG");
	return good ? 0 : 1;
}

int unbind_play(const struct span *span, char **arguments)
{
	char host[NAME_SIZE];

	if (!host_find(host, sizeof(host)))
		die("no host is bound to cxl_acpi");
	return host_play(arguments[0], span, creator, unbind_once, (char *[]){ host, NULL });
}

/* A size that is written beside the bind is a NULL dereference on kernels without the patch, and no fault of deletions. */
int unbind_bare_play(const struct span *span, char **arguments)
{
	with_addresses = false;
	return unbind_play(span, arguments);
}

int teardown_play(const struct span *span, char **arguments)
{
	char host[NAME_SIZE];

	if (!host_find(host, sizeof(host)))
		die("no host is bound to cxl_acpi");
	return host_play(arguments[0], span, deleter, teardown_once, (char *[]){ host, NULL });
}

int unload_play(const struct span *span, char **arguments)
{
	if (!arguments[2])
		die("unload wants the files of the modules, in the order of loading");
	return host_play(arguments[0], span, creator, unload_once, arguments + 2);
}
