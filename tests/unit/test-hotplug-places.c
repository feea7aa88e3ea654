/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths are those that Linux 6.12 and 6.1 show on the same host. */
#include "unit.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hotplug-places.h"

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

static bool passes(int *fds, const char *path)
{
	char message[512] = "";

	snprintf(message, sizeof(message), "unbind@%s", path);
	assert_int_equal(send(fds[0], message, sizeof(message), 0), sizeof(message));
	return recv(fds[1], message, sizeof(message), 0) > 0;
}

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
	assert_true(passes(fds, ROOT));
	assert_true(passes(fds, ROOT "/port1"));
	assert_true(passes(fds, ROOT "/port1/endpoint3"));
	assert_true(passes(fds, "/devices/platform/ACPI0017:00"));
	assert_true(passes(fds, "/devices/pci0000:20/0000:20:00.0/0000:21:00.0/mem0"));
	assert_true(passes(fds, "/devices/pci0000:20/0000:20:00.0/0000:21:00.0"));
	assert_false(passes(fds, ROOT "/decoder0.0/region0"));
	assert_false(passes(fds, ROOT "/nvdimm-bridge0/ndbus0/region0"));
	assert_false(passes(fds, "/devices/pci0000:00/0000:00:1f.2"));
	assert_false(passes(fds, "/devices/virtual/block/loop0"));
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
	assert_true(passes(*state, "/devices/pci0000:20/0000:20:00.0/0000:21:00.0/mem0"));
	assert_true(passes(*state, "/devices/pci0000:00/0000:00:1f.2"));
}

static void test_other_roots(void **state)
{
	attach(*state, "{\"port\":\"root7\",\"kind\":\"root\",\"uport\":\"cxl_acpi.0\",\"dports\":[]}");
	assert_true(passes(*state, "/devices/platform/cxl_acpi.0/root7/port9"));
	assert_false(passes(*state, "/devices/platform/cxl_acpi.0/root7/decoder7.0/region0"));
}

static void test_unknown(void **state)
{
	int *fds = *state;

	assert_int_equal(hotplug_places_attach(fds[1], NULL), 0);
	assert_true(passes(fds, ROOT "/port1"));
	assert_true(passes(fds, "/devices/pci0000:00/0000:00:1f.2"));
	assert_false(passes(fds, ROOT "/decoder0.0/region0"));
	attach(fds, "");
	assert_true(passes(fds, ROOT));
	assert_false(passes(fds, "/devices/pci0000:00/0000:00:1f.2"));
}

static void test_changes(void **state)
{
	int *fds = *state;

	assert_int_equal(hotplug_changes_attach(fds[1]), 0);
	assert_true(passes(fds, ROOT "/decoder0.0/region0"));
	assert_true(passes(fds, "/devices/pci0000:00/0000:00:1f.2/mem9"));
	assert_false(passes(fds, ROOT "/nvdimm-bridge0/ndbus0/region0/pfn0.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_known, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bridge_known_by_its_acpi_device, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bridge_without_a_port, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bridge_of_another_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_roots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
