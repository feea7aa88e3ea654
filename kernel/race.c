// SPDX-License-Identifier: GPL-2.0-only
/*
 * Races of region deletion, creation and unbind, from user space.
 *
 * Runs as root on an emulated CXL host, and needs no memory device: a region
 * without targets is enough. The memory devices lose their PCI driver first, so
 * that the kernel's nvdimm code, which has faults of its own when its bridge goes
 * and comes back, is out of the way (each bind would attach a device again that
 * has only lost cxl_mem). Two games:
 *
 * delete ROUNDS: several writers write the names of the same regions into
 *	delete_region, all at once, while others create the regions of the next
 *	round. Every region has to be deleted by exactly one successful write.
 *	With creates beside, names come back at once, so "one success per name
 *	and round" would be wrong: totals are compared.
 *
 * unbind ROUNDS: several threads create and delete regions while the host
 *	device loses and gets back its driver. Afterwards no region may be left
 *	over, and the device has to be bindable.
 *
 * Exit status: 0 as it should be, 1 the kernel got it wrong, 2 not played. The
 * kernel log is for the caller to judge.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CXL_DEVICES "/sys/bus/cxl/devices"
#define PCI_DRIVER  "/sys/bus/pci/drivers/cxl_pci"
#define HOST_DRIVER "/sys/bus/platform/drivers/cxl_acpi"

enum {
	WRITERS = 4,
	CREATORS = 2,
	CREATES_PER_ROUND = 1, /* of each creator */
	NAME_SIZE = 32,
	PATH_SIZE = 320,
};

struct counts {
	atomic_long created;
	atomic_long deleted; /* writes that reported success */
	atomic_long refused; /* ENODEV: somebody else was faster */
	atomic_long other;   /* any other error */
};

struct names {
	char name[CREATORS * CREATES_PER_ROUND][NAME_SIZE];
	atomic_int n;
};

/* what the threads of the game "delete" share */
struct delete_game {
	char root[PATH_SIZE]; /* directory of a root decoder */
	long rounds;
	struct counts counts;
	struct names names[2]; /* this round's and the next one's, by parity */
	pthread_barrier_t barrier;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "race: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(2);
}

/* Returns 0 or a negative errno. */
static int attribute_write(const char *directory, const char *attribute, const char *value)
{
	char path[PATH_SIZE + NAME_SIZE];
	ssize_t n;
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	if (n < 0)
		r = -errno;
	close(fd);
	return r;
}

/* Returns 0 or a negative errno; the value comes without its newline. */
static int attribute_read(const char *directory, const char *attribute, char *ret, size_t size)
{
	char path[PATH_SIZE + NAME_SIZE];
	ssize_t n;
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, ret, size - 1);
	if (n < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		return r;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

/* The directory of the first root decoder that takes pmem regions. */
static bool root_decoder_find(char *ret, size_t size)
{
	glob_t found;
	bool any;

	if (glob(CXL_DEVICES "/decoder*/create_pmem_region", 0, NULL, &found) != 0)
		return false;
	any = found.gl_pathc > 0;
	if (any) {
		*strrchr(found.gl_pathv[0], '/') = '\0';
		snprintf(ret, size, "%s", found.gl_pathv[0]);
	}
	globfree(&found);
	return any;
}

/* Creates a region. Others may take the name between read and write: EBUSY. */
static int region_create(const char *root, char *ret_name, size_t size)
{
	int r;

	do {
		r = attribute_read(root, "create_pmem_region", ret_name, size);
		if (r < 0)
			return r;
		r = attribute_write(root, "create_pmem_region", ret_name);
	} while (r == -EBUSY);
	return r;
}

static void region_delete(const char *root, const char *name, struct counts *counts)
{
	int r = attribute_write(root, "delete_region", name);

	if (r == 0)
		counts->deleted++;
	else if (r == -ENODEV)
		counts->refused++;
	else
		counts->other++;
}

static void memdevs_disable(void)
{
	glob_t found;
	int r;

	if (glob(PCI_DRIVER "/*:*", 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		r = attribute_write(PCI_DRIVER, "unbind", strrchr(found.gl_pathv[i], '/') + 1);
		if (r < 0)
			die("cannot unbind %s: %s", found.gl_pathv[i], strerror(-r));
	}
	globfree(&found);
}

static int regions_left(void)
{
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	dir = opendir(CXL_DEVICES);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += strncmp(entry->d_name, "region", 6) == 0;
	closedir(dir);
	return n;
}

static void regions_delete_all(const char *root, struct counts *counts)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(CXL_DEVICES);
	if (!dir)
		die("%s: %m", CXL_DEVICES);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, "region", 6) == 0)
			region_delete(root, entry->d_name, counts);
	closedir(dir);
}

static void *delete_writer(void *data)
{
	struct delete_game *game = data;

	for (long round = 0; round < game->rounds; round++) {
		const struct names *names = &game->names[round % 2];

		pthread_barrier_wait(&game->barrier);
		for (int i = 0; i < names->n; i++)
			region_delete(game->root, names->name[i], &game->counts);
		pthread_barrier_wait(&game->barrier);
	}
	return NULL;
}

