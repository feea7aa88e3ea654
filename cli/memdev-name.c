/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memdev-name.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "libregion.h"
#include "memory.h"
#include "text.h"

#define HEX "0123456789abcdefABCDEF"

/* Four to eight digits of domain, then :bus:device.function. */
static bool is_pci_address(const char *text)
{
	static const char form[] = ":xx:xx.f";
	size_t domain = strspn(text, HEX);

	if (domain < 4 || domain > 8 || strlen(text + domain) != strlen(form))
		return false;
	text += domain;
	for (size_t i = 0; form[i]; i++) {
		bool fits = form[i] == 'x'   ? strchr(HEX, text[i]) != NULL
			    : form[i] == 'f' ? text[i] >= '0' && text[i] <= '7'
					     : text[i] == form[i];

		if (!fits)
			return false;
	}
	return true;
}

char *memdev_name_normalize(const char *text)
{
	static const char prefix[] = "serial=";
	uint64_t serial;

	if (strncmp(text, prefix, strlen(prefix)) == 0) {
		if (!text_number(text + strlen(prefix), &serial))
			return NULL;
		return memory_format("serial=%" PRIu64, serial);
	}
	if (region_name_is_valid(REGION_NAME_MEMDEV, text) || is_pci_address(text))
		return memory_format("%s", text);
	return NULL;
}
