/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths are those that Linux 6.12 and 6.1 show on the same host. */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>

#include "event-pair.h"
#include "hotplug-places.h"

#define ROOT "/devices/platform/ACPI0017:00/root0"

static void attach(int *fds, const char *ports)
{
	char text[1024];
	struct json_object *topology;

	snprintf(text, sizeof(text), "{\"ports\":[%s]}", ports);
	topology = json_tokener_parse(text);
	assert_non_null(topology);
	assert_int_equal(hotplug_places_attach(fds[1], topology), 0);
	json_object_put(topology);
}

#define ROOT_PORT(dport)                                                                                             \
	"{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"ACPI0017:00\",\"dports\":[{\"id\":32,\"device\":\"" dport \
	"\"}]}"
#define BRIDGE(uport, dport)                                                                                        \
	"{\"port\":\"port1\",\"kind\":\"bridge\",\"uport\":\"" uport "\",\"dports\":[{\"id\":0,\"device\":\"" dport \
	"\"}]}"

static void assert_known_host(int *fds)
{
	assert_true(event_passes(fds, "unbind", ROOT));
	assert_true(event_passes(fds, "unbind", ROOT "/port1"));
	assert_true(event_passes(fds, "unbind", ROOT "/port1/endpoint3"));
	assert_true(event_passes(fds, "unbind", "/devices/platform/ACPI0017:00"));
	assert_true(event_passes(fds, "unbind", "/devices/pci0000:20/0000:20:00.0/0000:21:00.0/mem0"));
	assert_true(event_passes(fds, "unbind", "/devices/pci0000:20/0000:20:00.0/0000:21:00.0"));
	assert_false(event_passes(fds, "unbind", ROOT "/decoder0.0/region0"));
	assert_false(event_passes(fds, "unbind", ROOT "/nvdimm-bridge0/ndbus0/region0"));
	assert_false(event_passes(fds, "unbind", "/devices/pci0000:00/0000:00:1f.2"));
	assert_false(event_passes(fds, "unbind", "/devices/virtual/block/loop0"));
}

static void test_known(void **state)
{
	attach(*state, ROOT_PORT("pci0000:20") "," BRIDGE("pci0000:20", "0000:20:00.0"));
	assert_known_host(*state);
}

static void test_bridge_known_by_its_acpi_device(void **state)
{
	attach(*state, ROOT_PORT("ACPI0016:00") "," BRIDGE("ACPI0016:00", "0000:20:00.0"));
	assert_known_host(*state);
}

static void test_bridge_without_a_port(void **state)
{
	attach(*state, ROOT_PORT("pci0000:20"));
	assert_known_host(*state);
}

/* One of which no bus is known: better all than none. */
static void test_bridge_of_another_kind(void **state)
{
	attach(*state, ROOT_PORT("ACPI0016:00") "," BRIDGE("ACPI0016:00", ""));
	assert_true(event_passes(*state, "unbind", "/devices/pci0000:20/0000:20:00.0/0000:21:00.0/mem0"));
	assert_true(event_passes(*state, "unbind", "/devices/pci0000:00/0000:00:1f.2"));
}

static void test_other_roots(void **state)
{
	attach(*state, "{\"port\":\"root7\",\"kind\":\"root\",\"uport\":\"cxl_acpi.0\",\"dports\":[]}");
	assert_true(event_passes(*state, "unbind", "/devices/platform/cxl_acpi.0/root7/port9"));
	assert_false(event_passes(*state, "unbind", "/devices/platform/cxl_acpi.0/root7/decoder7.0/region0"));
}

static void test_unknown(void **state)
{
	int *fds = *state;

	assert_int_equal(hotplug_places_attach(fds[1], NULL), 0);
	assert_true(event_passes(fds, "unbind", ROOT "/port1"));
	assert_true(event_passes(fds, "unbind", "/devices/pci0000:00/0000:00:1f.2"));
	assert_false(event_passes(fds, "unbind", ROOT "/decoder0.0/region0"));
	attach(fds, "");
	assert_true(event_passes(fds, "unbind", ROOT));
	assert_false(event_passes(fds, "unbind", "/devices/pci0000:00/0000:00:1f.2"));
}

static void test_changes(void **state)
{
	int *fds = *state;

	assert_int_equal(hotplug_changes_attach(fds[1]), 0);
	assert_true(event_passes(fds, "unbind", ROOT "/decoder0.0/region0"));
	assert_true(event_passes(fds, "unbind", "/devices/pci0000:00/0000:00:1f.2/mem9"));
	assert_false(event_passes(fds, "unbind", ROOT "/nvdimm-bridge0/ndbus0/region0/pfn0.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		event_pair_test(test_known),
		event_pair_test(test_bridge_known_by_its_acpi_device),
		event_pair_test(test_bridge_without_a_port),
		event_pair_test(test_bridge_of_another_kind),
		event_pair_test(test_other_roots),
		event_pair_test(test_unknown),
		event_pair_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
