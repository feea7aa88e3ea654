/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "hotplug-event.h"

#define ROOT	 "/devices/platform/ACPI0017:00/root0"
#define FUNCTION "/devices/pci0000:20/0000:20:00.0/0000:22:00.0"

static void assert_event(const char *action, const char *subsystem, const char *path, enum hotplug_action is_action,
			 enum hotplug_what is_what, const char *name)
{
	struct hotplug_event event;

	assert_true(hotplug_event_classify(action, subsystem, path, &event));
	assert_int_equal(event.action, is_action);
	assert_int_equal(event.what, is_what);
	assert_string_equal(event.name, name);
	assert_ptr_equal(event.path, path);
}

static void assert_nothing(const char *action, const char *subsystem, const char *path)
{
	struct hotplug_event event = { .name = "untouched" };

	assert_false(hotplug_event_classify(action, subsystem, path, &event));
	assert_string_equal(event.name, "untouched");
}

/* As the kernel sends them when an endpoint loses its driver, and when it gets it again. */
static void test_cxl(void **state)
{
	assert_event("remove", "cxl", ROOT "/port2/endpoint6/decoder6.0", HOTPLUG_REMOVED, HOTPLUG_DECODER,
		     "decoder6.0");
	assert_event("unbind", "cxl", ROOT "/port2/endpoint6", HOTPLUG_UNBOUND, HOTPLUG_PORT, "endpoint6");
	assert_event("remove", "cxl", ROOT, HOTPLUG_REMOVED, HOTPLUG_PORT, "root0");
	assert_event("bind", "cxl", ROOT "/port2", HOTPLUG_BOUND, HOTPLUG_PORT, "port2");
	assert_event("bind", "cxl", FUNCTION "/mem3", HOTPLUG_BOUND, HOTPLUG_MEMDEV, "mem3");
	assert_event("add", "cxl", FUNCTION "/mem3", HOTPLUG_ADDED, HOTPLUG_MEMDEV, "mem3");
	assert_event("unbind", "cxl", ROOT "/decoder0.0/region0", HOTPLUG_UNBOUND, HOTPLUG_REGION, "region0");
}

static void test_others(void **state)
{
	assert_event("unbind", "pci", FUNCTION, HOTPLUG_UNBOUND, HOTPLUG_PCI, "0000:22:00.0");
	assert_event("unbind", "platform", "/devices/platform/ACPI0017:00", HOTPLUG_UNBOUND, HOTPLUG_ROOT_DEVICE,
		     "ACPI0017:00");
	assert_event("bind", "platform", "/devices/platform/cxl_acpi.0", HOTPLUG_BOUND, HOTPLUG_ROOT_DEVICE,
		     "cxl_acpi.0");
}

static void test_nothing(void **state)
{
	assert_nothing("unbind", "cxl", FUNCTION "/mem3/pmem3");
	assert_nothing("unbind", "cxl", ROOT "/nvdimm-bridge0");
	assert_nothing("unbind", "cxl", ROOT "/decoder0.0/region0/pmem_region0");
	assert_nothing("remove", "firmware", FUNCTION "/mem3/firmware/mem3");
	assert_nothing("unbind", "nd", ROOT "/nvdimm-bridge0/ndbus0/region0");
	assert_nothing("bind", "platform", "/devices/platform/serial8250");
	assert_nothing("change", "cxl", ROOT "/port2");
	assert_nothing("unbind", "cxl", ROOT "/port02");
}

static void test_incomplete(void **state)
{
	assert_nothing(NULL, "cxl", ROOT);
	assert_nothing("add", NULL, ROOT);
	assert_nothing("add", "cxl", NULL);
	assert_nothing("add", "cxl", "root0");
	assert_nothing("", "cxl", ROOT);
	assert_nothing("add", "cxl", "/devices/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cxl),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
