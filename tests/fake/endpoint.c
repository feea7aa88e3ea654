/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An endpoint comes with its memdev's driver, and when it goes it takes that along. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* cxl_port_ida: the lowest that is free. */
int port_id(struct fake *fake)
{
	for (int id = 1;; id++) {
		char port[NAME_MAX_FAKE], endpoint[NAME_MAX_FAKE];

		snprintf(port, sizeof(port), "port%d", id);
		snprintf(endpoint, sizeof(endpoint), "endpoint%d", id);
		if (!fake->reserved_port_ids[id] && object_on_bus(fake, BUS_CXL, port) == NONE &&
		    object_on_bus(fake, BUS_CXL, endpoint) == NONE)
			return id;
	}
}

static void add_decoder(struct fake *fake, int endpoint, int port, int id)
{
	int index = object_new(fake, KIND_ENDPOINT_DECODER, endpoint, "decoder%d.%d", port, id);
	struct decoder *decoder = decoder_at(fake, index);

	object_at(fake, index)->bus = BUS_CXL;
	*decoder = (struct decoder){ .id = id, .ways = 1, .granularity = 256, .region = NONE, .position = NONE };
	port_at(fake, endpoint)->decoders[id] = index;
}

static void add_nvdimm(struct fake *fake, int memdev)
{
	int nvdimm = object_new(fake, KIND_NVDIMM, memdev, "pmem%s", object_at(fake, memdev)->name + 3);

	object_at(fake, nvdimm)->bus = BUS_CXL;
	object_at(fake, nvdimm)->driver = object_child(fake, fake->drivers, "cxl_nvdimm");
}

/* devm_cxl_add_endpoint(), cxl_endpoint_port_probe(). Returns the endpoint. */
int endpoint_add(struct fake *fake, int memdev, int parent)
{
	int id = port_id(fake), endpoint = object_new(fake, KIND_ENDPOINT, parent, "endpoint%d", id);
	struct port *port = port_at(fake, endpoint);

	object_at(fake, endpoint)->bus = BUS_CXL;
	object_at(fake, endpoint)->driver = object_child(fake, fake->drivers, "cxl_port");
	*port = (struct port){ .uport = memdev, .memdev = memdev, .commit_end = -1, .hdm_end = -1 };
	port->parent_dport = object_at(fake, object_at(fake, memdev)->parent)->parent;
	port->n_decoders = (int)fake->decoders;
	for (int i = 0; i < REFS_MAX; i++)
		port->refs[i].region = NONE;
	for (int i = 0; i < port->n_decoders; i++)
		add_decoder(fake, endpoint, id, i);
	object_at(fake, memdev)->memdev.endpoint = endpoint;
	if (object_at(fake, memdev)->memdev.pmem > 0)
		add_nvdimm(fake, memdev);
	return endpoint;
}

/*
 * cxld_unregister() of each decoder, which is cxl_decoder_kill_region(); then schedule_detach() has taken the memdev's
 * driver away, and with it delete_endpoint() the endpoint.
 */
void endpoint_remove(struct fake *fake, int endpoint)
{
	struct port *port = port_at(fake, endpoint);
	int memdev = port->memdev, parent = object_at(fake, endpoint)->parent, nvdimm;
	char name[NAME_MAX_FAKE];

	for (int i = port->n_decoders - 1; i >= 0; i--)
		region_detach(fake, port->decoders[i]);
	object_remove(fake, endpoint);
	switch_reap(fake, parent);
	object_at(fake, memdev)->driver = NONE;
	object_at(fake, memdev)->memdev.endpoint = NONE;
	object_at(fake, memdev)->memdev.detaching = true;
	snprintf(name, sizeof(name), "pmem%s", object_at(fake, memdev)->name + 3);
	nvdimm = object_child(fake, memdev, name);
	if (nvdimm != NONE)
		object_remove(fake, nvdimm);
}

int fake_unbind_endpoint(struct fake *fake, const char *name)
{
	int endpoint = object_on_bus(fake, BUS_CXL, name);

	if (endpoint == NONE || object_at(fake, endpoint)->kind != KIND_ENDPOINT)
		return -ENODEV;
	fake->reserved_port_ids[atoi(name + strlen("endpoint"))] = true; /* somebody still holds it */
	endpoint_remove(fake, endpoint);
	return 0;
}

int fake_bind_memdev(struct fake *fake, const char *name)
{
	bus_flush(fake, "1");
	return driver_store_bind(fake, object_child(fake, fake->drivers, "cxl_mem"), name);
}
