/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "export.h"
#include "libregion.h"

#define NUMBER_DIGITS_MAX 9

/* Returns what is behind the prefix, or NULL. */
static const char *skip_prefix(const char *name, const char *prefix)
{
	while (*prefix && *name == *prefix) {
		name++;
		prefix++;
	}
	return *prefix ? NULL : name;
}

/* Returns what is behind a number as the kernel prints it, or NULL. name may be NULL. */
static const char *skip_number(const char *name)
{
	size_t length = 0;

	while (name && name[length] >= '0' && name[length] <= '9')
		length++;
	if (length == 0 || length > NUMBER_DIGITS_MAX || (length > 1 && *name == '0'))
		return NULL;
	return name + length;
}

static bool is_numbered(const char *name, const char *prefix)
{
	const char *rest = skip_number(skip_prefix(name, prefix));

	return rest && *rest == '\0';
}

static bool is_decoder(const char *name)
{
	const char *rest = skip_number(skip_prefix(name, "decoder"));

	return rest && *rest == '.' && is_numbered(rest, ".");
}

REGION_EXPORT bool region_name_is_valid(enum region_name_kind kind, const char *name)
{
	switch (kind) {
	case REGION_NAME_REGION:
		return is_numbered(name, "region");
	case REGION_NAME_DECODER:
		return is_decoder(name);
	case REGION_NAME_MEMDEV:
		return is_numbered(name, "mem");
	case REGION_NAME_PORT:
		return is_numbered(name, "root") || is_numbered(name, "port") || is_numbered(name, "endpoint");
	}
	return false;
}

REGION_EXPORT int region_object_parse(const char *text, char *name, const char **ret_generation)
{
	const char *at = strchrnul(text, '@');
	size_t length = at - text;
	char copy[REGION_NAME_MAX] = "";

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	if (!region_name_is_valid(REGION_NAME_REGION, copy) || (*at == '@' && at[1] == '\0'))
		return -EINVAL;
	memcpy(name, copy, sizeof(copy));
	*ret_generation = *at == '@' ? at + 1 : NULL;
	return 0;
}
