/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locals that clean up after themselves. */
#ifndef CXLCTL_SCOPE_H
#define CXLCTL_SCOPE_H

#include <json-c/json.h>
#include <stdlib.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void cleanup_free(void *slot)
{
	free(*(void **)slot);
}

static inline void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

#endif
