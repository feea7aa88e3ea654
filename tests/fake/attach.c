/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching an endpoint decoder to a region, and its way back. Each port between endpoint and root gets a reference
 * to the region, with a decoder of its own and a count of the endpoints and downstream ports that the region has
 * there.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "model.h"

static bool is_endpoint(struct fake *fake, int port)
{
	return object_at(fake, port)->kind == KIND_ENDPOINT;
}

/* -- a decoder for the region ----------------------------------------------- */

/* match_free_decoder() of 6.1: the first, in order, that has no region. */
static int find_first_free(struct fake *fake, const struct port *port)
{
	for (int i = 0; i < port->n_decoders; i++)
		if (decoder_at(fake, port->decoders[i])->region == NONE)
			return port->decoders[i];
	return NONE;
}

/* Later: the one behind the last committed; all before it must be committed still. */
static int find_next_to_commit(struct fake *fake, const struct port *port)
{
	int next = port->commit_end + 1;

	if (next >= port->n_decoders || decoder_at(fake, port->decoders[next])->region != NONE)
		return NONE;
	for (int i = 0; i < next; i++)
		if (!decoder_at(fake, port->decoders[i])->enabled)
			return NONE;
	return port->decoders[next];
}

/* cxl_rr_alloc_decoder() */
static int find_decoder(struct fake *fake, int port, int endpoint_decoder)
{
	int decoder = endpoint_decoder;

	if (!is_endpoint(fake, port))
		decoder = fake->kernel < FAKE_KERNEL_6_12 ? find_first_free(fake, port_at(fake, port))
							  : find_next_to_commit(fake, port_at(fake, port));
	return decoder != NONE && decoder_at(fake, decoder)->region == NONE ? decoder : NONE;
}

/* -- references -------------------------------------------------------------- */

/* A port takes regions in rising order of their addresses. */
static bool violates_hpa_order(struct fake *fake, int port, int region)
{
	uint64_t start = region_at(fake, region)->start;

	for (int i = 0; i < REFS_MAX; i++) {
		int other = port_at(fake, port)->refs[i].region;

		if (other == NONE || region_at(fake, other)->size == 0)
			continue;
		if (region_at(fake, other)->start > start)
			return true;
	}
	return false;
}

/* alloc_region_ref() */
static struct region_ref *ref_alloc(struct fake *fake, int port, int region)
{
	struct region_ref *ref = ref_load(fake, port, NONE);

	if (violates_hpa_order(fake, port, region))
		return NULL;
	assert(ref);
	*ref = (struct region_ref){ .region = region, .decoder = NONE, .n_targets = 1 };
	return ref;
}

/* free_region_ref() */
static void ref_free(struct fake *fake, struct region_ref *ref)
{
	if (ref->decoder != NONE)
		decoder_at(fake, ref->decoder)->region = NONE;
	ref->region = NONE;
}

static int find_member(const struct region_ref *ref, int decoder)
{
	for (int i = 0; i < ref->n_members; i++)
		if (ref->members[i] == decoder)
			return i;
	return NONE;
}

/* Does another endpoint of the region share the way down? Right above the endpoints, all do. */
static bool has_member_behind(struct fake *fake, int port, const struct region_ref *ref, int decoder)
{
	int next = port_next(fake, port, object_at(fake, decoder)->parent);

	for (int i = 0; i < ref->n_members; i++)
		if (ref->members[i] != decoder &&
		    port_next(fake, port, object_at(fake, ref->members[i])->parent) == next)
			return true;
	return false;
}

/* cxl_rr_ep_add() */
static int ref_add_member(struct fake *fake, int port, struct region_ref *ref, int decoder)
{
	if (!is_endpoint(fake, port)) {
		if (find_member(ref, decoder) != NONE)
			return -EBUSY;
		ref->members[ref->n_members++] = decoder;
	}
	ref->n_endpoints++;
	if (decoder_at(fake, ref->decoder)->region == NONE)
		decoder_at(fake, ref->decoder)->region = ref->region;
	return 0;
}

