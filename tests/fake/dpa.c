/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device addresses: first ram, then pmem. A memdev's decoders allocate in their order and free in reverse; the first
 * pmem allocation skips what is left of ram.
 */
#include <errno.h>

#include "model.h"

/* cxl_dpa_free() */
static int dpa_free(struct fake *fake, int index)
{
	struct port *port = port_at(fake, object_at(fake, index)->parent);
	struct decoder *decoder = decoder_at(fake, index);

	if (decoder->dpa_size == 0)
		return 0;
	if (decoder->region != NONE || decoder->enabled || decoder->id != port->hdm_end)
		return -EBUSY;
	decoder->dpa_size = 0;
	decoder->skip = 0;
	port->hdm_end--;
	return 0;
}

/* Behind the last reservation in [start, end): an allocation, or ram that a pmem allocation skipped. */
static uint64_t free_from(struct fake *fake, const struct port *port, uint64_t start, uint64_t end)
{
	uint64_t from = start;

	for (int i = 0; i < port->n_decoders; i++) {
		const struct decoder *decoder = decoder_at(fake, port->decoders[i]);
		uint64_t allocated = decoder->dpa_start + decoder->dpa_size;

		if (decoder->dpa_size == 0)
			continue;
		if (decoder->skip > 0 && decoder->dpa_start <= end && decoder->dpa_start > from)
			from = decoder->dpa_start;
		if (decoder->dpa_start >= start && allocated <= end && allocated > from)
			from = allocated;
	}
	return from;
}

/* cxl_dpa_alloc(), __cxl_dpa_reserve() */
static int dpa_alloc(struct fake *fake, int index, uint64_t size)
{
	struct port *port = port_at(fake, object_at(fake, index)->parent);
	const struct memdev *memdev = &object_at(fake, port->memdev)->memdev;
	struct decoder *decoder = decoder_at(fake, index);
	uint64_t all = memdev->ram + memdev->pmem;
	uint64_t ram = free_from(fake, port, 0, memdev->ram), pmem = free_from(fake, port, memdev->ram, all);
	bool is_ram = decoder->mode == MODE_RAM;

	if (decoder->region != NONE || decoder->enabled)
		return -EBUSY;
	if (decoder->mode == MODE_NONE)
		return -EINVAL;
	if (size > (is_ram ? memdev->ram - ram : all - pmem))
		return -ENOSPC;
	if (port->hdm_end + 1 != decoder->id)
		return -EBUSY;
	decoder->skip = is_ram || pmem > memdev->ram ? 0 : pmem - ram;
	decoder->dpa_start = is_ram ? ram : pmem;
	decoder->dpa_size = size;
	port->hdm_end++;
	return 0;
}

/* dpa_size_store(): what was allocated is freed first, also when the new size is then refused. */
int dpa_store_size(struct fake *fake, int decoder, const char *value)
{
	uint64_t size;
	int r = parse_u64(value, &size);

	if (r < 0)
		return r;
	if (size % SZ_256M != 0)
		return -EINVAL;
	r = dpa_free(fake, decoder);
	if (r < 0 || size == 0)
		return r;
	return dpa_alloc(fake, decoder, size);
}

/* mode_store(), cxl_dpa_set_mode() */
int dpa_store_mode(struct fake *fake, int index, const char *value)
{
	const struct memdev *memdev = &object_at(fake, port_at(fake, object_at(fake, index)->parent)->memdev)->memdev;
	struct decoder *decoder = decoder_at(fake, index);
	enum mode mode = same_name("pmem", value) ? MODE_PMEM : same_name("ram", value) ? MODE_RAM : MODE_NONE;

	if (mode == MODE_NONE)
		return -EINVAL;
	if (decoder->enabled)
		return -EBUSY;
	if ((mode == MODE_PMEM ? memdev->pmem : memdev->ram) == 0)
		return -ENXIO;
	decoder->mode = mode;
	return 0;
}
