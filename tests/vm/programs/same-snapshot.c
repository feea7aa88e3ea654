/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds the two readers of the topology against each other: libcxl's discovery and our own scan. */
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "discover.h"
#include "scan.h"
#include "snapshot-json.h"

static struct json_object *describe(struct snapshot *snapshot)
{
	struct json_object *topology;

	if (snapshot_to_json(snapshot, &topology) < 0)
		exit(EXIT_FAILURE);
	snapshot_free(snapshot);
	return topology;
}

int main(void)
{
	struct snapshot *discovered, *scanned;
	struct json_object *ours, *theirs;
	struct sysfs_kernel kernel;

	if (sysfs_kernel_init(&kernel, "/sys") < 0 || discover_all(&kernel.sysfs, &discovered) < 0 ||
	    scan_all(&kernel.sysfs, NULL, &scanned) < 0) {
		fprintf(stderr, "cannot read the topology\n");
		return EXIT_FAILURE;
	}
	theirs = describe(discovered);
	ours = describe(scanned);
	if (json_object_equal(ours, theirs))
		return EXIT_SUCCESS;
	printf("libcxl: %s\n", json_object_to_json_string(theirs));
	printf("scan:   %s\n", json_object_to_json_string(ours));
	return EXIT_FAILURE;
}
