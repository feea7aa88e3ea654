/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which regions live at which port, out of a topology as a worker tells it. */
#include "unit.h"

#include <json-c/json.h>

#include "cleanup.h"
#include "port-list.h"

static void assert_ports(const char *topology, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *object = json_tokener_parse(topology);
	CLEANUP(cleanup_json) struct json_object *wanted = json_tokener_parse(expected);
	CLEANUP(cleanup_json) struct json_object *ports = NULL;

	assert_non_null(object);
	assert_non_null(wanted);
	assert_int_equal(port_list_new(object, &ports), 0);
	if (!json_object_equal(wanted, ports))
		fail_msg("expected %s\ngot %s", expected, json_object_to_json_string(ports));
}

#define ROOT	 "{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"ACPI0017:00\",\"bound\":true}"
#define BRIDGE	 "{\"port\":\"port1\",\"kind\":\"bridge\",\"parent\":\"root0\",\"uport\":\"pci0000:20\",\"bound\":true}"
#define OTHER	 "{\"port\":\"port2\",\"kind\":\"bridge\",\"parent\":\"root0\",\"uport\":\"pci0000:30\",\"bound\":false}"
#define ENDPOINT "{\"port\":\"endpoint3\",\"kind\":\"endpoint\",\"parent\":\"port1\",\"uport\":\"mem0\",\"bound\":true}"

static void test_regions_on_the_way_up(void **state)
{
	assert_ports(
		"{\"ports\":[" ROOT "," BRIDGE "," OTHER "," ENDPOINT "],\"decoders\":["
		"{\"decoder\":\"decoder0.0\",\"port\":\"root0\"},"
		"{\"decoder\":\"decoder1.0\",\"port\":\"port1\",\"region\":\"region0\"},"
		"{\"decoder\":\"decoder3.0\",\"port\":\"endpoint3\",\"region\":\"region0\"},"
		"{\"decoder\":\"decoder3.1\",\"port\":\"endpoint3\",\"region\":\"region7\"}],"
		"\"memdevs\":[{\"memdev\":\"mem0\",\"endpoint\":\"endpoint3\"},{\"memdev\":\"mem1\"}]}",
		"[{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"ACPI0017:00\",\"bound\":true,\"regions\":["
		"\"region0\",\"region7\"]},"
		"{\"port\":\"port1\",\"kind\":\"bridge\",\"uport\":\"pci0000:20\",\"bound\":true,\"regions\":["
		"\"region0\",\"region7\"]},"
		"{\"port\":\"port2\",\"kind\":\"bridge\",\"uport\":\"pci0000:30\",\"bound\":false,\"regions\":[]},"
		"{\"port\":\"endpoint3\",\"kind\":\"endpoint\",\"uport\":\"mem0\",\"memdev\":\"mem0\",\"bound\":true,"
		"\"regions\":[\"region0\",\"region7\"]},"
		"{\"port\":\"mem1\",\"kind\":\"endpoint\",\"uport\":\"mem1\",\"memdev\":\"mem1\",\"bound\":false,"
		"\"regions\":[]}]");
}

static void test_nothing_there(void **state)
{
	assert_ports("{\"ports\":[],\"decoders\":[],\"memdevs\":[]}", "[]");
	assert_ports("{}", "[]");
}

/* A picture that makes no sense ends the walk. */
static void test_a_loop(void **state)
{
	assert_ports(
		"{\"ports\":[{\"port\":\"port1\",\"parent\":\"port1\",\"kind\":\"bridge\",\"uport\":\"a\"}],"
		"\"decoders\":[{\"port\":\"port1\",\"region\":\"region0\"},{\"port\":\"port9\",\"region\":\"region1\"}]"
		"}",
		"[{\"port\":\"port1\",\"kind\":\"bridge\",\"uport\":\"a\",\"bound\":false,\"regions\":[\"region0\"]}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regions_on_the_way_up),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
