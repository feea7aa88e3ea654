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

int capacity_blocked_by(const struct snapshot *snapshot, int decoder)
{
	const struct decoder *own = &snapshot->decoders[decoder], *other;

	for (int id = own->id + 1; (other = port_decoder(snapshot, own->port, id)); id++)
		if (other->dpa_size > 0)
			return (int)(other - snapshot->decoders);
	return SNAPSHOT_NONE;
}

int capacity_uncommitted_below(const struct snapshot *snapshot, int decoder)
{
	const struct decoder *own = &snapshot->decoders[decoder], *other;

	for (int id = 0; id < own->id && (other = port_decoder(snapshot, own->port, id)); id++) {
		bool committed = other->region != SNAPSHOT_NONE ? snapshot->regions[other->region].committed
								: other->size > 0; /* by firmware */

		if (other->dpa_size > 0 && !committed)
			return (int)(other - snapshot->decoders);
	}
	return SNAPSHOT_NONE;
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

/*
 * Linux 6.1 looks only at multiples of the size from the start of the window on; later kernels at each multiple of
 * 256 MiB. That a port does not tell its committed decoders marks a kernel of the former kind.
 */
static bool steps_by_size(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_ports; i++)
		if (snapshot->ports[i].kind != PORT_ROOT)
			return snapshot->ports[i].decoders_committed == SNAPSHOT_UNKNOWN;
	return false;
}

bool capacity_hpa_first_fit(const struct snapshot *snapshot, const struct decoder *root, uint64_t size,
			    uint64_t *ret_start)
{
	uint64_t step = steps_by_size(snapshot) ? size : REGION_SIZE_ALIGN;
	struct range hole = { .end = root->start };

	while (next_hole(snapshot, root, hole.end, &hole)) {
		uint64_t past = (hole.start - align_up(root->start)) % step;
		uint64_t start = past > 0 ? hole.start + (step - past) : hole.start;

		if (start >= hole.end || hole.end - start < size)
			continue;
		*ret_start = start;
		return true;
	}
	return false;
}

uint64_t capacity_hpa_max_size(const struct snapshot *snapshot, const struct decoder *root, uint64_t floor,
			       uint64_t limit, uint64_t align)
{
	uint64_t size = capacity_hpa_max_extent(snapshot, root), start;

	if (size > limit)
		size = limit;
	for (size -= size % align; size > 0; size -= align)
		if (capacity_hpa_first_fit(snapshot, root, size, &start) && start >= floor)
			break;
	return size;
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

/* Does an endpoint at or below a port decode what no region of the kernel's stands for? */
static bool has_firmware_below(const struct snapshot *snapshot, int port)
{
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		const struct decoder *decoder = &snapshot->decoders[i];
		int path[SNAPSHOT_DEPTH_MAX];
		size_t n;

		if (decoder->kind != DECODER_ENDPOINT || decoder->region != SNAPSHOT_NONE || decoder->dpa_size == 0 ||
		    decoder->size == 0)
			continue;
		n = snapshot_path(snapshot, decoder->port, path);
		for (size_t k = 0; k < n; k++)
			if (path[k] == port)
				return true;
	}
	return false;
}

enum port_capacity capacity_port(const struct snapshot *snapshot, int port)
{
	uint64_t committed = snapshot->ports[port].decoders_committed;
	const struct decoder *decoder;
	int first_free = SNAPSHOT_NONE;

	/* Where the kernel counts what is committed, it does not take a decoder that firmware committed for free. */
	if (committed == SNAPSHOT_UNKNOWN && has_firmware_below(snapshot, port))
		return PORT_CAPACITY_FIRMWARE;
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
