/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programming decoders: a port commits its decoders in order, and remembers the last. */
#include <errno.h>

#include "model.h"

/* cxl_decoder_commit() */
static int decoder_commit(struct fake *fake, int index)
{
	struct port *port = port_at(fake, object_at(fake, index)->parent);
	struct decoder *decoder = decoder_at(fake, index);

	if (decoder->enabled)
		return 0;
	if (port->commit_end + 1 != decoder->id)
		return -EBUSY;
	port->commit_end++;
	decoder->enabled = true;
	return 0;
}

/* cxl_decoder_reset(), cxl_port_commit_reap(): what was reset out of order goes with the last before it. */
static void decoder_reset(struct fake *fake, int index)
{
	struct port *port = port_at(fake, object_at(fake, index)->parent);
	struct decoder *decoder = decoder_at(fake, index);

	if (!decoder->enabled)
		return;
	decoder->enabled = false;
	if (port->commit_end != decoder->id)
		return;
	port->commit_end--;
	while (port->commit_end >= 0 && !decoder_at(fake, port->decoders[port->commit_end])->enabled)
		port->commit_end--;
}

static struct region_ref *ref_needed(struct fake *fake, int port, int region)
{
	struct region_ref *ref = ref_load(fake, port, region);

	if (!ref)
		splat(fake, "%s lost its reference to %s: NULL dereference", object_at(fake, port)->name,
		      object_at(fake, region)->name);
	return ref;
}

/* cxl_region_decode_reset(): last target first, each from the bridge down. */
void decoders_reset(struct fake *fake, int region, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		int decoder = region_at(fake, region)->targets[i], endpoint;

		if (decoder == NONE) {
			splat(fake, "%s is reset without its target %d: NULL dereference",
			      object_at(fake, region)->name, i);
			return;
		}
		endpoint = object_at(fake, decoder)->parent;
		for (int port = port_bridge(fake, endpoint); port != NONE; port = port_next(fake, port, endpoint)) {
			struct region_ref *ref = ref_needed(fake, port, region);

			if (ref)
				decoder_reset(fake, ref->decoder);
		}
		decoder_reset(fake, decoder);
	}
}

/* A port refused: what was committed below it for this target goes back. */
static void reset_below(struct fake *fake, int port, int region, int decoder)
{
	int endpoint = object_at(fake, decoder)->parent;

	for (; port != NONE && port != endpoint; port = port_next(fake, port, endpoint))
		decoder_reset(fake, ref_load(fake, port, region)->decoder);
	decoder_reset(fake, decoder);
}

/* Commits one target, from the endpoint up. */
static int commit_target(struct fake *fake, int region, int decoder)
{
	int port = object_at(fake, decoder)->parent;

	for (; object_at(fake, port)->kind != KIND_ROOT_PORT; port = object_at(fake, port)->parent) {
		struct region_ref *ref = ref_needed(fake, port, region);
		int r = ref ? decoder_commit(fake, ref->decoder) : -EIO;

		if (r < 0) {
			if (ref)
				reset_below(fake, port, region, decoder);
			return r;
		}
	}
	return 0;
}

/* cxl_region_decode_commit() */
int decoders_commit(struct fake *fake, int index)
{
	const struct region *region = region_at(fake, index);

	for (unsigned int i = 0; i < region->n_targets; i++) {
		int r = commit_target(fake, index, region->targets[i]);

		if (r < 0) {
			decoders_reset(fake, index, (int)i);
			return r;
		}
	}
	return 0;
}
