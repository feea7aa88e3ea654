/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which locks a request needs on a host of two bridges, a switch below one of them, and a memdev that is nowhere. */
#include "unit.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "lock-scope.h"

#define PORT(name, kind, parent, dport, uport)                                                                   \
	"{\"port\":\"" name "\",\"kind\":\"" kind "\",\"parent\":\"" parent "\",\"parent_dport\":\"" dport "\"," \
	"\"uport\":\"" uport "\",\"bound\":true}"
#define ROOT_DECODER(name, targets) \
	"{\"decoder\":\"" name "\",\"port\":\"root0\",\"kind\":\"root\",\"targets\":[" targets "]}"
#define MEMDEV(name, serial, host, endpoint) \
	"{\"memdev\":\"" name "\",\"serial\":" serial ",\"host\":\"" host "\",\"endpoint\":\"" endpoint "\"}"
/* One object a line: clang-format makes a stair of more. */
#define ROOT	  "{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"ACPI0017:00\",\"bound\":true}"
#define PORT1	  PORT("port1", "bridge", "root0", "pci0000:0c", "pci0000:0c")
#define PORT2	  PORT("port2", "bridge", "root0", "pci0000:20", "pci0000:20")
#define ENDPOINT3 PORT("endpoint3", "endpoint", "port1", "0000:0c:00.0", "mem0")
#define PORT4	  PORT("port4", "switch", "port2", "0000:20:00.0", "0000:21:00.0")
#define ENDPOINT5 PORT("endpoint5", "endpoint", "port4", "0000:22:00.0", "mem1")
#define ENDPOINT6 PORT("endpoint6", "endpoint", "port4", "0000:22:01.0", "mem2")
#define PORTS	  ROOT "," PORT1 "," PORT2 "," ENDPOINT3 "," PORT4 "," ENDPOINT5 "," ENDPOINT6

#define ON_A	 ROOT_DECODER("decoder0.0", "\"pci0000:0c\"")
#define ON_B	 ROOT_DECODER("decoder0.1", "\"pci0000:20\"")
#define ON_BOTH	 ROOT_DECODER("decoder0.2", "\"pci0000:0c\",\"pci0000:20\"")
#define NO_ROOT	 "{\"decoder\":\"decoder3.0\",\"port\":\"endpoint3\",\"kind\":\"endpoint\",\"targets\":[]}"
#define DECODERS ON_A "," ON_B "," ON_BOTH "," NO_ROOT

#define MEM0	MEMDEV("mem0", "17", "0000:0d:00.0", "endpoint3")
#define MEM1	MEMDEV("mem1", "18446744073709551615", "0000:23:00.0", "endpoint5")
#define MEM2	MEMDEV("mem2", "19", "0000:24:00.0", "endpoint6")
#define NOWHERE "{\"memdev\":\"mem3\",\"serial\":20,\"host\":\"0000:0e:00.0\"}"
#define MEMDEVS MEM0 "," MEM1 "," MEM2 "," NOWHERE

#define HARDWARE "\"ports\":[" PORTS "],\"decoders\":[" DECODERS "],\"memdevs\":[" MEMDEVS "]"
#define REGIONS                                                                                               \
	"\"regions\":[{\"region\":\"region0\",\"root_decoder\":\"decoder0.1\",\"mappings\":[{\"position\":0," \
	"\"memdev\":\"mem1\"}]},{\"region\":\"region1\",\"root_decoder\":\"decoder0.9\",\"mappings\":[]}]"
#define REGION_WITHOUT_A_MEMDEV                                                                               \
	"\"regions\":[{\"region\":\"region2\",\"root_decoder\":\"decoder0.2\",\"mappings\":[{\"position\":0," \
	"\"memdev\":\"mem0\"},{\"position\":1}]}]"

#define BRIDGE_A "mem0 pci0000:0c"
#define ALL_OF_B "0000:21:00.0 mem1 mem1:device mem2 mem2:device pci0000:20"
#define SHARED	 " root0 (shared)"
#define HOST	 "root0"

