/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "poison.h"

#define SECOND 1000000ull
#define BUS    "/devices/pci0000:20/0000:20:00.0/"
#define ROOT   "/devices/platform/ACPI0017:00/root0"

/* Two bridges; below the first a switch with two memory devices, below the second one. */
static const char host[] = "{'ports':["
			   "{'port':'root0','kind':'root','uport':'ACPI0017:00','bound':false},"
			   "{'port':'port1','kind':'bridge','parent':'root0','uport':'pci0000:20','bound':true},"
			   "{'port':'port2','kind':'switch','parent':'port1','uport':'0000:21:00.0','bound':true},"
			   "{'port':'endpoint3','kind':'endpoint','parent':'port2','uport':'mem0','bound':true},"
			   "{'port':'endpoint4','kind':'endpoint','parent':'port2','uport':'mem1','bound':%s},"
			   "{'port':'port5','kind':'bridge','parent':'root0','uport':'pci0000:30','bound':true},"
			   "{'port':'endpoint6','kind':'endpoint','parent':'port5','uport':'%s','bound':true}],"
			   "'memdevs':[{'memdev':'mem0','host':'0000:23:00.0'},{'memdev':'mem1','host':'0000:24:00.0'},"
			   "{'memdev':'%s','host':'0000:31:00.0'}]}";

struct fixture {
	struct poison poison;
	struct json_object *topology;
};

static struct json_object *picture(const char *mem1_is_bound, const char *third_memdev)
{
	char text[2048];
	struct json_object *topology;

	snprintf(text, sizeof(text), host, mem1_is_bound, third_memdev, third_memdev);
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	topology = json_tokener_parse(text);
	assert_non_null(topology);
	return topology;
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.topology = picture("true", "mem2");
	*state = &fixture;
	return poison_init(&fixture.poison);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	poison_done(&fixture->poison);
	json_object_put(fixture->topology);
	return 0;
}

static size_t note_at(struct fixture *fixture, uint64_t now, const char *action, const char *subsystem,
		      const char *path)
{
	struct hotplug_event event;

	if (!hotplug_event_classify(action, subsystem, path, &event))
		return 0;
	return poison_note(&fixture->poison, &event, fixture->topology, now);
}

static size_t note(struct fixture *fixture, const char *action, const char *subsystem, const char *path)
{
	return note_at(fixture, 100 * SECOND, action, subsystem, path);
}

/* All that are poisoned, in the order in which they went. */
static void assert_poisoned(struct fixture *fixture, const char *expected)
{
	char text[1024] = "";

	for (size_t i = 0; i < fixture->poison.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "",
			 fixture->poison.ports[i].uport);
	assert_string_equal(text, expected);
}

/* The events of "echo mem0 > cxl_mem/unbind", and of the bind after it, as the kernel sent them. */
static void test_memdev(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(note(fixture, "remove", "cxl", ROOT "/port1/port2/endpoint3/decoder3.0"), 0);
	assert_int_equal(note(fixture, "unbind", "cxl", ROOT "/port1/port2/endpoint3"), 1);
	assert_poisoned(fixture, "mem0");
	assert_int_equal(note(fixture, "remove", "cxl", ROOT "/port1/port2/endpoint3"), 0);
	assert_int_equal(note(fixture, "unbind", "cxl", BUS "0000:23:00.0/mem0/pmem0"), 0);
	assert_int_equal(note(fixture, "unbind", "cxl", BUS "0000:23:00.0/mem0"), 0);
	assert_poisoned(fixture, "mem0");
	assert_true(poison_has(&fixture->poison, "mem0"));
	assert_true(poison_has(&fixture->poison, "mem0:device"));
	assert_false(poison_has(&fixture->poison, "mem"));
	assert_false(poison_has(&fixture->poison, "mem01"));
	assert_false(poison_has(&fixture->poison, "mem1"));
	assert_false(poison_has(&fixture->poison, "root0"));

	/* The endpoint alone is not enough, and its old name may be another's now. */
	note(fixture, "add", "cxl", ROOT "/port1/port2/endpoint3");
	note(fixture, "bind", "cxl", ROOT "/port1/port2/endpoint3");
	assert_poisoned(fixture, "mem0");
	note(fixture, "bind", "cxl", BUS "0000:23:00.0/mem0");
	assert_poisoned(fixture, "");
}

