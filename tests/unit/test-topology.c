/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "topology-tree.h"
#include "tree.h"

static void assert_drawn(const char *json, bool unicode, const char *expected)
{
	struct json_object *topology = json_tokener_parse(json);
	struct tree_node *tree;
	char text[4096] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(topology);
	tree = topology_tree_new(topology);
	tree_print(tree, out, unicode);
	fclose(out);
	tree_free(tree);
	json_object_put(topology);
	assert_string_equal(text, expected);
}

/* One window with a region over two of three memdevs, one of them behind a switch; one memdev that is not bound. */
static const char host[] =
	"{\"ports\":["
	"{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"ACPI0017:00\",\"bound\":true},"
	"{\"port\":\"port1\",\"kind\":\"bridge\",\"parent\":\"root0\",\"uport\":\"pci0000:34\",\"bound\":true},"
	"{\"port\":\"endpoint2\",\"kind\":\"endpoint\",\"parent\":\"port1\",\"uport\":\"mem0\",\"bound\":true},"
	"{\"port\":\"port3\",\"kind\":\"switch\",\"parent\":\"port1\",\"uport\":\"0000:36:00.0\",\"bound\":false},"
	"{\"port\":\"endpoint4\",\"kind\":\"endpoint\",\"parent\":\"port3\",\"uport\":\"mem1\",\"bound\":true}],"
	"\"decoders\":["
	"{\"decoder\":\"decoder0.0\",\"port\":\"root0\",\"kind\":\"root\",\"resource\":4294967296,\"size\":4294967296,"
	"\"interleave_ways\":1,\"types\":[\"pmem\",\"ram\"],\"locked\":false,\"max_extent\":1073741824},"
	"{\"decoder\":\"decoder0.1\",\"port\":\"root0\",\"kind\":\"root\",\"resource\":8589934592,\"size\":1073741824,"
	"\"interleave_ways\":2,\"types\":[\"pmem\"],\"locked\":true},"
	"{\"decoder\":\"decoder1.0\",\"port\":\"port1\",\"kind\":\"switch\",\"region\":\"region0\",\"locked\":false},"
	"{\"decoder\":\"decoder2.0\",\"port\":\"endpoint2\",\"kind\":\"endpoint\",\"region\":\"region0\",\"mode\":"
	"\"pmem\","
	"\"dpa_resource\":0,\"dpa_size\":268435456},"
	"{\"decoder\":\"decoder4.0\",\"port\":\"endpoint4\",\"kind\":\"endpoint\"},"
	"{\"decoder\":\"decoder4.1\",\"port\":\"endpoint4\",\"kind\":\"endpoint\",\"mode\":\"ram\",\"dpa_resource\":"
	"4096,"
	"\"dpa_size\":1024}],"
	"\"memdevs\":["
	"{\"memdev\":\"mem0\",\"serial\":18446744073709551615,\"host\":\"0000:35:00.0\",\"endpoint\":\"endpoint2\","
	"\"pmem_size\":536870912,\"pmem_free\":268435456,\"ram_size\":0,\"ram_free\":0},"
	"{\"memdev\":\"mem1\",\"serial\":16,\"host\":\"0000:37:00.0\",\"endpoint\":\"endpoint4\","
	"\"pmem_size\":1073741824,\"pmem_free\":1073741824,\"ram_size\":268435456,\"ram_free\":0},"
	"{\"memdev\":\"mem2\",\"serial\":17,\"host\":\"0000:40:00.0\",\"pmem_size\":268435456,\"pmem_free\":268435456}]"
	","
	"\"regions\":[{\"region\":\"region0\",\"root_decoder\":\"decoder0.0\",\"size\":268435456,\"type\":\"pmem\","
	"\"state\":\"active\"},"
	"{\"region\":\"region1\",\"root_decoder\":\"decoder0.1\",\"size\":536870912,\"type\":\"pmem\","
	"\"state\":\"disabled\"}]}";

static void test_unicode(void **state)
{
	assert_drawn(host, true,
		     "root0  ACPI0017:00\n"
		     "├─ decoder0.0  window of 4 GiB at 0x100000000, pmem+ram, 1-way, 1 GiB free\n"
		     "│  └─ region0  256 MiB pmem, active\n"
		     "├─ decoder0.1  window of 1 GiB at 0x200000000, pmem, 2-way, 512 MiB free, locked\n"
		     "│  └─ region1  512 MiB pmem, disabled\n"
		     "└─ port1  host bridge pci0000:34\n"
		     "   ├─ decoder1.0  region0\n"
		     "   ├─ endpoint2  mem0 at 0000:35:00.0, serial 0xffffffffffffffff, 512 MiB pmem (256 MiB free)\n"
		     "   │  └─ decoder2.0  256 MiB pmem at DPA 0x0, region0\n"
		     "   └─ port3  switch 0000:36:00.0, without a driver\n"
		     "      └─ endpoint4  mem1 at 0000:37:00.0, serial 0x10, 1 GiB pmem (1 GiB free), 256 MiB ram (0 B "
		     "free)\n"
		     "         ├─ decoder4.0  free\n"
		     "         └─ decoder4.1  1 KiB ram at DPA 0x1000, in no region\n"
		     "mem2 at 0000:40:00.0, serial 0x11, 256 MiB pmem (256 MiB free), without an endpoint\n");
}

static void test_ascii(void **state)
{
	assert_drawn("{\"ports\":[{\"port\":\"root0\",\"uport\":\"a\",\"bound\":true},"
		     "{\"port\":\"port1\",\"parent\":\"root0\",\"uport\":\"b\\u001b\",\"bound\":true},"
		     "{\"port\":\"port2\",\"parent\":\"port1\",\"uport\":\"c\",\"bound\":true},"
		     "{\"port\":\"port3\",\"parent\":\"root0\",\"uport\":\"d\",\"bound\":true}]}",
		     false,
		     "root0  a\n"
		     "|- port1  b?\n"
		     "|  `- port2  c\n"
		     "`- port3  d\n");
}

/* As ordinary users see it: the kernel tells them no addresses. */
static void test_without_addresses(void **state)
{
	assert_drawn("{\"ports\":[{\"port\":\"root0\",\"kind\":\"root\",\"uport\":\"a\",\"bound\":true}],"
		     "\"decoders\":[{\"decoder\":\"decoder0.0\",\"port\":\"root0\",\"kind\":\"root\","
		     "\"size\":1073741824,\"interleave_ways\":1,\"types\":[\"ram\"],\"locked\":false}]}",
		     false,
		     "root0  a\n"
		     "`- decoder0.0  window of 1 GiB, ram, 1-way, 1 GiB free\n");
}

/* Nonsense is drawn as nonsense: no crash, and no tree without end. */
static void test_nonsense(void **state)
{
	assert_drawn("{}", true, "");
	assert_drawn("{\"ports\":[null,7,[]],\"decoders\":{},\"memdevs\":\"x\",\"regions\":[1]}", false, "");
	assert_drawn("{\"ports\":[{\"port\":\"root0\",\"uport\":\"a\",\"bound\":true},"
		     "{\"port\":\"root0\",\"parent\":\"root0\",\"uport\":\"b\",\"bound\":true}]}",
		     false,
		     "root0  a\n"
		     "`- root0  b\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unicode),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_without_addresses),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
