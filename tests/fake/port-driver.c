/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The port of a bridge comes with the host and stays; that of a switch comes and goes with the endpoints below it. */
#include <stdio.h>
#include <string.h>

#include "model.h"

void port_init(struct fake *fake, int index, int uport, int parent_dport)
{
	struct port *port = port_at(fake, index);

	*port = (struct port){
		.uport = uport, .parent_dport = parent_dport, .memdev = NONE, .commit_end = -1, .hdm_end = -1
	};
	for (int i = 0; i < REFS_MAX; i++)
		port->refs[i].region = NONE;
}

static void add_decoder(struct fake *fake, int port, int id)
{
	int index = object_new(fake, KIND_SWITCH_DECODER, port, "decoder%s.%d",
			       object_at(fake, port)->name + strlen("port"), id);
	struct decoder *decoder = decoder_at(fake, index);

	object_at(fake, index)->bus = BUS_CXL;
	*decoder = (struct decoder){ .id = id, .ways = 1, .granularity = 256, .region = NONE, .n_targets_max = 8 };
	for (int i = 1; i < TARGETS_MAX; i++)
		decoder->targets[i] = NONE;
	port_at(fake, port)->decoders[id] = index;
}

/* cxl_port_probe() */
void port_probe(struct fake *fake, int port, int driver)
{
	object_at(fake, port)->driver = driver;
	port_at(fake, port)->commit_end = port_at(fake, port)->hdm_end = -1;
	port_at(fake, port)->n_decoders = (int)fake->decoders;
	for (int i = 0; i < (int)fake->decoders; i++)
		add_decoder(fake, port, i);
}

static bool lies_below(const struct fake *fake, int index, int port)
{
	for (int i = fake->objects[index].parent; i != NONE; i = fake->objects[i].parent)
		if (i == port)
			return true;
	return false;
}

/* Devres of a port: it holds the endpoints below. A switch's goes with the last of them; a bridge's stays. */
void port_release_driver(struct fake *fake, int port)
{
	uint64_t inode = object_at(fake, port)->inode;

	for (int i = 0; i < fake->n_objects; i++)
		if (object_at(fake, i)->inode != 0 && object_at(fake, i)->kind == KIND_ENDPOINT &&
		    lies_below(fake, i, port))
			endpoint_remove(fake, i);
	if (object_at(fake, port)->inode != inode)
		return;
	for (int i = 0; i < port_at(fake, port)->n_decoders; i++)
		object_remove(fake, port_at(fake, port)->decoders[i]);
	port_at(fake, port)->n_decoders = 0;
	object_at(fake, port)->driver = NONE;
}

static bool has_port_below(const struct fake *fake, int port)
{
	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].inode != 0 && fake->objects[i].parent == port &&
		    (fake->objects[i].kind == KIND_ENDPOINT || fake->objects[i].kind == KIND_PORT))
			return true;
	return false;
}

/* cxl_detach_ep() */
void switch_reap(struct fake *fake, int port)
{
	while (!port_is_below_root(fake, port) && !has_port_below(fake, port)) {
		int parent = object_at(fake, port)->parent;

		object_remove(fake, port);
		port = parent;
	}
}

static int port_of_dport(const struct fake *fake, int device)
{
	for (int i = 0; i < fake->n_objects; i++) {
		const struct port *port = &fake->objects[i].port;

		if (fake->objects[i].inode == 0 || fake->objects[i].kind != KIND_PORT)
			continue;
		for (int k = 0; k < port->n_dports; k++)
			if (port->dports[k].device == device)
				return i;
	}
	return NONE;
}

/* Its downstream ports are the devices below the upstream one. */
static void add_dports(struct fake *fake, int port, int upstream)
{
	struct port *own = port_at(fake, port);

	for (int i = 0; i < fake->n_objects; i++)
		if (fake->objects[i].inode != 0 && fake->objects[i].parent == upstream) {
			own->dports[own->n_dports] = (struct dport){ own->n_dports, i };
			own->n_dports++;
		}
}

/* add_port_attach_ep(): the port of a switch whose upstream device that is. */
static int switch_add(struct fake *fake, int upstream)
{
	int root_port = object_at(fake, upstream)->parent, parent = port_of_dport(fake, root_port), port;

	if (parent == NONE || object_at(fake, parent)->driver == NONE)
		return NONE;
	port = object_new(fake, KIND_PORT, parent, "port%d", port_id(fake));
	object_at(fake, port)->bus = BUS_CXL;
	port_init(fake, port, upstream, root_port);
	add_dports(fake, port, upstream);
	port_probe(fake, port, object_child(fake, fake->drivers, "cxl_port"));
	return port;
}

int memdev_parent_port(struct fake *fake, int memdev)
{
	int dport = object_at(fake, object_at(fake, memdev)->parent)->parent, port = port_of_dport(fake, dport);

	if (port == NONE)
		return switch_add(fake, object_at(fake, dport)->parent);
	return object_at(fake, port)->driver == NONE ? NONE : port;
}
