/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "export.h"
#include "libregion.h"

#define UUID_FORM "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

REGION_EXPORT bool region_uuid_is_valid(const char *text)
{
	static const char form[] = UUID_FORM;

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; i < strlen(form); i++) {
		if (form[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	}
	return strspn(text, "0-") != strlen(form);
}
