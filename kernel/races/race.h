// SPDX-License-Identifier: GPL-2.0-only
#pragma once

/*
 * Races of region deletion, creation and teardown, from user space.
 *
 * The program runs as root on an emulated CXL host, and needs no memory device: a
 * region without targets is enough. main.c has the table of games.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define HOST_DRIVER "/sys/bus/platform/drivers/cxl_acpi"

enum {
	NAME_SIZE = 32,
	PATH_SIZE = 320,
};

/* How long a game takes: so many rounds or, where these are 0, until a time. */
struct span {
	long rounds;
	double end; /* seconds, as now() counts them */
};

struct counts {
	atomic_long created;
	atomic_long deleted; /* writes that reported success */
	atomic_long refused; /* ENODEV: somebody else was faster */
	atomic_long other;   /* any other error */
};

/* An attribute that deletes the region whose name is written into it. */
struct door {
	char directory[PATH_SIZE];
	const char *attribute;
};

/* sysfs.c */

/* Ends the program with exit status 2: the game was not played. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Seconds since some time in the past. */
double now(void);
void pause_ms(long ms);

/* True as long as a round of that number (from 0) is to be played. */
bool span_lasts(const struct span *span, long round);

/* Returns 0 or a negative errno. */
int attribute_write(const char *directory, const char *attribute, const char *value);

/* Returns 0 or a negative errno; the value comes without its newline. */
int attribute_read(const char *directory, const char *attribute, char *ret, size_t size);

/* The first path that matches, cut before its last component. False if none does. */
bool directory_find(const char *pattern, char *ret, size_t size);

/* The device that cxl_acpi is bound to, as its driver's directory shows it. False if there is none. */
bool host_find(char *ret, size_t size);

/* The directory of the first root decoder that takes pmem regions. False if there is none. */
bool root_decoder_find(char *ret, size_t size);

/* Creates a region below ROOT. Returns 0 or a negative errno. */
int region_create(const char *root, char *ret_name, size_t size);

/* Gives a region without targets a size, so that it occupies addresses. Returns 0 or a negative errno. */
int region_furnish(const char *root, const char *name);

/* Opens DOOR, for writers that are in a hurry. Returns a file descriptor. */
int door_open(const struct door *door);

/* Deletes a region through a door that is open, and counts what came of it. */
void region_delete_by(int door, const char *name, struct counts *counts);

/* The same through one that is not. */
void region_delete(const struct door *door, const char *name, struct counts *counts);

/* The door of user space: the root decoder's own. */
struct door door_of_root(const char *root);

/* The doors of test-module, without and with the host's device lock held. False if it is not loaded. */
bool door_of_module(struct door *ret, bool locked);

int regions_left(void);
void regions_delete_all(const struct door *door, struct counts *counts);

/* Takes the memory devices away from their PCI driver. */
void memdevs_disable(void);

/* host.c: FILE is a module's; what fails ends the program */
void module_load(const char *file);
void module_unload(const char *file);

/* The games. Each returns 0 if the kernel did right and 1 if it did not. */
typedef int game_play(const struct span *span, char **arguments);
game_play writers_play, delete_play, module_play, reader_play;	     /* rounds.c */
game_play reuse_play;						     /* reuse.c */
game_play unbind_play, unbind_bare_play, teardown_play, unload_play; /* host.c */
game_play rebind_play, reload_play, life_play, dpa_play;	     /* neighbours.c */