/* -- one port ----------------------------------------------------------------- */

/* cxl_port_attach_region() */
static int port_attach(struct fake *fake, int port, int region, int decoder)
{
	struct region_ref *ref = ref_load(fake, port, region);
	int endpoint = object_at(fake, decoder)->parent, r = 0;
	bool counted = true;

	if (ref) {
		counted = !has_member_behind(fake, port, ref, decoder) || port_next(fake, port, endpoint) == NONE;
		ref->n_targets += counted;
	} else {
		ref = ref_alloc(fake, port, region);
		if (!ref)
			return -EBUSY;
		ref->decoder = find_decoder(fake, port, decoder);
		if (ref->decoder == NONE)
			r = -EBUSY;
	}
	if (r == 0 && fake->kernel >= FAKE_KERNEL_6_12 && !is_endpoint(fake, port) &&
	    ref->n_targets > decoder_at(fake, ref->decoder)->n_targets_max)
		r = -ENXIO;
	if (r == 0)
		r = ref_add_member(fake, port, ref, decoder);
	if (r == 0)
		return 0;
	ref->n_targets -= counted;
	if (ref->n_endpoints == 0)
		ref_free(fake, ref);
	return r;
}

/* cxl_port_detach_region() */
static void port_detach(struct fake *fake, int port, int region, int decoder)
{
	struct region_ref *ref = ref_load(fake, port, region);
	int member;

	if (!ref)
		return;
	member = find_member(ref, decoder);
	if (ref->decoder == decoder) {
		ref->n_endpoints--;
	} else if (member != NONE) {
		ref->members[member] = ref->members[--ref->n_members];
		ref->n_endpoints--;
		if (!has_member_behind(fake, port, ref, decoder))
			ref->n_targets--;
	}
	if (ref->n_endpoints == 0)
		ref_free(fake, ref);
}

static void detach_from_ports(struct fake *fake, int region, int decoder)
{
	int port = object_at(fake, decoder)->parent;

	for (; object_at(fake, port)->kind != KIND_ROOT_PORT; port = object_at(fake, port)->parent)
		port_detach(fake, port, region, decoder);
}

/* -- all targets are there: the ports' decoders are set ------------------------ */

/* cxl_port_reset_targets() */
static void reset_targets(struct fake *fake, int port, int region)
{
	struct region_ref *ref = ref_load(fake, port, region);

	if (!ref)
		return;
	ref->n_targets_set = 0;
	decoder_at(fake, ref->decoder)->start = 0;
	decoder_at(fake, ref->decoder)->size = 0;
}

/* cxl_region_teardown_targets() */
static void teardown_targets(struct fake *fake, int index)
{
	const struct region *region = region_at(fake, index);

	for (unsigned int i = 0; i < region->n_targets; i++) {
		int endpoint = object_at(fake, region->targets[i])->parent;

		for (int port = port_bridge(fake, endpoint); port != NONE; port = port_next(fake, port, endpoint))
			reset_targets(fake, port, index);
	}
}

/* cxl_region_setup_targets() */
static int setup_targets(struct fake *fake, int index)
{
	const struct region *region = region_at(fake, index);

	for (unsigned int i = 0; i < region->n_targets; i++) {
		int endpoint = object_at(fake, region->targets[i])->parent;

		for (int port = port_bridge(fake, endpoint); port != NONE; port = port_next(fake, port, endpoint)) {
			int r = port_setup_targets(fake, port, index, region->targets[i]);

			if (r < 0) {
				teardown_targets(fake, index);
				return r;
			}
		}
	}
	return 0;
}

/* -- attach ---------------------------------------------------------------------- */

/* The root's downstream port above a bridge: which of its targets that is. */
static int root_dport(struct fake *fake, int endpoint)
{
	int bridge = port_bridge(fake, endpoint), root = object_at(fake, bridge)->parent;

	return port_dport(fake, root, endpoint);
}

