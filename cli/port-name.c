/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port-name.h"

#include <string.h>

#include "memdev-name.h"
#include "memory.h"

/* Longer than any device is called. */
#define NAME_LENGTH_MAX 63

char *port_name_normalize(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._-";
	size_t length = strlen(text);

	if (strncmp(text, "serial=", 7) == 0)
		return memdev_name_normalize(text);
	if (length == 0 || length > NAME_LENGTH_MAX || strspn(text, allowed) != length)
		return NULL;
	return memory_format("%s", text);
}
