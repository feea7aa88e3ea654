/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sequences that the kernel's own sysfs is held to on the emulated host, on the fake: both have the same text.
 * And what the fake has beside the kernel's rules: faults, hooks, splats, copies.
 */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
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

/* -- the fake itself ---------------------------------------------------------- */

static struct fake *two(enum fake_kernel kernel)
{
	struct fake *fake = fake_new(fake_host_find("two", kernel));

	assert_non_null(fake);
	return fake;
}

static int write_to(struct fake *fake, const char *path, const char *value)
{
	char full[SYSFS_PATH_MAX];

	snprintf(full, sizeof(full), "bus/cxl/%s", path);
	return sysfs_write(fake_sysfs(fake), SYSFS_ROOT, full, value);
}

static const char *read_from(struct fake *fake, const char *path)
{
	static char value[64];
	char full[SYSFS_PATH_MAX];

	snprintf(full, sizeof(full), "bus/cxl/%s", path);
	assert_true(sysfs_read(fake_sysfs(fake), SYSFS_ROOT, full, value, sizeof(value)) >= 0);
	return value;
}

/* A committed pmem region of one way, below bridge A. */
static void commit_region(struct fake *fake)
{
	static const char *const writes[][2] = {
		{ "devices/decoder0.0/create_pmem_region", "region0" },
		{ "devices/region0/interleave_granularity", "256" },
		{ "devices/region0/interleave_ways", "1" },
		{ "devices/region0/uuid", "86077512-4a84-4dc1-b4ce-d7a3e2797808\n" },
		{ "devices/region0/size", "0x10000000" },
		{ "devices/decoder3.0/mode", "pmem" },
		{ "devices/decoder3.0/dpa_size", "0x10000000" },
		{ "devices/region0/target0", "decoder3.0" },
		{ "devices/region0/commit", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(writes); i++)
		assert_int_equal(write_to(fake, writes[i][0], writes[i][1]), 0);
}

static void settle(struct fake *fake)
{
	char value[16];

	assert_true(sysfs_read(fake_sysfs(fake), SYSFS_ROOT, "bus/nd/devices/ndbus0/wait_probe", value,
			       sizeof(value)) >= 0);
}

static void test_faults(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12);
	const struct fake_fault second = { .at = 2, .error = -EIO };
	const struct fake_fault late = { .at = 1, .attribute = "mode", .error = -EINTR, .after = true, .times = 2 };

	fake_fail(fake, &second);
	assert_int_equal(write_to(fake, "devices/decoder3.0/mode", "pmem"), 0);
	assert_int_equal(write_to(fake, "devices/decoder3.0/dpa_size", "0x10000000"), -EIO);
	assert_string_equal(read_from(fake, "devices/decoder3.0/dpa_size"), "0x0000000000000000");
	assert_int_equal(write_to(fake, "devices/decoder3.0/dpa_size", "0x10000000"), 0);
	fake_fail_none(fake);
	fake_fail(fake, &late);
	assert_int_equal(write_to(fake, "devices/decoder4.0/mode", "pmem"), -EINTR);
	assert_string_equal(read_from(fake, "devices/decoder4.0/mode"), "pmem");
	assert_int_equal(write_to(fake, "devices/decoder4.0/dpa_size", "0x10000000"), 0);
	assert_int_equal(write_to(fake, "devices/decoder4.0/mode", "junk"), -EINVAL);
	assert_int_equal(write_to(fake, "devices/decoder4.0/mode", "pmem"), 0);
	assert_int_equal(fake_writes(fake), 7);
	fake_free(fake);
}

static jmp_buf killed;

static void kill_at(struct fake *fake, const struct fake_write *write, void *userdata)
{
	if (write->number == *(unsigned int *)userdata)
		longjmp(killed, 1);
}

/* A writer that is killed before its write leaves what it had written. */
static void test_a_killed_writer(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12);
	unsigned int at = 8; /* the attach */

	fake_hook(fake, kill_at, &at);
	if (setjmp(killed) == 0) {
		commit_region(fake);
		fail();
	}
	fake_hook(fake, NULL, NULL);
	assert_string_equal(read_from(fake, "devices/region0/size"), "0x10000000");
	assert_string_equal(read_from(fake, "devices/region0/target0"), "");
	assert_int_equal(write_to(fake, "devices/region0/target0", "decoder3.0"), 0);
	assert_int_equal(fake_writes(fake), at + 1);
	fake_free(fake);
}

static void test_an_unbind_before_settling_is_a_splat(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12);

	commit_region(fake);
	assert_int_equal(write_to(fake, "drivers/cxl_region/bind", "region0"), 0);
	settle(fake);
	assert_int_equal(write_to(fake, "drivers/cxl_region/unbind", "region0"), 0);
	assert_string_equal(fake_splat(fake), "");
	assert_int_equal(write_to(fake, "drivers/cxl_region/bind", "region0"), 0);
	assert_int_equal(write_to(fake, "devices/region0/commit", "0"), 0);
	assert_non_null(strstr(fake_splat(fake), "libnvdimm"));
	fake_free(fake);
}

static void test_a_bind_without_cxl_pmem(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12);

	commit_region(fake);
	fake_unload_pmem(fake);
	assert_int_equal(write_to(fake, "drivers/cxl_region/bind", "region0"), -ENXIO);
	assert_string_equal(fake_splat(fake), "");
	assert_int_equal(write_to(fake, "drivers/cxl_region/bind", "region0"), -EEXIST);
	assert_non_null(strstr(fake_splat(fake), "duplicate filename"));
	fake_free(fake);
}

