// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults nearby, which no fix of region deletion cures: shown without any race of
 * region deletion.
 */

#define _GNU_SOURCE
#include "race.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define REGION_DRIVER "/sys/bus/cxl/drivers/cxl_region"

int rebind_play(const struct span *span, char **arguments)
{
	char host[NAME_SIZE];
	long round;
	int r = 0;

	if (!host_find(host, sizeof(host)))
		die("no host is bound to cxl_acpi");
	for (round = 0; span_lasts(span, round) && r == 0; round++) {
		r = attribute_write(HOST_DRIVER, "unbind", host);
		if (r == 0)
			r = attribute_write(HOST_DRIVER, "bind", host);
	}
	printf("%s: %ld rounds of unbind and bind: %s\n", arguments[0], round, r == 0 ? "right" : "WRONG");
	return r == 0 ? 0 : 1;
}

/* The kernel still looks for memory devices then, and probes those that it finds. */
int reload_play(const struct span *span, char **arguments)
{
	char **last = arguments + 2;
	long round;

	if (!last[0])
		die("reload wants the files of the modules, in the order of loading");
	while (last[1])
		last++;
	for (round = 0; span_lasts(span, round); round++) {
		module_unload(*last);
		module_load(*last);
	}
	printf("%s: %ld rounds of unload and load: right\n", arguments[0], round);
	return 0;
}

static char decoder[PATH_SIZE];
static atomic_bool over;

/* One write of a sequence, which ends with the first that fails. */
static bool step(const char *directory, const char *attribute, const char *value)
{
	int r = attribute_write(directory, attribute, value);

	if (r < 0)
		printf("%s/%s: %s\n", directory, attribute, strerror(-r));
	return r == 0;
}

/*
 * The life of a pmem region, by one writer, one step after the other: but unbound as
 * soon as it is bound, before libnvdimm has settled.
 */
static bool life_live(const char *root)
{
	char region[PATH_SIZE + NAME_SIZE], name[NAME_SIZE];
	bool bound;

	if (region_create(root, name, sizeof(name)) < 0)
		die("cannot create a region");
	region_furnish(root, name);
	snprintf(region, sizeof(region), "%s/%s", root, name);
	bound = step(decoder, "mode", "pmem") && step(decoder, "dpa_size", "0x10000000") &&
		step(region, "target0", strrchr(decoder, '/') + 1) && step(region, "commit", "1") &&
		step(REGION_DRIVER, "bind", name);
	step(REGION_DRIVER, "unbind", name);
	step(region, "commit", "0");
	step(region, "target0", "\n");
	step(decoder, "dpa_size", "0");
	step(root, "delete_region", name);
	return bound;
}

int life_play(const struct span *span, char **arguments)
{
	char root[PATH_SIZE];
	long round, bound = 0;

	if (!root_decoder_find(root, sizeof(root)) ||
	    !directory_find("/sys/bus/cxl/devices/decoder*/dpa_size", decoder, sizeof(decoder)))
		die("no root decoder or no endpoint decoder");
	for (round = 0; span_lasts(span, round) && bound == round; round++)
		bound += life_live(root);
	printf("%s: %ld regions, %ld bound, 1 writer: %s\n", arguments[0], round, bound, bound > 0 ? "right" : "WRONG");
	return bound > 0 ? 0 : 1;
}

static void *dpa_writer(void *data)
{
	(void)data;
	while (!over) {
		attribute_write(decoder, "dpa_size", "0x10000000");
		attribute_write(decoder, "dpa_size", "0");
	}
	return NULL;
}

int dpa_play(const struct span *span, char **arguments)
{
	pthread_t threads[2];
	long round;

	if (!directory_find("/sys/bus/cxl/devices/decoder*/dpa_size", decoder, sizeof(decoder)))
		die("no endpoint decoder");
	if (attribute_write(decoder, "mode", "pmem") < 0)
		die("%s: cannot set the mode", decoder);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, dpa_writer, NULL) != 0)
			die("cannot start a thread");
	for (round = 0; span_lasts(span, round); round++)
		pause_ms(10);
	over = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("%s: 2 writers of one decoder: right\n", arguments[0]);
	return 0;
}
