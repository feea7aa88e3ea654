/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which memdev stands at which position of an interleave set.
 *
 * Position i of a region lies below the bridge that the root decoder maps for i modulo its ways. In each
 * port below, the positions that pass through it go round robin over the downstream ports in use, each
 * of which gets the same number, and so on down to the endpoints.
 */
#ifndef CXL_REGIOND_CORE_INTERLEAVE_H
#define CXL_REGIOND_CORE_INTERLEAVE_H

#include "snapshot.h"

/* The most memdevs among which a choice is made. */
#define INTERLEAVE_CANDIDATES_MAX 256

/* Memdevs by position. */
struct target_order {
	int memdevs[REGION_WAYS_MAX];
	unsigned int n;
};

/* interleave_reaches() - does a path lead from a root decoder to a memdev? */
bool interleave_reaches(const struct snapshot *snapshot, const struct decoder *root, int memdev);

/*
 * interleave_order() - put memdevs into an order that the hardware can decode.
 *
 * The given order is kept where it is valid, and otherwise changed no more than need be.
 *
 * @chosen: the memdevs as the caller gave them, all reached by the root decoder
 * @ret_order: the valid order
 *
 * Returns true, or false when they cannot be decoded in any order: a bridge or switch would have to
 * serve more positions than its neighbour.
 */
bool interleave_order(const struct snapshot *snapshot, const struct decoder *root, const struct target_order *chosen,
		      struct target_order *ret_order);

/*
 * interleave_select() - choose as many memdevs as the ways ask for, among candidates, so that they can be
 * decoded. They spread over as many downstream ports as possible: that is where the bandwidth is.
 *
 * @candidates: in order of preference
 * @n_candidates: how many
 * @ways: how many are wanted
 *
 * Returns true, or false when there is no such choice.
 */
bool interleave_select(const struct snapshot *snapshot, const struct decoder *root, const int *candidates,
		       size_t n_candidates, unsigned int ways, struct target_order *ret_order);

#endif