static void test_a_bind_without_an_nvdimm_is_a_splat(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_1);

	commit_region(fake);
	assert_int_equal(write_to(fake, "drivers/cxl_nvdimm/unbind", "pmem0"), 0);
	assert_int_equal(write_to(fake, "drivers/cxl_nvdimm/bind", "pmem0"), 0);
	assert_int_equal(write_to(fake, "drivers/cxl_nvdimm/unbind", "pmem0"), 0);
	(void)write_to(fake, "drivers/cxl_region/bind", "region0");
	assert_non_null(strstr(fake_splat(fake), "NULL"));
	fake_free(fake);
}

/*
 * A target that is written twice while another is missing loses its ports (attach fails, and takes away what the
 * first one had): a commit would then run into NULL.
 */
static void test_a_target_attached_twice_is_a_splat(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12);

	assert_int_equal(write_to(fake, "devices/decoder0.2/create_pmem_region", "region2"), 0);
	assert_int_equal(write_to(fake, "devices/region2/interleave_granularity", "256"), 0);
	assert_int_equal(write_to(fake, "devices/region2/interleave_ways", "2"), 0);
	assert_int_equal(write_to(fake, "devices/region2/uuid", "86077512-4a84-4dc1-b4ce-d7a3e2797808\n"), 0);
	assert_int_equal(write_to(fake, "devices/region2/size", "0x20000000"), 0);
	for (int i = 3; i <= 5; i += 2) {
		char path[64];

		snprintf(path, sizeof(path), "devices/decoder%d.0/mode", i);
		assert_int_equal(write_to(fake, path, "pmem"), 0);
		snprintf(path, sizeof(path), "devices/decoder%d.0/dpa_size", i);
		assert_int_equal(write_to(fake, path, "0x10000000"), 0);
	}
	assert_int_equal(write_to(fake, "devices/region2/target0", "decoder3.0"), 0);
	assert_int_equal(write_to(fake, "devices/region2/target0", "decoder3.0"), -EBUSY);
	assert_string_equal(fake_splat(fake), "");
	(void)write_to(fake, "devices/region2/target1", "decoder5.0");
	assert_non_null(strstr(fake_splat(fake), "NULL"));
	fake_free(fake);
}

static void test_copies_and_normal_forms(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12), *copy = two(FAKE_KERNEL_6_12);
	char difference[512] = "";

	assert_true(fake_same_normal_form(fake, copy, difference, sizeof(difference)));
	assert_int_equal(write_to(fake, "devices/decoder3.0/mode", "pmem"), 0);
	assert_true(fake_same_normal_form(fake, copy, difference, sizeof(difference)));
	assert_int_equal(write_to(fake, "devices/decoder3.0/dpa_size", "0x10000000"), 0);
	assert_false(fake_same_normal_form(fake, copy, difference, sizeof(difference)));
	assert_non_null(strstr(difference, "endpoint3"));
	fake_copy(copy, fake);
	assert_true(fake_same_normal_form(fake, copy, difference, sizeof(difference)));
	assert_int_equal(write_to(copy, "devices/decoder3.0/dpa_size", "0"), 0);
	assert_string_equal(read_from(fake, "devices/decoder3.0/dpa_size"), "0x0000000010000000");
	fake_free(fake);
	fake_free(copy);
}

/* An endpoint that comes back while somebody holds the old one has another name; a handle on the old one reads nothing. */
static void test_an_endpoint_comes_back(void **state)
{
	struct fake *fake = two(FAKE_KERNEL_6_12);
	char value[64];
	int dir;

	commit_region(fake);
	dir = sysfs_open(fake_sysfs(fake), SYSFS_ROOT, "bus/cxl/devices/decoder3.0");
	assert_true(dir > 0);
	assert_int_equal(fake_unbind_endpoint(fake, "endpoint3"), 0);
	assert_int_equal(fake_unbind_endpoint(fake, "endpoint3"), -ENODEV);
	assert_int_equal(sysfs_read(fake_sysfs(fake), dir, "dpa_size", value, sizeof(value)), -ENOENT);
	assert_int_equal(sysfs_write(fake_sysfs(fake), dir, "dpa_size", "0"), -ENOENT);
	sysfs_close(fake_sysfs(fake), dir);
	assert_string_equal(read_from(fake, "devices/region0/commit"), "0");
	assert_string_equal(read_from(fake, "devices/region0/size"), "0x10000000");
	assert_int_equal(fake_bind_memdev(fake, "mem0"), 0);
	assert_int_equal(fake_bind_memdev(fake, "mem0"), -EBUSY);
	assert_string_equal(read_from(fake, "devices/decoder7.0/mode"), "none");
	assert_true(sysfs_open(fake_sysfs(fake), SYSFS_ROOT, "bus/cxl/devices/endpoint3") < 0);
	assert_string_equal(fake_splat(fake), "");
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_6_1),
		cmocka_unit_test(test_6_12),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_a_killed_writer),
		cmocka_unit_test(test_an_unbind_before_settling_is_a_splat),
		cmocka_unit_test(test_a_bind_without_cxl_pmem),
		cmocka_unit_test(test_a_bind_without_an_nvdimm_is_a_splat),
		cmocka_unit_test(test_a_target_attached_twice_is_a_splat),
		cmocka_unit_test(test_copies_and_normal_forms),
		cmocka_unit_test(test_an_endpoint_comes_back),
	};

	return cmocka_run_group_tests_name("fake", tests, NULL, NULL);
}