/* A PCI function: the memory device comes back under another name. */
static void test_function(void **state)
{
	struct fixture *fixture = *state;

	note(fixture, "unbind", "cxl", ROOT "/port1/port2/endpoint4");
	note(fixture, "unbind", "cxl", BUS "0000:24:00.0/mem1");
	note(fixture, "remove", "cxl", BUS "0000:24:00.0/mem1");
	assert_int_equal(note(fixture, "unbind", "pci", BUS "0000:24:00.0"), 0);
	assert_poisoned(fixture, "mem1");
	note(fixture, "bind", "cxl", BUS "0000:25:00.0/mem7");
	assert_poisoned(fixture, "mem1");
	note(fixture, "bind", "cxl", BUS "0000:24:00.0/mem7");
	assert_poisoned(fixture, "");
	/* The event of the function alone, its others lost. */
	assert_int_equal(note(fixture, "unbind", "pci", BUS "0000:24:00.0"), 1);
	assert_poisoned(fixture, "mem1");
	/* Another device has the name now: it is not the one that is gone. */
	note(fixture, "bind", "cxl", BUS "0000:25:00.0/mem1");
	assert_poisoned(fixture, "");
}

static void test_subtree(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(note(fixture, "unbind", "cxl", ROOT "/port1/port2/endpoint3"), 1);
	assert_int_equal(note(fixture, "unbind", "cxl", ROOT "/port1"), 3);
	assert_poisoned(fixture, "mem0 pci0000:20 0000:21:00.0 mem1");
	assert_int_equal(note(fixture, "remove", "cxl", ROOT "/port1/port2"), 0);
	/* It stayed, and is bound again; what is below it is not. */
	note(fixture, "bind", "cxl", ROOT "/port1");
	assert_poisoned(fixture, "mem0 0000:21:00.0 mem1");
	/* A switch port that went may come back with another's name. */
	note(fixture, "bind", "cxl", ROOT "/port1/port2");
	assert_poisoned(fixture, "mem0 0000:21:00.0 mem1");
	/* The kernel binds no memory device below a port that is not bound. */
	note(fixture, "bind", "cxl", BUS "0000:24:00.0/mem1");
	assert_poisoned(fixture, "mem0");
}

static void test_root(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(note(fixture, "unbind", "platform", "/devices/platform/ACPI0017:00"), 7);
	assert_true(poison_has(&fixture->poison, "root0"));
	assert_true(poison_has(&fixture->poison, "pci0000:30"));
	assert_int_equal(note(fixture, "remove", "cxl", ROOT), 0);
	/* Bound again is not yet all found again. */
	note(fixture, "bind", "platform", "/devices/platform/ACPI0017:00");
	assert_true(poison_has(&fixture->poison, "root0"));
	note(fixture, "bind", "cxl", "/devices/pci0000:30/0000:31:00.0/mem2");
	assert_poisoned(fixture, "pci0000:20 0000:21:00.0 mem0 mem1");
}

static void test_no_false_alarm(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *known = fixture->topology;

	/* A region that is made, enabled, disabled and deleted. */
	for (size_t i = 0; i < 4; i++) {
		const char *action = (const char *[]){ "add", "bind", "unbind", "remove" }[i];

		note(fixture, action, "cxl", ROOT "/decoder0.0/region0");
		note(fixture, action, "cxl", ROOT "/decoder0.0/region0/pmem_region0");
		note(fixture, action, "nd", ROOT "/nvdimm-bridge0/ndbus0/region0");
		note(fixture, action, "pci", "/devices/pci0000:00/0000:00:1f.2");
		note(fixture, action, "cxl", ROOT "/decoder0.0");
	}
	note(fixture, "add", "cxl", BUS "0000:23:00.0/mem0");
	/* Ports that no picture showed: probing, also one that fails in the middle. */
	note(fixture, "add", "cxl", ROOT "/port9");
	note(fixture, "unbind", "cxl", ROOT "/port9");
	note(fixture, "remove", "cxl", ROOT "/port9");
	note(fixture, "remove", "cxl", BUS "0000:29:00.0/mem9");
	note(fixture, "unbind", "pci", BUS "0000:29:00.0");
	/* And all of it before the first picture. */
	fixture->topology = NULL;
	note(fixture, "remove", "cxl", ROOT "/port1");
	note(fixture, "unbind", "cxl", BUS "0000:23:00.0/mem0");
	note(fixture, "unbind", "pci", BUS "0000:23:00.0");
	note(fixture, "unbind", "platform", "/devices/platform/ACPI0017:00");
	fixture->topology = json_object_new_object();
	note(fixture, "unbind", "platform", "/devices/platform/ACPI0017:00");
	poison_settle(&fixture->poison, fixture->topology, 200 * SECOND);
	json_object_put(fixture->topology);
	fixture->topology = known;
	assert_poisoned(fixture, "");
	/* One without a driver has none to lose. */
	json_object_put(fixture->topology);
	fixture->topology = picture("false", "mem2");
	assert_int_equal(note(fixture, "remove", "cxl", ROOT "/port1/port2/endpoint4"), 0);
	assert_int_equal(note(fixture, "unbind", "cxl", BUS "0000:24:00.0/mem1"), 0);
	assert_poisoned(fixture, "");
}

