// SPDX-License-Identifier: GPL-2.0-only
/*
 * Games in rounds: several writers delete the regions of a round, all at once.
 * Every region has to be deleted by exactly one successful write. With creates
 * beside, names come back at once, so "one success per name and round" would be
 * wrong: totals are compared.
 */

#define _GNU_SOURCE
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	REGIONS = 2, /* of a round */
	THREADS_MAX = 8,
	WRITERS_MAX = 4,
	READERS_MAX = 2,
};

/* of these a reader holds one each, in turns */
static const char *const read_attributes[] = { "uuid", "size", "interleave_ways" };

/* who takes part */
struct cast {
	int writers;	    /* into delete_region */
	int module_writers; /* into test-module's doors, in turns */
	int readers;
	bool creators; /* one per region of the next round; or nobody creates beside */
};

struct names {
	char name[REGIONS][NAME_SIZE];
	atomic_int n;
};

struct game {
	const char *title;
	struct cast cast;
	char root[PATH_SIZE];	/* directory of a root decoder */
	int doors[WRITERS_MAX]; /* of each writer, as an open file takes one write at a time */
	struct counts counts;
	atomic_int ready; /* writers of this round */
	atomic_long reads, reads_refused, reads_wrong;
	struct names names[2]; /* this round's and the next one's, by parity */
	int held[READERS_MAX][REGIONS];
	long round;
	bool over;
	pthread_barrier_t barrier;
};

struct player {
	struct game *game;
	int number; /* among its like, from 0 */
	void (*play)(struct game *game, int number);
	pthread_t thread;
};

/* Two start at the very same time: a machine of two processors bears no more. */
static void start_together(struct game *game)
{
	game->ready++;
	while (game->ready < 2)
		;
}

static void writer_play(struct game *game, int number)
{
	const struct names *names = &game->names[game->round % 2];

	start_together(game);
	for (int i = 0; i < names->n; i++)
		region_delete_by(game->doors[number], names->name[i], &game->counts);
}

static void create_one(struct game *game, struct names *names)
{
	char name[NAME_SIZE];

	if (region_create(game->root, name, sizeof(name)) < 0) {
		game->counts.other++;
		return;
	}
	game->counts.created++;
	strcpy(names->name[names->n++], name);
}

static void creator_play(struct game *game, int number)
{
	(void)number;
	create_one(game, &game->names[(game->round + 1) % 2]);
}

/* Reads what it holds until the region is gone: ENODEV. */
static void reader_play_round(struct game *game, int number)
{
	const int *held = game->held[number];
	char value[64];

	for (int i = 0; i < REGIONS; i++) {
		while (held[i] >= 0 && pread(held[i], value, sizeof(value), 0) >= 0)
			game->reads++;
		if (held[i] >= 0 && errno != ENODEV)
			game->reads_wrong++;
	}
}

static void *player_run(void *data)
{
	struct player *player = data;
	struct game *game = player->game;

	for (;;) {
		pthread_barrier_wait(&game->barrier);
		if (game->over)
			return NULL;
		player->play(game, player->number);
		pthread_barrier_wait(&game->barrier);
	}
}

static void attributes_open(struct game *game)
{
	const struct names *names = &game->names[game->round % 2];
	char path[PATH_SIZE + 3 * NAME_SIZE];

	for (int reader = 0; reader < game->cast.readers; reader++) {
		for (int i = 0; i < REGIONS; i++) {
			game->held[reader][i] = -1;
			if (i >= names->n)
				continue;
			snprintf(path, sizeof(path), "%s/%s/%s", game->root, names->name[i],
				 read_attributes[(game->round + reader) % 3]);
			game->held[reader][i] = open(path, O_RDONLY | O_CLOEXEC);
			if (game->held[reader][i] < 0)
				game->reads_wrong++;
		}
	}
}

/* The regions are gone: what is still open must say so. */
static void attributes_close(struct game *game)
{
	char value[64];

	for (int reader = 0; reader < game->cast.readers; reader++) {
		for (int i = 0; i < REGIONS; i++) {
			if (game->held[reader][i] < 0)
				continue;
			if (pread(game->held[reader][i], value, sizeof(value), 0) < 0 && errno == ENODEV)
				game->reads_refused++;
			else
				game->reads_wrong++;
			close(game->held[reader][i]);
		}
	}
}

