/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot in the shapes that the interface io.cxlregiond.Region describes. */
#ifndef CXL_REGIOND_CORE_SNAPSHOT_JSON_H
#define CXL_REGIOND_CORE_SNAPSHOT_JSON_H

#include "snapshot.h"

struct json_object;
struct consumer_list;

/* Room for a generation as text. */
#define GENERATION_MAX 24

/* generation_format() - the opaque text of an object's inode. Returns text. */
const char *generation_format(uint64_t inode, char *text);

/*
 * region_to_json() - the type Region.
 *
 * @index: of the region
 * @consumers: who uses it, NULL when nobody was asked
 *
 * Returns 0 or -ENOMEM.
 */
int region_to_json(const struct snapshot *snapshot, int index, const struct consumer_list *consumers,
		   struct json_object **ret_region);

/* snapshot_to_json() - the type Topology; the regions come without consumers. Returns 0 or -ENOMEM. */
int snapshot_to_json(const struct snapshot *snapshot, struct json_object **ret_topology);

#endif
