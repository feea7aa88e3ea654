/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capacity.h"

#include <errno.h>

/* The decoders of one port, in the order of their ids, as the snapshot has them. */
static const struct decoder *port_decoder(const struct snapshot *snapshot, int port, int id)
{
	for (size_t i = 0; i < snapshot->n_decoders; i++)
		if (snapshot->decoders[i].port == port && snapshot->decoders[i].id == id)
			return &snapshot->decoders[i];
	return NULL;
}

static bool decoder_has(const struct decoder *decoder, enum decoder_mode mode)
{
	return decoder->dpa_size > 0 && (decoder->mode == mode || decoder->mode == DECODER_MODE_MIXED);
}

/* The end of the highest allocation of a mode, or what is given when there is none. */
static uint64_t dpa_end(const struct snapshot *snapshot, int port, enum decoder_mode mode, uint64_t end)
{
	const struct decoder *decoder;

	for (int id = 0; (decoder = port_decoder(snapshot, port, id)); id++)
		if (decoder_has(decoder, mode) && decoder->dpa_start + decoder->dpa_size > end)
			end = decoder->dpa_start + decoder->dpa_size;
	return end;
}

uint64_t capacity_dpa_start(const struct snapshot *snapshot, int memdev, enum region_type type)
{
	const struct memdev *device = &snapshot->memdevs[memdev];

	switch (type) {
	case REGION_TYPE_PMEM:
		return dpa_end(snapshot, device->endpoint, DECODER_MODE_PMEM, device->ram_size);
	case REGION_TYPE_RAM:
		return dpa_end(snapshot, device->endpoint, DECODER_MODE_RAM, 0);
	}
	return 0;
}

uint64_t capacity_dpa_free(const struct snapshot *snapshot, int memdev, enum region_type type)
{
	const struct memdev *device = &snapshot->memdevs[memdev];
	uint64_t start = capacity_dpa_start(snapshot, memdev, type), end = device->ram_size;

	if (type == REGION_TYPE_PMEM)
		end += device->pmem_size;
	else if (dpa_end(snapshot, device->endpoint, DECODER_MODE_PMEM, 0) > 0)
		return 0;
	return end > start ? end - start : 0;
}

int capacity_next_decoder(const struct snapshot *snapshot, int memdev)
{
	int port = snapshot->memdevs[memdev].endpoint, next = 0;
	const struct decoder *decoder;

	if (port == SNAPSHOT_NONE)
		return SNAPSHOT_NONE;
	for (int id = 0; (decoder = port_decoder(snapshot, port, id)); id++)
		if (decoder->dpa_size > 0 || decoder->region != SNAPSHOT_NONE)
			next = id + 1;
	decoder = port_decoder(snapshot, port, next);
	return decoder ? (int)(decoder - snapshot->decoders) : SNAPSHOT_NONE;
}

struct range {
	uint64_t start, end;
};

/*
 * The walk over the holes asks for the lowest occupied range that ends behind where it stands, so nothing
 * needs to be sorted or allocated.
 */

static void take_lower(struct range *lowest, uint64_t start, uint64_t size, uint64_t from)
{
	if (size > 0 && start + size > from && start < lowest->start)
		*lowest = (struct range){ start, start + size };
}

static struct range next_occupied(const struct snapshot *snapshot, uint64_t from)
{
	struct range lowest = { UINT64_MAX, UINT64_MAX };

	for (size_t i = 0; i < snapshot->n_regions; i++)
		if (snapshot->regions[i].start != SNAPSHOT_UNKNOWN)
			take_lower(&lowest, snapshot->regions[i].start, snapshot->regions[i].size, from);
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		const struct decoder *decoder = &snapshot->decoders[i];

		/* Committed by firmware: no region, yet it decodes. */
		if (decoder->kind == DECODER_ENDPOINT && decoder->region == SNAPSHOT_NONE && decoder->dpa_size > 0)
			take_lower(&lowest, decoder->start, decoder->size, from);
	}
	return lowest;
}

static uint64_t align_up(uint64_t address)
{
	return (address + REGION_SIZE_ALIGN - 1) / REGION_SIZE_ALIGN * REGION_SIZE_ALIGN;
}

/* The next hole at or behind an address: false when the window ends before one. */
static bool next_hole(const struct snapshot *snapshot, const struct decoder *root, uint64_t from,
		      struct range *ret_hole)
{
	uint64_t end = root->start + root->size;

	for (uint64_t start = align_up(from); start < end;) {
		struct range occupied = next_occupied(snapshot, start);

		if (occupied.start > start) {
			*ret_hole = (struct range){ start, occupied.start < end ? occupied.start : end };
			return true;
		}
		start = align_up(occupied.end);
	}
	return false;
}

uint64_t capacity_hpa_max_extent(const struct snapshot *snapshot, const struct decoder *root)
{
	struct range hole = { .end = root->start };
	uint64_t largest = 0;

	while (next_hole(snapshot, root, hole.end, &hole))
		if (hole.end - hole.start > largest)
			largest = hole.end - hole.start;
	return largest;
}

bool capacity_hpa_first_fit(const struct snapshot *snapshot, const struct decoder *root, uint64_t size,
			    uint64_t *ret_start)
{
	struct range hole = { .end = root->start };

	while (next_hole(snapshot, root, hole.end, &hole)) {
		if (hole.end - hole.start < size)
			continue;
		*ret_start = hole.start;
		return true;
	}
	return false;
}

uint64_t capacity_hpa_max_size(const struct snapshot *snapshot, const struct decoder *root, uint64_t floor,
			       uint64_t limit, uint64_t align)
{
	struct range hole = { .end = root->start };
	uint64_t best = 0, passed = 0;

	while (next_hole(snapshot, root, hole.end, &hole)) {
		uint64_t size = hole.end - hole.start;

		if (size > limit)
			size = limit;
		size -= size % align;
		/* A size that an earlier hole could hold goes there, and not here. */
		if (hole.start >= floor && size > passed && size > best)
			best = size;
		if (hole.end - hole.start > passed)
			passed = hole.end - hole.start;
	}
	return best;
}

uint64_t capacity_port_floor(const struct snapshot *snapshot, int port, int *ret_region)
{
	uint64_t floor = 0;

	for (size_t i = 0; i < snapshot->n_regions; i++) {
		const struct region *region = &snapshot->regions[i];

		if (region->start == SNAPSHOT_UNKNOWN || region->start + region->size <= floor ||
		    !snapshot_region_uses_port(snapshot, region, port))
			continue;
		floor = region->start + region->size;
		*ret_region = (int)i;
	}
	return floor;
}

enum port_capacity capacity_port(const struct snapshot *snapshot, int port)
{
	uint64_t committed = snapshot->ports[port].decoders_committed;
	const struct decoder *decoder;
	int first_free = SNAPSHOT_NONE;

	for (int id = 0; (decoder = port_decoder(snapshot, port, id)); id++) {
		if (decoder->region == SNAPSHOT_NONE) {
			if (first_free == SNAPSHOT_NONE)
				first_free = id;
			continue;
		}
		if (!snapshot->regions[decoder->region].committed)
			return PORT_CAPACITY_UNCOMMITTED;
		if (first_free != SNAPSHOT_NONE)
			return PORT_CAPACITY_OUT_OF_ORDER;
	}
	if (first_free == SNAPSHOT_NONE)
		return PORT_CAPACITY_FULL;
	if (committed != SNAPSHOT_UNKNOWN && (uint64_t)first_free < committed)
		return PORT_CAPACITY_OUT_OF_ORDER;
	return PORT_CAPACITY_FREE;
}
