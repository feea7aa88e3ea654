/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs sequences on a kernel's sysfs, and prints TAP: run-sequence KERNEL TOPOLOGY FILE... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sequence.h"

int main(int argc, char **argv)
{
	struct sysfs_kernel kernel;
	int failed = 0, n = 0;

	if (argc < 4 || sysfs_kernel_init(&kernel, "/sys") < 0) {
		fprintf(stderr, "usage: run-sequence 6.1|6.12 TOPOLOGY FILE...\n");
		return EXIT_FAILURE;
	}
	for (int i = 3; i < argc; i++) {
		unsigned int lines;
		int wrong;

		if (!sequence_fits(argv[i], argv[2], argv[1]))
			continue;
		wrong = sequence_run(&kernel.sysfs, argv[i], argv[1], stdout, &lines);
		failed += wrong != 0;
		printf("%sok %d - %s: %u operations, %d of them not as they should be\n", wrong != 0 ? "not " : "", ++n,
		       basename(argv[i]), lines, wrong);
	}
	sysfs_kernel_done(&kernel);
	return failed > 0 || n == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
