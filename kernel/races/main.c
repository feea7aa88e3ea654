// SPDX-License-Identifier: GPL-2.0-only
/*
 * The games. The memory devices lose their PCI driver first, so that the kernel's
 * nvdimm code, which has faults of its own when its bridge goes and comes back, is
 * out of the way (each bind would attach a device again that has only lost cxl_mem).
 *
 * Exit status: 0 as it should be, 1 the kernel got it wrong, 2 not played. The
 * kernel log is for the caller to judge.
 */

#include "race.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	game_play *play;
	bool with_memdevs;
	const char *what;
} games[] = {
	{ "writers", writers_play, false, "writers of the names of the same regions" },
	{ "delete", delete_play, false, "the same, while others create the regions of the next round" },
	{ "module", module_play, false, "the same, half of the writers through test-module" },
	{ "reader", reader_play, false, "writers, and readers that hold attributes of the regions open" },
	{ "reader-alone", reader_play, false, "one writer only, and the readers" },
	{ "reuse", reuse_play, false, "creates and deletes at will, so that names come back at once" },
	{ "unbind", unbind_play, false, "creates and deletes beside unbind and bind of the host" },
	{ "unbind-bare", unbind_bare_play, false, "the same, but no region gets a size" },
	{ "teardown", teardown_play, false, "deletes, but no creates, beside unbind and bind of the host" },
	{ "unload", unload_play, false, "creates and deletes beside unload and load of MODULE..." },
	{ "rebind", rebind_play, true, "no region at all: unbind and bind of the host, with its memory devices" },
	{ "reload", reload_play, true, "no region at all: load of the last MODULE, and unload at once" },
	{ "life", life_play, true, "one writer: regions that are unbound as soon as they are bound" },
	{ "dpa", dpa_play, true, "no region at all: writers of one endpoint decoder's dpa_size" },
};

enum { GAMES = sizeof(games) / sizeof(*games) };

static void usage(void)
{
	fprintf(stderr, "usage: race GAME ROUNDS|SECONDSs [MODULE...]\n");
	for (int i = 0; i < GAMES; i++)
		fprintf(stderr, "  %-12s  %s\n", games[i].name, games[i].what);
}

/* "100": rounds; "60s": seconds. False if it is neither. */
static bool span_parse(const char *text, struct span *ret)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (n <= 0 || (*end && strcmp(end, "s") != 0))
		return false;
	*ret = *end ? (struct span){ .end = now() + n } : (struct span){ .rounds = n };
	return true;
}

int main(int argc, char **argv)
{
	struct span span;

	setlinebuf(stdout);
	for (int i = 0; argc >= 3 && i < GAMES; i++) {
		if (strcmp(argv[1], games[i].name) != 0 || !span_parse(argv[2], &span))
			continue;
		if (!games[i].with_memdevs)
			memdevs_disable();
		return games[i].play(&span, argv + 1);
	}
	usage();
	return 2;
}
