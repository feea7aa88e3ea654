/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can really be allocated, and where the kernel will put it.
 *
 * HPA: the kernel takes the first place in the root decoder's window that is free and large enough, and a port
 * then refuses a region that lies below one that it already has: low holes can be unusable.
 * DPA: a memdev's decoders are used in order; an allocation begins behind the last of its kind, pmem
 * skips what remains of ram, and no ram can follow a pmem allocation.
 */
#ifndef CXL_REGIOND_CORE_CAPACITY_H
#define CXL_REGIOND_CORE_CAPACITY_H

#include "snapshot.h"

/* capacity_dpa_free() - bytes of that type that a memdev can still allocate, in one piece. */
uint64_t capacity_dpa_free(const struct snapshot *snapshot, int memdev, enum region_type type);

/* capacity_dpa_start() - DPA at which the next allocation of that type begins. */
uint64_t capacity_dpa_start(const struct snapshot *snapshot, int memdev, enum region_type type);

/*
 * capacity_next_decoder() - the endpoint decoder that the kernel lets a memdev use next, or
 * SNAPSHOT_NONE when all are in use or the memdev has no endpoint.
 */
int capacity_next_decoder(const struct snapshot *snapshot, int memdev);

/* capacity_blocked_by() - a later decoder of the same endpoint that holds DPA: it has to be freed first. Or SNAPSHOT_NONE. */
int capacity_blocked_by(const struct snapshot *snapshot, int decoder);

/*
 * capacity_uncommitted_below() - an earlier decoder of the same endpoint that holds DPA and is not committed: until it
 * is, or its DPA is freed, no later one can be committed. Or SNAPSHOT_NONE.
 */
int capacity_uncommitted_below(const struct snapshot *snapshot, int decoder);

/* capacity_hpa_max_extent() - the largest hole in a root decoder's window, in bytes. */
uint64_t capacity_hpa_max_extent(const struct snapshot *snapshot, const struct decoder *root);

/*
 * capacity_hpa_first_fit() - where the kernel will put a region of that size.
 *
 * Returns true and the address, or false when no hole is large enough.
 */
bool capacity_hpa_first_fit(const struct snapshot *snapshot, const struct decoder *root, uint64_t size,
			    uint64_t *ret_start);

/*
 * capacity_hpa_max_size() - the largest size that the kernel will put at or above a floor.
 *
 * @floor: the end of the highest region that the ports of the new one already have; 0 for none
 * @limit: no more than this
 * @align: a multiple of this
 *
 * Returns 0 when there is none.
 */
uint64_t capacity_hpa_max_size(const struct snapshot *snapshot, const struct decoder *root, uint64_t floor,
			       uint64_t limit, uint64_t align);

/*
 * capacity_port_floor() - the highest end of a region that a port has already, 0 without any.
 *
 * @ret_region: that region; untouched without any
 */
uint64_t capacity_port_floor(const struct snapshot *snapshot, int port, int *ret_region);

/* Why a port's decoders cannot take another region. */
enum port_capacity {
	PORT_CAPACITY_FREE,
	PORT_CAPACITY_FULL,	    /* each of its decoders serves a region */
	PORT_CAPACITY_UNCOMMITTED,  /* a region is attached to it but not committed */
	PORT_CAPACITY_FIRMWARE,	    /* firmware committed one of them, and this kernel would take it for free */
	PORT_CAPACITY_OUT_OF_ORDER, /* a region was taken down out of order: the next in line is not free */
};

/* capacity_port() - can a bridge or switch take another region? */
enum port_capacity capacity_port(const struct snapshot *snapshot, int port);

#endif
