/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A region (or the plan of one: both have the fields that count here) in words. */
#ifndef CXLCTL_REGION_TEXT_H
#define CXLCTL_REGION_TEXT_H

#include <stddef.h>

struct json_object;

/* region_text_shape() - "512 MiB pmem, 2-way interleaved at 256 B over mem0, mem1 below decoder0.2"; to be freed. */
char *region_text_shape(struct json_object *region);

/*
 * region_text_memdevs() - the memdevs in position order, "-" where a position is empty; to be freed.
 *
 * @separator: between two
 * @width: the longest that it may be; what does not fit is counted instead: "mem0,mem1,+2"
 */
char *region_text_memdevs(struct json_object *region, const char *separator, size_t width);

/* region_text_print_created() - the line about a region that was made. */
void region_text_print_created(struct json_object *region);

/* region_text_range() - "0x490000000-0x49fffffff", or "-" without a resource; to be freed. */
char *region_text_range(struct json_object *region);

#endif
