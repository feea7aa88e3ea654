/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where ports lie, and which targets a port's decoder gets when a region spreads over it. */
#include <errno.h>

#include "model.h"

bool port_is_below_root(const struct fake *fake, int port)
{
	return fake->objects[fake->objects[port].parent].kind == KIND_ROOT_PORT;
}

int port_bridge(const struct fake *fake, int port)
{
	while (!port_is_below_root(fake, port))
		port = fake->objects[port].parent;
	return port;
}

/* The child of a port on the way down to an endpoint: a switch's port, or the endpoint itself. */
static int port_below(const struct fake *fake, int port, int endpoint)
{
	int below = endpoint;

	while (fake->objects[below].parent != port)
		below = fake->objects[below].parent;
	return below;
}

int port_next(const struct fake *fake, int port, int endpoint)
{
	int below = port == endpoint ? endpoint : port_below(fake, port, endpoint);

	return below == endpoint ? NONE : below;
}

int port_dport(const struct fake *fake, int port, int endpoint)
{
	const struct port *own = &fake->objects[port].port;
	int device = fake->objects[port_below(fake, port, endpoint)].port.parent_dport;

	for (int i = 0; i < own->n_dports; i++)
		if (own->dports[i].device == device)
			return i;
	return NONE;
}

struct region_ref *ref_load(struct fake *fake, int port, int region)
{
	struct port *own = port_at(fake, port);

	for (int i = 0; i < REFS_MAX; i++)
		if (own->refs[i].region == region)
			return &own->refs[i];
	return NULL;
}

/* check_interleave_cap(): no 3, 6, 12 or 16 ways, address bits 8 to 14, as QEMU's decoders. */
int check_interleave_cap(int ways, int granularity)
{
	int eiw, eig;

	if (ways != 1 && ways != 2 && ways != 4 && ways != 8)
		return -ENXIO;
	if (ways_to_eiw((unsigned int)ways, &eiw) < 0 || eiw == 0)
		return 0;
	if (granularity_to_eig(granularity, &eig) < 0)
		return 0;
	return eiw + eig + 7 > 14 ? -ENXIO : 0;
}

/* check_last_peer(): who shares a downstream port stands at a distance of the others there. */
static int check_last_peer(struct fake *fake, int port, int region, int decoder, int distance)
{
	int endpoint = object_at(fake, decoder)->parent, position = decoder_at(fake, decoder)->position, peer;

	if (position < distance)
		return -ENXIO;
	peer = region_at(fake, region)->targets[position - distance];
	if (port_dport(fake, port, endpoint) != port_dport(fake, port, object_at(fake, peer)->parent))
		return -ENXIO;
	return 0;
}

static int peer_distance(struct fake *fake, int port, int region)
{
	int distance = (int)decoder_at(fake, object_at(fake, region)->parent)->ways;

	for (; object_at(fake, port)->kind != KIND_ROOT_PORT; port = object_at(fake, port)->parent)
		distance *= ref_load(fake, port, region)->n_targets;
	return distance;
}

/* What the decoder above is set to. */
static void parent_interleave(struct fake *fake, int port, int region, int *ret_ways, int *ret_granularity)
{
	const struct decoder *above;

	if (port_is_below_root(fake, port)) {
		*ret_granularity = (int)region_at(fake, region)->granularity;
		*ret_ways = (int)decoder_at(fake, object_at(fake, region)->parent)->ways;
		if (!is_power_of_two((unsigned int)*ret_ways))
			*ret_ways /= 3;
		return;
	}
	above = decoder_at(fake, ref_load(fake, object_at(fake, port)->parent, region)->decoder);
	*ret_granularity = (int)above->granularity;
	*ret_ways = (int)above->ways;
}

/* 6.1: the next address bit that is not used above. */
static int granularity_by_bit(int parent_ways, int parent_granularity, int ways, int *ret_granularity)
{
	int peig, peiw, eiw, eig;

	if (granularity_to_eig(parent_granularity, &peig) < 0 || ways_to_eiw((unsigned int)parent_ways, &peiw) < 0 ||
	    ways_to_eiw((unsigned int)ways, &eiw) < 0)
		return -EINVAL;
	eig = peig;
	if (parent_ways > 1 && ways > 1)
		eig = (peig + peiw > eiw + peig ? peig + peiw : eiw + peig) - eiw + 1;
	if (eig > 6)
		return -EINVAL;
	*ret_granularity = 256 << eig;
	return 0;
}

/* Later: the granularity above times the ways above. */
static int granularity_by_product(int parent_ways, int parent_granularity, int *ret_granularity)
{
	int eig;

	if (granularity_to_eig(parent_granularity * parent_ways, &eig) < 0)
		return -EINVAL;
	*ret_granularity = 256 << eig;
	return 0;
}

/* The first target of a region sets the port's decoder. */
static int set_decoder(struct fake *fake, int port, int region, const struct region_ref *ref)
{
	struct decoder *decoder = decoder_at(fake, ref->decoder);
	int ways = ref->n_targets, parent_ways, parent_granularity, granularity, r;

	parent_interleave(fake, port, region, &parent_ways, &parent_granularity);
	if (fake->kernel < FAKE_KERNEL_6_12) {
		r = granularity_by_bit(parent_ways, parent_granularity, ways, &granularity);
	} else {
		r = granularity_by_product(parent_ways, parent_granularity, &granularity);
		if (r == 0 && (ways > 8 || ways > decoder->n_targets_max))
			r = -ENXIO;
		if (r == 0)
			r = check_interleave_cap(ways, granularity);
	}
	if (r < 0)
		return r;
	decoder->ways = (unsigned int)ways;
	decoder->granularity = (unsigned int)granularity;
	decoder->start = region_at(fake, region)->start;
	decoder->size = region_at(fake, region)->size;
	return 0;
}

/* cxl_port_setup_targets() */
int port_setup_targets(struct fake *fake, int port, int region, int decoder)
{
	struct region_ref *ref = ref_load(fake, port, region);
	int dport = port_dport(fake, port, object_at(fake, decoder)->parent), r;
	struct decoder *own;

	if (!ref) {
		splat(fake, "%s lost its reference to %s: NULL dereference", object_at(fake, port)->name,
		      object_at(fake, region)->name);
		return -EIO;
	}
	if (!is_power_of_two((unsigned int)ref->n_targets))
		return -EINVAL;
	own = decoder_at(fake, ref->decoder);
	for (int i = 0; i < ref->n_targets_set; i++)
		if (own->targets[i] == dport)
			return check_last_peer(fake, port, region, decoder, peer_distance(fake, port, region));
	if (ref->n_targets_set == 0) {
		r = set_decoder(fake, port, region, ref);
		if (r < 0)
			return r;
	}
	if (ref->n_targets_set == ref->n_targets)
		return -ENXIO;
	own->targets[ref->n_targets_set++] = dport;
	return 0;
}
