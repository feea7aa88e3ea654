/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access.h"
#include "config.h"

static const struct config with_group = { .region_group = "cxl", .region_gid = 70 };
static const struct config without_group = {};

static struct credentials user(uid_t uid, gid_t gid, gid_t *groups, size_t count)
{
	return (struct credentials){ .uid = uid, .gid = gid, .groups = groups, .group_count = count };
}

static void test_everybody_reads(void **state)
{
	struct credentials nobody = user(65534, 65534, NULL, 0);
	struct failure failure;

	assert_int_equal(access_check(&without_group, ACCESS_READ, &nobody, &failure), 0);
}

static void test_who_changes_regions(void **state)
{
	gid_t groups[] = { 5, 70, 9 };
	struct credentials root = user(0, 0, NULL, 0), primary = user(1000, 70, NULL, 0);
	struct credentials member = user(1000, 1000, groups, 3), other = user(1000, 1000, groups, 1);
	struct failure failure;

	assert_int_equal(access_check(&with_group, ACCESS_REGION, &root, &failure), 0);
	assert_int_equal(access_check(&with_group, ACCESS_REGION, &primary, &failure), 0);
	assert_int_equal(access_check(&with_group, ACCESS_REGION, &member, &failure), 0);
	assert_int_equal(access_check(&with_group, ACCESS_REGION, &other, &failure), ERROR_NOT_PERMITTED);
	assert_non_null(strstr(failure.remedy, "\"cxl\""));
	assert_int_equal(failure.outcome, OUTCOME_UNCHANGED);
}

/* Each level has its group: members of one are nobody to the other. */
static void test_who_changes_ports(void **state)
{
	const struct config both = { .region_group = "cxl", .region_gid = 70, .port_group = "ports", .port_gid = 71 };
	gid_t groups[] = { 70, 71 };
	struct credentials root = user(0, 0, NULL, 0), region = user(1000, 70, NULL, 0);
	struct credentials port = user(1000, 71, NULL, 0), member = user(1000, 1000, groups, 2);
	struct failure failure;

	assert_int_equal(access_check(&both, ACCESS_PORT, &root, &failure), 0);
	assert_int_equal(access_check(&both, ACCESS_PORT, &port, &failure), 0);
	assert_int_equal(access_check(&both, ACCESS_PORT, &member, &failure), 0);
	assert_int_equal(access_check(&both, ACCESS_REGION, &member, &failure), 0);
	assert_int_equal(access_check(&both, ACCESS_PORT, &region, &failure), ERROR_NOT_PERMITTED);
	assert_non_null(strstr(failure.remedy, "\"ports\""));
	assert_int_equal(access_check(&both, ACCESS_REGION, &port, &failure), ERROR_NOT_PERMITTED);
	assert_int_equal(access_check(&with_group, ACCESS_PORT, &region, &failure), ERROR_NOT_PERMITTED);
	assert_non_null(strstr(failure.remedy, "PortGroup="));
}

/* The group id of a configuration without a group is 0, which must not let the group root in. */
static void test_no_group_is_not_group_0(void **state)
{
	gid_t groups[] = { 0 };
	struct credentials admin = user(1000, 0, groups, 1);
	struct failure failure;

	assert_int_equal(access_check(&without_group, ACCESS_REGION, &admin, &failure), ERROR_NOT_PERMITTED);
	assert_non_null(strstr(failure.remedy, "RegionGroup="));
}

static void test_credentials_of_a_socket(void **state)
{
	struct credentials credentials;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(credentials_read(pair[0], &credentials), 0);
	assert_int_equal(credentials.uid, geteuid());
	assert_int_equal(credentials.gid, getegid());
	assert_int_equal(credentials.pid, getpid());
	assert_int_equal(credentials.group_count, getgroups(0, NULL));
	credentials_done(&credentials);
	close(pair[0]);
	close(pair[1]);
	assert_true(credentials_read(-1, &credentials) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_reads),		cmocka_unit_test(test_who_changes_regions),
		cmocka_unit_test(test_who_changes_ports),	cmocka_unit_test(test_no_group_is_not_group_0),
		cmocka_unit_test(test_credentials_of_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
