/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "event-pair.h"
#include "hotplug-filter.h"

#define ROOT "/devices/platform/ACPI0017:00/root0"

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

		assert_false(event_passes(fds, action, ROOT "/decoder0.0/region0"));
		assert_true(event_passes(fds, action, ROOT "/port1"));
		assert_true(event_passes(fds, action, ROOT));
		assert_true(event_passes(fds, action, "/devices/platform/ACPI0017:00"));
		assert_true(event_passes(fds, action, "/devices/pci0000:20/0000:20:00.0/mem0"));
		assert_false(event_passes(fds, action, "/devices/pci0000:21/0000:20:00.0/mem0"));
		assert_false(event_passes(fds, action, "/devices/virtual/block/dm-0"));
	}
	assert_false(event_passes(fds, "change", ROOT "/port1"));
	assert_false(event_passes(fds, "unbin", ROOT "/port1"));
	assert_false(event_passes(fds, "libudev", ""));
}

static void test_rest_and_others(void **state)
{
	static struct hotplug_filter filter;
	int *fds = *state;

	hotplug_filter_begin(&filter, HOTPLUG_KEEP);
	hotplug_filter_rule(&filter, ROOT "/nvdimm-bridge", HOTPLUG_DROP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_KEEP, fds[1]), 0);
	assert_false(event_passes(fds, "bind", ROOT "/nvdimm-bridge0/ndbus0/region0"));
	assert_true(event_passes(fds, "bind", ROOT "/decoder0.0/region0"));
	assert_true(event_passes(fds, "change", ROOT "/nvdimm-bridge0"));
	/* Another one takes its place. */
	hotplug_filter_begin(&filter, HOTPLUG_DROP);
	assert_int_equal(hotplug_filter_attach(&filter, HOTPLUG_DROP, fds[1]), 0);
	assert_false(event_passes(fds, "bind", ROOT "/decoder0.0/region0"));
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
		assert_true(event_passes(fds, "remove", path));
		for (int at = 0; at < length; at++) {
			snprintf(other, sizeof(other), "%s", path);
			other[at]++;
			assert_false(event_passes(fds, "remove", other));
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
	assert_true(event_passes(fds, "add", "/devices"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		event_pair_test(test_first_rule_decides),
		event_pair_test(test_rest_and_others),
		event_pair_test(test_lengths),
		event_pair_test(test_too_many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