static void *delete_creator(void *data)
{
	struct delete_game *game = data;
	char name[NAME_SIZE];

	for (long round = 0; round < game->rounds; round++) {
		struct names *next = &game->names[(round + 1) % 2];

		pthread_barrier_wait(&game->barrier);
		for (int i = 0; i < CREATES_PER_ROUND; i++) {
			if (region_create(game->root, name, sizeof(name)) < 0) {
				game->counts.other++;
				continue;
			}
			game->counts.created++;
			strcpy(next->name[next->n++], name);
		}
		pthread_barrier_wait(&game->barrier);
	}
	return NULL;
}

static int delete_play(long rounds)
{
	static struct delete_game game;
	pthread_t threads[WRITERS + CREATORS];
	bool good;

	game.rounds = rounds;
	if (!root_decoder_find(game.root, sizeof(game.root)))
		die("no root decoder takes pmem regions");
	if (regions_left() > 0)
		die("there are regions already");
	pthread_barrier_init(&game.barrier, NULL, WRITERS + CREATORS + 1);
	for (int i = 0; i < WRITERS + CREATORS; i++)
		if (pthread_create(&threads[i], NULL, i < WRITERS ? delete_writer : delete_creator, &game) != 0)
			die("cannot start a thread");

	for (long round = 0; round < rounds; round++) {
		game.names[(round + 1) % 2].n = 0;
		pthread_barrier_wait(&game.barrier); /* they race */
		pthread_barrier_wait(&game.barrier);
	}
	for (int i = 0; i < WRITERS + CREATORS; i++)
		pthread_join(threads[i], NULL);
	regions_delete_all(game.root, &game.counts);

	good = game.counts.created > 0 && game.counts.deleted == game.counts.created && game.counts.other == 0 &&
	       regions_left() == 0;
	printf("delete: %ld rounds, %d writers, %d creators: %ld regions created, %ld deletes succeeded, %ld refused, "
	       "%ld other errors, %d regions left: %s\n",
	       rounds, WRITERS, CREATORS, game.counts.created, game.counts.deleted, game.counts.refused,
	       game.counts.other, regions_left(), good ? "right" : "WRONG");
	return good ? 0 : 1;
}

static atomic_bool unbind_over;
static struct counts unbind_counts;

/* Creates; every other one also deletes what it created. */
static void *unbind_creator(void *data)
{
	bool deletes = *(bool *)data;
	char root[PATH_SIZE], name[NAME_SIZE];

	while (!unbind_over) {
		if (!root_decoder_find(root, sizeof(root)) || region_create(root, name, sizeof(name)) < 0)
			continue;
		unbind_counts.created++;
		if (deletes)
			region_delete(root, name, &unbind_counts);
	}
	return NULL;
}

/* The device that cxl_acpi is bound to, as its driver's directory shows it. */
static bool host_find(char *ret, size_t size)
{
	glob_t found;
	bool any;

	if (glob(HOST_DRIVER "/*/driver", GLOB_ONLYDIR, NULL, &found) != 0)
		return false;
	any = found.gl_pathc > 0;
	if (any) {
		*strrchr(found.gl_pathv[0], '/') = '\0';
		snprintf(ret, size, "%s", strrchr(found.gl_pathv[0], '/') + 1);
	}
	globfree(&found);
	return any;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Returns 0, or 1 if the kernel left a region behind or does not bind again. */
static int unbind_once(const char *host, long round)
{
	int r, left;

	/* long enough for regions to be there, and at another point each time */
	pause_ms(5 + round * 7 % 20);
	r = attribute_write(HOST_DRIVER, "unbind", host);
	if (r < 0)
		die("cannot unbind %s: %s", host, strerror(-r));
	left = regions_left();
	if (left > 0)
		printf("round %ld: %d dead regions left\n", round, left);
	r = attribute_write(HOST_DRIVER, "bind", host);
	if (r < 0)
		printf("round %ld: cannot bind again: %s\n", round, strerror(-r));
	return left > 0 || r < 0 ? 1 : 0;
}

static int unbind_play(long rounds)
{
	enum { THREADS = 4 };
	bool deletes[THREADS] = { false, true, false, true };
	pthread_t threads[THREADS];
	char host[NAME_SIZE], root[PATH_SIZE];
	long round;
	bool good;
	int r = 0;

	if (!host_find(host, sizeof(host)) || !root_decoder_find(root, sizeof(root)))
		die("no host with a root decoder is bound to cxl_acpi");
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, unbind_creator, &deletes[i]) != 0)
			die("cannot start a thread");
	for (round = 0; round < rounds && r == 0; round++)
		r = unbind_once(host, round);
	unbind_over = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (root_decoder_find(root, sizeof(root)))
		regions_delete_all(root, &unbind_counts);

	good = r == 0 && unbind_counts.created > 0 && regions_left() == 0;
	printf("unbind: %ld rounds of unbind and bind, %d threads: %ld regions created beside, %d regions left: %s\n",
	       round, THREADS, unbind_counts.created, regions_left(), good ? "right" : "WRONG");
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	long rounds = argc == 3 ? atol(argv[2]) : 0;

	int (*play)(long rounds) = NULL;

	if (rounds > 0 && strcmp(argv[1], "delete") == 0)
		play = delete_play;
	if (rounds > 0 && strcmp(argv[1], "unbind") == 0)
		play = unbind_play;
	if (!play) {
		fprintf(stderr, "usage: race delete|unbind ROUNDS\n");
		return 2;
	}
	setlinebuf(stdout);
	memdevs_disable();
	return play(rounds);
}
