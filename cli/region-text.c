/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "region-text.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "libregion.h"
#include "memory.h"
#include "scope.h"

/* The first shown memdevs, and how many there are beyond. */
static char *join_memdevs(struct json_object *region, const char *separator, size_t shown)
{
	size_t count = field_count(region, "mappings");
	char *text = memory_format("%s", "");

	for (size_t i = 0; i < shown; i++) {
		const char *memdev = field_string(field_at(region, "mappings", i), "memdev");

		memory_extend(&text, "%s%s", i > 0 ? separator : "", *memdev ? memdev : "-");
	}
	if (shown < count)
		memory_extend(&text, "%s+%zu", shown > 0 ? separator : "", count - shown);
	return text;
}

char *region_text_memdevs(struct json_object *region, const char *separator, size_t width)
{
	size_t shown = field_count(region, "mappings");
	char *text = join_memdevs(region, separator, shown);

	while (shown > 0 && strlen(text) > width) {
		free(text);
		text = join_memdevs(region, separator, --shown);
	}
	return text;
}

char *region_text_shape(struct json_object *region)
{
	CLEANUP(cleanup_free) char *memdevs = region_text_memdevs(region, ", ", SIZE_MAX);
	char size[REGION_SIZE_TEXT_MAX], granularity[REGION_SIZE_TEXT_MAX];
	uint64_t ways = field_uint(region, "interleave_ways");

	region_size_format(field_uint(region, "size"), size);
	region_size_format(field_uint(region, "interleave_granularity"), granularity);
	if (ways <= 1)
		return memory_format("%s %s on %s below %s", size, field_string(region, "type"), memdevs,
				     field_string(region, "root_decoder"));
	return memory_format("%s %s, %" PRIu64 "-way interleaved at %s over %s below %s", size,
			     field_string(region, "type"), ways, granularity, memdevs,
			     field_string(region, "root_decoder"));
}

char *region_text_range(struct json_object *region)
{
	uint64_t resource = field_uint(region, "resource"), size = field_uint(region, "size");

	if (!field_has(region, "resource"))
		return memory_format("-");
	return memory_format("0x%" PRIx64 "-0x%" PRIx64, resource, resource + (size > 0 ? size - 1 : 0));
}

void region_text_print_created(struct json_object *region)
{
	CLEANUP(cleanup_free) char *shape = region_text_shape(region);

	printf("%s: %s\n", field_string(region, "region"), shape);
}
