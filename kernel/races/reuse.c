// SPDX-License-Identifier: GPL-2.0-only
/*
 * No rounds: creators create, writers delete whatever carries one of the few names
 * that there are. So a name is free and taken again at any moment, also while its
 * region is still being added. Every region has to be deleted by exactly one
 * successful write.
 */

#include "race.h"

#include <pthread.h>
#include <stdio.h>

enum {
	CREATORS = 2,
	WRITERS = 3,
	ALIVE = 4, /* regions, then creators wait */
	NAMES = ALIVE + CREATORS,
};

static char root[PATH_SIZE];
static struct counts counts;
static atomic_bool over;

static void *creator(void *data)
{
	char name[NAME_SIZE];

	(void)data;
	while (!over) {
		if (counts.created - counts.deleted >= ALIVE) {
			pause_ms(1);
			continue;
		}
		if (region_create(root, name, sizeof(name)) < 0)
			counts.other++;
		else
			counts.created++;
	}
	return NULL;
}

static void *writer(void *data)
{
	struct door door = door_of_root(root);
	char name[NAME_SIZE];

	(void)data;
	for (int i = 0; !over; i = (i + 1) % NAMES) {
		snprintf(name, sizeof(name), "region%d", i);
		region_delete(&door, name, &counts);
	}
	return NULL;
}

int reuse_play(const struct span *span, char **arguments)
{
	pthread_t threads[CREATORS + WRITERS];
	struct door door;
	bool good;

	if (!root_decoder_find(root, sizeof(root)))
		die("no root decoder takes pmem regions");
	if (regions_left() > 0)
		die("there are regions already");
	for (int i = 0; i < CREATORS + WRITERS; i++)
		if (pthread_create(&threads[i], NULL, i < CREATORS ? creator : writer, NULL) != 0)
			die("cannot start a thread");
	while (span_lasts(span, counts.created))
		pause_ms(10);
	over = true;
	for (int i = 0; i < CREATORS + WRITERS; i++)
		pthread_join(threads[i], NULL);
	door = door_of_root(root);
	regions_delete_all(&door, &counts);

	good = counts.created > 0 && counts.deleted == counts.created && counts.other == 0 && regions_left() == 0;
	printf("%s: %d creators, %d writers, %d names: %ld regions created, %ld deletes succeeded, %ld refused, "
	       "%ld other errors, %d regions left: %s\n",
	       arguments[0], CREATORS, WRITERS, NAMES, counts.created, counts.deleted, counts.refused, counts.other,
	       regions_left(), good ? "right" : "WRONG");
	return good ? 0 : 1;
}
