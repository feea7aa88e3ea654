/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sequences that the kernel's own sysfs is held to on the emulated host, on the fake: both have the same text. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "sequence.h"

static const char *const topologies[] = { "two", "four", "switch", "mixed" };

static const char *kernel_name(enum fake_kernel kernel)
{
	return kernel == FAKE_KERNEL_6_1 ? "6.1" : "6.12";
}

static int is_sequence(const struct dirent *entry)
{
	return strstr(entry->d_name, ".seq") != NULL;
}

/* Runs one sequence; says what was wrong where anything was. Returns how many operations it had. */
static unsigned int run_one(const char *path, const char *topology, enum fake_kernel kernel)
{
	struct fake *fake = fake_new(fake_host_find(topology, kernel));
	char *text = NULL;
	unsigned int lines;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int wrong = sequence_run(fake_sysfs(fake), path, kernel_name(kernel), out, &lines);

	fclose(out);
	if (wrong != 0 || fake_splat(fake)[0] != '\0') {
		printf("# %s on %s, %s: %s\n%s", path, topology, kernel_name(kernel), fake_splat(fake), text);
		fail();
	}
	free(text);
	fake_free(fake);
	return lines;
}

static void run_all(enum fake_kernel kernel)
{
	struct dirent **entries;
	int n = scandir(SEQUENCES, &entries, is_sequence, alphasort);
	unsigned int lines = 0, runs = 0;

	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		char path[512];

		snprintf(path, sizeof(path), SEQUENCES "/%s", entries[i]->d_name);
		for (size_t k = 0; k < ARRAY_SIZE(topologies); k++)
			if (sequence_fits(path, topologies[k], kernel_name(kernel))) {
				lines += run_one(path, topologies[k], kernel);
				runs++;
			}
		free(entries[i]);
	}
	free(entries);
	assert_true(runs > 0);
	printf("# %u operations in %u sequences on %s\n", lines, runs, kernel_name(kernel));
}

static void test_6_1(void **state)
{
	run_all(FAKE_KERNEL_6_1);
}

static void test_6_12(void **state)
{
	run_all(FAKE_KERNEL_6_12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_6_1),
		cmocka_unit_test(test_6_12),
	};

	return cmocka_run_group_tests_name("fake", tests, NULL, NULL);
}