/* What cxl_region_attach() asks before it looks at positions; each kernel in its own order. */
static int check_attach(struct fake *fake, int index, int decoder)
{
	const struct region *region = region_at(fake, index);
	const struct decoder *own = decoder_at(fake, decoder);

	if (fake->kernel >= FAKE_KERNEL_6_12 && check_interleave_cap((int)region->ways, (int)region->granularity) < 0)
		return -ENXIO;
	if (own->mode != region->mode)
		return -EINVAL;
	if (region->config > CONFIG_INTERLEAVE_ACTIVE)
		return -EBUSY;
	if (region->config < CONFIG_INTERLEAVE_ACTIVE)
		return -ENXIO;
	if (region->n_targets >= region->ways)
		return -EINVAL;
	if (own->dpa_size == 0)
		return -ENXIO;
	return own->dpa_size * region->ways != region->size ? -EINVAL : 0;
}

/* cxl_region_validate_position() */
static int validate_position(struct fake *fake, const struct region *region, int decoder, int position)
{
	if (position < 0 || (unsigned int)position >= region->ways)
		return -ENXIO;
	if (region->targets[position] == decoder)
		return 0;
	if (region->targets[position] != NONE)
		return -EBUSY;
	for (unsigned int i = 0; i < region->ways; i++)
		if (region->targets[i] != NONE &&
		    object_at(fake, region->targets[i])->parent == object_at(fake, decoder)->parent)
			return -EBUSY;
	return 0;
}

/* cxl_region_attach_position() */
static int attach_position(struct fake *fake, int region, int decoder, int position)
{
	const struct decoder *root = decoder_at(fake, object_at(fake, region)->parent);
	int port = object_at(fake, decoder)->parent;

	if (root_dport(fake, port) != root->targets[(unsigned int)position % root->ways])
		return -ENXIO;
	for (; object_at(fake, port)->kind != KIND_ROOT_PORT; port = object_at(fake, port)->parent) {
		int r = port_attach(fake, port, region, decoder);

		if (r < 0) {
			detach_from_ports(fake, region, decoder);
			return r;
		}
	}
	return 0;
}

/*
 * cxl_region_attach(). When the last target cannot be set up, the write fails, and yet the target is attached: that
 * is how the kernel does it.
 */
int region_attach(struct fake *fake, int index, int decoder, int position)
{
	struct region *region = region_at(fake, index);
	struct decoder *own = decoder_at(fake, decoder);
	int r;

	r = check_attach(fake, index, decoder);
	if (r == 0)
		r = validate_position(fake, region, decoder, position);
	if (r == 0)
		r = attach_position(fake, index, decoder, position);
	if (r < 0)
		return r;
	region->targets[position] = decoder;
	region->n_targets++;
	own->position = position;
	if (region->n_targets == region->ways) {
		r = setup_targets(fake, index);
		if (r < 0)
			return r;
		region->config = CONFIG_ACTIVE;
	}
	own->ways = region->ways;
	own->granularity = region->granularity;
	own->start = region->start;
	own->size = region->size;
	return 0;
}

/* -- detach ----------------------------------------------------------------------- */

/* cxl_region_detach() */
void region_detach(struct fake *fake, int decoder)
{
	struct decoder *own = decoder_at(fake, decoder);
	int index = own->region;
	struct region *region;

	if (index == NONE)
		return;
	region = region_at(fake, index);
	if (region->config > CONFIG_ACTIVE) {
		decoders_reset(fake, index, (int)region->ways);
		region->config = CONFIG_ACTIVE;
	}
	detach_from_ports(fake, index, decoder);
	if (region->targets[own->position] != decoder) {
		splat(fake, "WARNING: expected %s at position %d of %s", object_at(fake, decoder)->name, own->position,
		      object_at(fake, index)->name);
		return;
	}
	if (region->config == CONFIG_ACTIVE) {
		region->config = CONFIG_INTERLEAVE_ACTIVE;
		teardown_targets(fake, index);
	}
	region->targets[own->position] = NONE;
	region->n_targets--;
	own->start = 0;
	own->size = 0;
	region_release_driver(fake, index);
}
