/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

static char directory[] = "/tmp/test-config-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int load(struct config *ret_config)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/conf", directory);
	return config_load(path, ret_config);
}

static int load_text(const char *text, struct config *ret_config)
{
	write_file("conf", text);
	return load(ret_config);
}

static void test_defaults(void **state)
{
	struct config config;

	assert_int_equal(load_text("", &config), 0);
	assert_int_equal(config.workers, 4);
	assert_false(config.refuse_unfixed_kernel);
	assert_false(config.try_guest_commit);
	assert_int_equal(config.stop_timeout_seconds, 30);
	assert_int_equal(config.repair_wait_seconds, 2);
	assert_string_equal(config.region_group, "");
	assert_int_equal(config.warnings, 0);
}

static void test_all_keys(void **state)
{
	struct config config;

	assert_int_equal(
		load_text("# a comment\n[Daemon]\nWorkers=64\nUnfixedKernel = refuse\nGuestCommit=try ; really\n"
			  "StopTimeoutSec=3600\nRepairWaitSec=0\nLockTimeoutSec=60\n[Access]\nRegionGroup=daemon\n"
			  "PortGroup=games\n",
			  &config),
		0);
	assert_int_equal(config.workers, 64);
	assert_true(config.refuse_unfixed_kernel);
	assert_true(config.try_guest_commit);
	assert_int_equal(config.stop_timeout_seconds, 3600);
	assert_int_equal(config.repair_wait_seconds, 0);
	assert_int_equal(config.lock_timeout_seconds, 60);
	assert_string_equal(config.region_group, "daemon");
	assert_int_equal(config.region_gid, 1);
	assert_string_equal(config.port_group, "games");
	assert_int_equal(config.port_gid, 60);
	assert_int_equal(config.warnings, 0);
}

static void test_wrong_values(void **state)
{
	static const char *const texts[] = {
		"[Daemon]\nWorkers=1\n",
		"[Daemon]\nWorkers=65\n",
		"[Daemon]\nWorkers=\n",
		"[Daemon]\nWorkers=4x\n",
		"[Daemon]\nWorkers=-4\n",
		"[Daemon]\nWorkers=0x4\n",
		"[Daemon]\nWorkers=18446744073709551620\n",
		"[Daemon]\nUnfixedKernel=Warn\n",
		"[Daemon]\nGuestCommit=yes\n",
		"[Daemon]\nStopTimeoutSec=0\n",
		"[Daemon]\nStopTimeoutSec=3601\n",
		"[Daemon]\nRepairWaitSec=-1\n",
		"[Daemon]\nRepairWaitSec=61\n",
		"[Access]\nRegionGroup=no-such-group\n",
		"[Access]\nPortGroup=no-such-group\n",
		"[Access]\nRegionGroup=gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg\n",
		"[Daemon\nWorkers=4\n",
		"[Daemon]\nWorkers\n",
	};
	struct config config = { .workers = 7 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(load_text(texts[i], &config), -EINVAL);
	assert_int_equal(config.workers, 7);
}

static void test_what_has_no_effect_is_warned_of(void **state)
{
	struct config config;

	assert_int_equal(load_text("[Daemon]\nNoSuch=1\n[Access]\nPortGroup=\nDestroyGroup=b\n"
				   "[NoSuch]\nWorkers=1\n",
				   &config),
			 0);
	assert_int_equal(config.warnings, 3);
	assert_int_equal(config.workers, 4);
}

static void test_line_that_is_too_long(void **state)
{
	char text[1000] = "[Daemon]\nWorkers=";
	struct config config;

	memset(text + strlen(text), '4', 900);
	assert_int_equal(load_text(text, &config), -EINVAL);
}

static void test_dropins_in_order(void **state)
{
	char path[PATH_MAX];
	struct config config;

	snprintf(path, sizeof(path), "%s/conf.d", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file("conf", "[Daemon]\nWorkers=10\nStopTimeoutSec=5\n");
	write_file("conf.d/20.conf", "[Daemon]\nWorkers=20\n");
	write_file("conf.d/10.conf", "[Daemon]\nWorkers=30\nGuestCommit=try\n");
	write_file("conf.d/.hidden.conf", "garbage");
	write_file("conf.d/other.txt", "garbage");
	assert_int_equal(load(&config), 0);
	assert_int_equal(config.workers, 20);
	assert_int_equal(config.stop_timeout_seconds, 5);
	assert_true(config.try_guest_commit);
	write_file("conf.d/30.conf", "garbage");
	assert_int_equal(load(&config), -EINVAL);
}

static void test_a_named_file_must_be_there(void **state)
{
	struct config config;

	assert_int_equal(config_load("/no/such/file", &config), -ENOENT);
}

static int setup(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_what_has_no_effect_is_warned_of),
		cmocka_unit_test(test_line_that_is_too_long),
		cmocka_unit_test(test_dropins_in_order),
		cmocka_unit_test(test_a_named_file_must_be_there),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
