/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hotplug-event.h"

#include <stddef.h>
#include <string.h>

#include "libregion.h"

static const char *const action_names[] = {
	[HOTPLUG_ADDED] = "add",
	[HOTPLUG_REMOVED] = "remove",
	[HOTPLUG_BOUND] = "bind",
	[HOTPLUG_UNBOUND] = "unbind",
};

/* cxl_acpi is the driver of both: the second is the kernel's own mock (tools/testing/cxl). */
static const char *const root_devices[] = { "ACPI0017:", "cxl_acpi." };

static bool action_parse(const char *text, enum hotplug_action *ret_action)
{
	for (size_t i = 0; i < sizeof(action_names) / sizeof(action_names[0]); i++)
		if (strcmp(text, action_names[i]) == 0) {
			*ret_action = i;
			return true;
		}
	return false;
}

static bool what_of_cxl(const char *name, enum hotplug_what *ret_what)
{
	if (region_name_is_valid(REGION_NAME_PORT, name))
		*ret_what = HOTPLUG_PORT;
	else if (region_name_is_valid(REGION_NAME_MEMDEV, name))
		*ret_what = HOTPLUG_MEMDEV;
	else if (region_name_is_valid(REGION_NAME_DECODER, name))
		*ret_what = HOTPLUG_DECODER;
	else if (region_name_is_valid(REGION_NAME_REGION, name))
		*ret_what = HOTPLUG_REGION;
	else
		return false;
	return true;
}

static bool is_root_device(const char *name)
{
	for (size_t i = 0; i < sizeof(root_devices) / sizeof(root_devices[0]); i++)
		if (strncmp(name, root_devices[i], strlen(root_devices[i])) == 0)
			return true;
	return false;
}

static bool what_parse(const char *subsystem, const char *name, enum hotplug_what *ret_what)
{
	if (strcmp(subsystem, "cxl") == 0)
		return what_of_cxl(name, ret_what);
	if (strcmp(subsystem, "pci") == 0)
		*ret_what = HOTPLUG_PCI;
	else if (strcmp(subsystem, "platform") == 0 && is_root_device(name))
		*ret_what = HOTPLUG_ROOT_DEVICE;
	else
		return false;
	return true;
}

bool hotplug_event_classify(const char *action, const char *subsystem, const char *path,
			    struct hotplug_event *ret_event)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct hotplug_event event = { .path = path };

	if (!action || !subsystem || !slash)
		return false;
	event.name = slash + 1;
	if (!action_parse(action, &event.action) || !what_parse(subsystem, event.name, &event.what))
		return false;
	*ret_event = event;
	return true;
}
