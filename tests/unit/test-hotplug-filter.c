/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel runs the filter here as it does for its events: on datagrams, of a pair of local sockets. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hotplug-filter.h"

#define ROOT "/devices/platform/ACPI0017:00/root0"

static int setup(void **state)
{
	static int fds[2];

	*state = fds;
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds);
}

static int teardown(void **state)
{
	int *fds = *state;

	close(fds[0]);
	close(fds[1]);
	return 0;
}

/* Does a kernel event "ACTION@PATH" with its properties come through, whole? */
static bool passes(int *fds, const char *action, const char *path)
{
	char message[512], got[512];
	ssize_t length;

	memset(message, 0, sizeof(message));
	snprintf(message, sizeof(message), "%s@%s", action, path);
	length = (ssize_t)strlen(message) + 200;
	assert_int_equal(send(fds[0], message, (size_t)length, 0), length);
	if (recv(fds[1], got, sizeof(got), 0) < 0) {
		assert_int_equal(errno, EAGAIN);
		return false;
	}
	assert_memory_equal(got, message, length);
	assert_int_equal(recv(fds[1], got, sizeof(got), 0), -1);
	return true;
}

static void test_first_rule_decides(void **state)
{
	static struct hotplug_filter filter;
	int *fds = *state;

	hotplug_filter_begin(&filter, HOTPLUG_DROP);
	hotplug_filter_rule(&filter, ROOT "/decoder", HOTPLUG_DROP);
	hotplug_filter_rule(&filter, "/devices/pci0000:20/", HOTPLUG_KEEP);
	hotplug_filter_rule(&filter, "/devices/platform/", HOTPLUG_KEEP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_DROP, fds[1]), 0);

	for (size_t i = 0; i < 4; i++) {
		const char *action = (const char *[]){ "add", "remove", "bind", "unbind" }[i];

		assert_false(passes(fds, action, ROOT "/decoder0.0/region0"));
		assert_true(passes(fds, action, ROOT "/port1"));
		assert_true(passes(fds, action, ROOT));
		assert_true(passes(fds, action, "/devices/platform/ACPI0017:00"));
		assert_true(passes(fds, action, "/devices/pci0000:20/0000:20:00.0/mem0"));
		assert_false(passes(fds, action, "/devices/pci0000:21/0000:20:00.0/mem0"));
		assert_false(passes(fds, action, "/devices/virtual/block/dm-0"));
	}
	assert_false(passes(fds, "change", ROOT "/port1"));
	assert_false(passes(fds, "unbin", ROOT "/port1"));
	assert_false(passes(fds, "libudev", ""));
}

static void test_rest_and_others(void **state)
{
	static struct hotplug_filter filter;
	int *fds = *state;

	hotplug_filter_begin(&filter, HOTPLUG_KEEP);
	hotplug_filter_rule(&filter, ROOT "/nvdimm-bridge", HOTPLUG_DROP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_KEEP, fds[1]), 0);
	assert_false(passes(fds, "bind", ROOT "/nvdimm-bridge0/ndbus0/region0"));
	assert_true(passes(fds, "bind", ROOT "/decoder0.0/region0"));
	assert_true(passes(fds, "change", ROOT "/nvdimm-bridge0"));
	/* Another one takes its place. */
	hotplug_filter_begin(&filter, HOTPLUG_DROP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_DROP, fds[1]), 0);
	assert_false(passes(fds, "bind", ROOT "/decoder0.0/region0"));
}

/* Each length, because text is compared in pieces of four, two and one bytes; each place of a difference. */
static void test_lengths(void **state)
{
	static struct hotplug_filter filter;
	const char *path = "/devices/platform";
	char prefix[32], other[32];
	int *fds = *state;

	for (int length = 1; length <= (int)strlen(path); length++) {
		snprintf(prefix, sizeof(prefix), "%.*s", length, path);
		hotplug_filter_begin(&filter, HOTPLUG_DROP);
		hotplug_filter_rule(&filter, prefix, HOTPLUG_KEEP);
		assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_DROP, fds[1]), 0);
		assert_true(passes(fds, "remove", path));
		for (int at = 0; at < length; at++) {
			snprintf(other, sizeof(other), "%s", path);
			other[at]++;
			assert_false(passes(fds, "remove", other));
		}
	}
}

static void test_too_many_rules(void **state)
{
	static struct hotplug_filter filter;
	int *fds = *state;

	hotplug_filter_begin(&filter, HOTPLUG_DROP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_KEEP, fds[1]), 0);
	hotplug_filter_begin(&filter, HOTPLUG_DROP);
	for (int i = 0; i < BPF_MAXINSNS; i++)
		hotplug_filter_rule(&filter, "/devices", HOTPLUG_DROP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_DROP, fds[1]), -E2BIG);
	assert_true(passes(fds, "add", "/devices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_rule_decides, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rest_and_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_rules, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