static const char with_regions[] = "{" HARDWARE "," REGIONS "}";
static const char with_a_loss[] = "{" HARDWARE "," REGION_WITHOUT_A_MEMDEV "}";

static struct json_object *parse(const char *text)
{
	struct json_object *json = json_tokener_parse(text);

	assert_non_null(json);
	return json;
}

/* Takes the set. */
static void assert_set(struct lock_set *set, const char *expected)
{
	struct json_object *names;
	char text[512] = "";

	assert_int_equal(lock_scope_to_json(set, &names), 0);
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, json_object_get_string(json_object_array_get_idx(names, i)));
	}
	assert_string_equal(text, expected);
	assert_true(lock_scope_has_host(set) == !strstr(expected, SHARED));
	json_object_put(names);
	lock_set_done(set);
}

static void assert_create(const char *request, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *topology = parse(with_regions), *json = parse(request);
	struct lock_set set = {};

	assert_int_equal(lock_scope_create(topology, json, &set), 0);
	assert_set(&set, expected);
}

static void assert_region(const char *text, const char *region, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *topology = parse(text);
	struct lock_set set = {};

	assert_int_equal(lock_scope_region(topology, region, &set), 0);
	assert_set(&set, expected);
}

static void assert_object(const char *text, const char *name, const char *expected)
{
	CLEANUP(cleanup_json) struct json_object *topology = parse(text);
	struct lock_set set = {};

	assert_int_equal(lock_scope_object(topology, name, &set), 0);
	assert_set(&set, expected);
}

static void test_create_on_memdevs(void **state)
{
	assert_create("{\"root_decoder\":\"decoder0.0\",\"memdevs\":[\"mem0\"]}", "decoder0.0 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.0\",\"memdevs\":[\"0000:0d:00.0\"]}",
		      "decoder0.0 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.0\",\"memdevs\":[\"serial=17\"]}", "decoder0.0 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.1\",\"memdevs\":[\"serial=18446744073709551615\"]}",
		      "0000:21:00.0 decoder0.1 mem1 pci0000:20" SHARED);
	assert_create("{\"root_decoder\":\"decoder0.2\",\"memdevs\":[\"mem2\",\"mem0\"]}",
		      "0000:21:00.0 decoder0.2 mem0 mem2 pci0000:0c pci0000:20" SHARED);
}

static void test_create_on_any_window(void **state)
{
	assert_create("{\"memdevs\":[\"mem0\"]}", "decoder0.0 decoder0.1 decoder0.2 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.7\",\"memdevs\":[\"mem0\"]}",
		      "decoder0.0 decoder0.1 decoder0.2 " BRIDGE_A SHARED);
}

static void test_create_on_any_memdev(void **state)
{
	assert_create("{\"root_decoder\":\"decoder0.0\"}", "decoder0.0 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.0\",\"memdevs\":[]}", "decoder0.0 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.2\"}",
		      "0000:21:00.0 decoder0.2 mem0 mem1 mem2 pci0000:0c pci0000:20" SHARED);
	/* One that is nowhere now may be anywhere in the window when its turn comes. */
	assert_create("{\"root_decoder\":\"decoder0.0\",\"memdevs\":[\"mem3\"]}", "decoder0.0 " BRIDGE_A SHARED);
	assert_create("{\"root_decoder\":\"decoder0.0\",\"memdevs\":[\"mem9\"]}", "decoder0.0 " BRIDGE_A SHARED);
}

static void test_create_of_no_known_place(void **state)
{
	CLEANUP(cleanup_json) struct json_object *request = parse("{\"root_decoder\":\"decoder0.0\"}");
	struct lock_set set = {};

	assert_create("{}", HOST);
	assert_create("{\"memdevs\":[]}", HOST);
	assert_create("{\"root_decoder\":\"decoder0.7\"}", HOST);
	assert_create("{\"memdevs\":[\"mem9\"]}", "decoder0.0 decoder0.1 decoder0.2 " HOST);
	assert_int_equal(lock_scope_create(NULL, request, &set), 0);
	assert_set(&set, HOST);
}

