/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "export.h"
#include "libregion.h"

static const char *const type_names[] = {
	[REGION_TYPE_PMEM] = "pmem",
	[REGION_TYPE_RAM] = "ram",
};

REGION_EXPORT int region_type_parse(const char *text, enum region_type *ret_type)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
		if (strcmp(text, type_names[i]) == 0) {
			*ret_type = i;
			return 0;
		}
	}
	return -EINVAL;
}

REGION_EXPORT const char *region_type_name(enum region_type type)
{
	return type_names[type];
}