/* The events of the bind were lost: a picture heals, if it is younger than what is known. */
static void test_settle(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *renamed = picture("true", "mem8"), *unbound = picture("false", "mem2");

	note_at(fixture, 100 * SECOND, "unbind", "cxl", ROOT "/port1/port2/endpoint4");
	note_at(fixture, 101 * SECOND, "unbind", "cxl", BUS "0000:24:00.0/mem1");
	note_at(fixture, 101 * SECOND, "unbind", "pci", "/devices/pci0000:30/0000:31:00.0");
	poison_settle(&fixture->poison, fixture->topology, 101 * SECOND);
	assert_poisoned(fixture, "mem1 mem2");
	poison_settle(&fixture->poison, unbound, 102 * SECOND);
	assert_poisoned(fixture, "mem1");
	poison_settle(&fixture->poison, fixture->topology, 103 * SECOND);
	assert_poisoned(fixture, "");

	note_at(fixture, 104 * SECOND, "unbind", "cxl", "/devices/pci0000:30/0000:31:00.0/mem2");
	poison_settle(&fixture->poison, renamed, 105 * SECOND);
	assert_poisoned(fixture, "");

	note_at(fixture, 106 * SECOND, "unbind", "platform", "/devices/platform/ACPI0017:00");
	poison_settle(&fixture->poison, unbound, 107 * SECOND);
	assert_poisoned(fixture, "mem1");
	json_object_put(renamed);
	json_object_put(unbound);
}

static void test_sentences(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *sentences = json_object_new_array();
	char text[POISON_SENTENCE_MAX];

	note(fixture, "unbind", "cxl", ROOT "/port1/port2/endpoint3");
	note(fixture, "unbind", "cxl", ROOT "/port1");
	assert_string_equal(poison_sentence(poison_find(&fixture->poison, "mem0"), 103 * SECOND, text),
			    "mem0 (0000:23:00.0) lost its driver 3 s ago.");
	assert_string_equal(poison_sentence(poison_find(&fixture->poison, "pci0000:20"), 160 * SECOND, text),
			    "pci0000:20 lost its driver 60 s ago.");
	assert_string_equal(poison_describe(poison_find(&fixture->poison, "mem1"), text),
			    "mem1 (0000:24:00.0) went when pci0000:20 above it lost its driver");
	assert_int_equal(poison_add_problems(&fixture->poison, 103 * SECOND, sentences), 0);
	assert_int_equal(json_object_array_length(sentences), 4);
	json_object_put(sentences);
}

static size_t count_problems(struct fixture *fixture)
{
	struct json_object *sentences = json_object_new_array();
	size_t n;

	assert_int_equal(poison_add_problems(&fixture->poison, 100 * SECOND, sentences), 0);
	n = json_object_array_length(sentences);
	json_object_put(sentences);
	return n;
}

/* A card that left the host is missed by those who ask for it, and no problem of the host. */
static void test_pulled(void **state)
{
	struct fixture *fixture = *state;

	note(fixture, "unbind", "cxl", ROOT "/port1/port2/endpoint4");
	note(fixture, "remove", "cxl", BUS "0000:24:00.0/mem1");
	note(fixture, "unbind", "pci", BUS "0000:24:00.0");
	assert_int_equal(count_problems(fixture), 1);
	note(fixture, "remove", "pci", BUS "0000:23:00.0/0000:23:00.5"); /* another function */
	assert_int_equal(count_problems(fixture), 1);
	note(fixture, "remove", "pci", BUS "0000:24:00.0");
	assert_int_equal(count_problems(fixture), 0);
	assert_poisoned(fixture, "mem1");
	note(fixture, "bind", "cxl", BUS "0000:24:00.0/mem7");
	note(fixture, "unbind", "pci", BUS "0000:24:00.0");
	assert_int_equal(count_problems(fixture), 1);
}

/* More devices than are remembered come and go, each under a name of its own. */
static void test_bounded(void **state)
{
	struct fixture *fixture = *state;
	char text[512];

	for (int i = 0; i <= POISON_MAX; i++) {
		json_object_put(fixture->topology);
		snprintf(text, sizeof(text),
			 "{\"ports\":[{\"port\":\"endpoint%d\",\"kind\":\"endpoint\",\"uport\":\"mem%d\",\"bound\":"
			 "true}]}",
			 i, i);
		fixture->topology = json_tokener_parse(text);
		snprintf(text, sizeof(text), BUS "0000:23:00.0/mem%d", i);
		assert_int_equal(note(fixture, "unbind", "cxl", text), 1);
		assert_ptr_equal(poison_find(&fixture->poison, strrchr(text, '/') + 1),
				 &fixture->poison.ports[fixture->poison.n - 1]);
	}
	assert_int_equal(fixture->poison.n, POISON_MAX);
	assert_false(poison_has(&fixture->poison, "mem0"));
	assert_true(poison_has(&fixture->poison, "mem1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_memdev, setup, teardown),
		cmocka_unit_test_setup_teardown(test_function, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subtree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_root, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_false_alarm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sentences, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pulled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