static void test_region(void **state)
{
	struct lock_set set = {};

	assert_region(with_regions, "region0", "0000:21:00.0 decoder0.1 mem1 pci0000:20" SHARED);
	assert_region(with_regions, "region1", HOST);
	assert_region(with_regions, "region9", HOST);
	assert_region(with_a_loss, "region2", "0000:21:00.0 decoder0.2 mem0 mem1 mem2 pci0000:0c pci0000:20" SHARED);
	assert_int_equal(lock_scope_region(NULL, "region0", &set), 0);
	assert_set(&set, HOST);
}

static void test_port(void **state)
{
	static const char none[] = "{" HARDWARE ",\"regions\":[]}";

	assert_object(none, "port1", "mem0 mem0:device pci0000:0c" SHARED);
	assert_object(none, "pci0000:0c", "mem0 mem0:device pci0000:0c" SHARED);
	assert_object(none, "mem0", "mem0 mem0:device pci0000:0c" SHARED);
	assert_object(none, "endpoint6", "0000:21:00.0 mem2 mem2:device pci0000:20" SHARED);
	assert_object(none, "serial=19", "0000:21:00.0 mem2 mem2:device pci0000:20" SHARED);
	assert_object(none, "0000:21:00.0", ALL_OF_B SHARED);
	assert_object(none, "port2", ALL_OF_B SHARED);
	assert_object(none, "root0", HOST);
	assert_object(none, "mem3", HOST);
}

static void test_port_with_regions(void **state)
{
	/* mem2 has none of region0, but its bridge and its switch do not come without it. */
	assert_object("{" HARDWARE
		      ",\"regions\":[{\"region\":\"region0\",\"root_decoder\":\"decoder0.2\",\"mappings\":["
		      "{\"position\":0,\"memdev\":\"mem0\"},{\"position\":1,\"memdev\":\"mem1\"}]}]}",
		      "port4",
		      "0000:21:00.0 decoder0.2 mem0 mem0:device mem1 mem1:device mem2 mem2:device pci0000:0c "
		      "pci0000:20" SHARED);
	/* A region without one of its memdevs may be at any port. */
	assert_object(with_a_loss, "mem2",
		      "0000:21:00.0 decoder0.2 mem0 mem0:device mem1 mem1:device mem2 mem2:device pci0000:0c "
		      "pci0000:20" SHARED);
}

static void test_root_decoder(void **state)
{
	assert_object("{" HARDWARE ",\"regions\":[]}", "decoder0.0", "decoder0.0 mem0 mem0:device pci0000:0c" SHARED);
	assert_object("{" HARDWARE ",\"regions\":[]}", "decoder0.1",
		      "0000:21:00.0 decoder0.1 mem1 mem1:device mem2 mem2:device pci0000:20" SHARED);
}

static void test_what_is_no_object(void **state)
{
	static const char *const names[] = { "", "port9", "mem9", "decoder3.0", "decoder0.9", "serial=21", "region0" };
	CLEANUP(cleanup_json) struct json_object *topology = parse(with_regions);
	struct lock_set set = {};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(lock_scope_object(topology, names[i], &set), -ENOENT);
	assert_int_equal(lock_scope_object(NULL, "mem0", &set), -ENOENT);
	assert_int_equal(set.n, 0);
	assert_int_equal(lock_scope_port(topology, "port9", &set), 0);
	assert_set(&set, HOST);
}

static void test_names(void **state)
{
	CLEANUP(cleanup_json) struct json_object *names = parse("[\"pci0000:0c\",\"decoder0.0\",\"pci0000:0c\"]");
	struct lock_set set = {};

	assert_int_equal(lock_scope_names(names, &set), 0);
	assert_set(&set, "decoder0.0 pci0000:0c" SHARED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_on_memdevs),
		cmocka_unit_test(test_create_on_any_window),
		cmocka_unit_test(test_create_on_any_memdev),
		cmocka_unit_test(test_create_of_no_known_place),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_port_with_regions),
		cmocka_unit_test(test_root_decoder),
		cmocka_unit_test(test_what_is_no_object),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
