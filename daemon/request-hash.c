/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "request-hash.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json-print.h"
#include "member.h"

static uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return hash;
}

/* How the request is to be done is not what it asks for. */
static bool is_manner(const char *name)
{
	static const char *const names[] = { "key", "timeout", "detach", "lease" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static struct json_object *without_manner(struct json_object *parameters)
{
	CLEANUP(cleanup_json) struct json_object *rest = json_object_new_object();

	if (!rest)
		return NULL;
	json_object_object_foreach (parameters, name, value)
		if (value && !is_manner(name) && member_add(rest, name, json_object_get(value)) < 0)
			return NULL;
	return steal_pointer(rest);
}

int request_hash(const char *kind, struct json_object *parameters, uint64_t *ret_hash)
{
	CLEANUP(cleanup_json) struct json_object *rest = without_manner(parameters);
	CLEANUP(cleanup_free) char *text = NULL;
	uint64_t hash = 0xcbf29ce484222325u;
	size_t length;
	int r = rest ? json_print_length(rest, &length) : -ENOMEM;

	if (r < 0)
		return r;
	text = malloc(length + 1);
	r = text ? json_print(rest, text) : -ENOMEM;
	if (r < 0)
		return r;
	hash = hash_bytes(hash, kind, strlen(kind));
	*ret_hash = hash_bytes(hash, text, length);
	return 0;
}