static void round_play(struct game *game)
{
	game->names[(game->round + 1) % 2].n = 0;
	game->ready = game->cast.writers + game->cast.module_writers > 1 ? 0 : 1;
	for (int i = 0; i < REGIONS && !game->cast.creators; i++)
		create_one(game, &game->names[game->round % 2]);
	attributes_open(game);
	pthread_barrier_wait(&game->barrier); /* they race */
	pthread_barrier_wait(&game->barrier);
	attributes_close(game);
}

/* Starts so many threads of a kind; returns the first place that is free. */
static struct player *players_start(struct player *player, struct game *game, int n,
				    void (*play)(struct game *game, int number))
{
	for (int i = 0; i < n; i++, player++) {
		*player = (struct player){ .game = game, .number = i, .play = play };
		if (pthread_create(&player->thread, NULL, player_run, player) != 0)
			die("cannot start a thread");
	}
	return player;
}

static int game_report(struct game *game)
{
	struct counts *counts = &game->counts;
	bool good = counts->created > 0 && counts->deleted == counts->created && counts->other == 0 &&
		    game->reads_wrong == 0 && regions_left() == 0;

	printf("%s: %ld rounds, %d writers", game->title, game->round, game->cast.writers + game->cast.module_writers);
	if (game->cast.module_writers > 0)
		printf(" (%d in the kernel)", game->cast.module_writers);
	if (game->cast.creators)
		printf(", %d creators", REGIONS);
	if (game->cast.readers > 0)
		printf(", %d readers (%ld reads, %ld refused afterwards, %ld wrong)", game->cast.readers, game->reads,
		       game->reads_refused, game->reads_wrong);
	printf(": %ld regions created, %ld deletes succeeded, %ld refused, %ld other errors, %d regions left: %s\n",
	       counts->created, counts->deleted, counts->refused, counts->other, regions_left(),
	       good ? "right" : "WRONG");
	return good ? 0 : 1;
}

static void doors_open(struct game *game)
{
	struct door door = door_of_root(game->root);
	int n = 0;

	for (; n < game->cast.writers; n++)
		game->doors[n] = door_open(&door);
	for (int i = 0; i < game->cast.module_writers; i++) {
		if (!door_of_module(&door, i % 2))
			die("test-module is not loaded");
		game->doors[n++] = door_open(&door);
	}
}

static int game_run(struct game *game, const struct span *span)
{
	struct player players[THREADS_MAX], *end = players;
	const struct cast *cast = &game->cast;
	struct door door;

	if (!root_decoder_find(game->root, sizeof(game->root)))
		die("no root decoder takes pmem regions");
	if (regions_left() > 0)
		die("there are regions already");
	doors_open(game);
	pthread_barrier_init(&game->barrier, NULL,
			     1 + cast->writers + cast->module_writers + cast->readers + cast->creators * REGIONS);
	end = players_start(end, game, cast->writers + cast->module_writers, writer_play);
	end = players_start(end, game, cast->readers, reader_play_round);
	end = players_start(end, game, cast->creators * REGIONS, creator_play);

	for (; span_lasts(span, game->round); game->round++)
		round_play(game);
	game->over = true;
	pthread_barrier_wait(&game->barrier);
	while (end > players)
		pthread_join((--end)->thread, NULL);
	door = door_of_root(game->root);
	regions_delete_all(&door, &game->counts);
	return game_report(game);
}

static int cast_play(const char *title, struct cast cast, const struct span *span)
{
	static struct game game;

	game.title = title;
	game.cast = cast;
	return game_run(&game, span);
}

int writers_play(const struct span *span, char **arguments)
{
	return cast_play(arguments[0], (struct cast){ .writers = 4 }, span);
}

int delete_play(const struct span *span, char **arguments)
{
	return cast_play(arguments[0], (struct cast){ .writers = 4, .creators = true }, span);
}

int module_play(const struct span *span, char **arguments)
{
	return cast_play(arguments[0], (struct cast){ .writers = 2, .module_writers = 2, .creators = true }, span);
}

int reader_play(const struct span *span, char **arguments)
{
	int writers = strcmp(arguments[0], "reader-alone") == 0 ? 1 : 3;

	return cast_play(arguments[0], (struct cast){ .writers = writers, .readers = READERS_MAX }, span);
}
