/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bind and unbind of drivers (drivers/base/bus.c), and what stands on a bound region. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

static int driver_of(struct fake *fake, const char *name)
{
	return object_child(fake, fake->drivers, name);
}

static void add_nd_device(struct fake *fake, enum kind kind, int parent, const char *name, int id)
{
	int device = object_new(fake, kind, parent, "%s%d.0", name, id);

	object_at(fake, device)->bus = BUS_ND;
}

/* libnvdimm registers what lies below a region by itself, later: here, when somebody waits for it. */
void nd_settle(struct fake *fake)
{
	static const char *const seeds[] = { "btt", "pfn", "dax" };

	for (int i = 0; i < fake->n_objects; i++) {
		int id, nd_region;

		if (object_at(fake, i)->inode == 0 || object_at(fake, i)->kind != KIND_REGION ||
		    !region_at(fake, i)->registering)
			continue;
		id = region_at(fake, i)->id;
		region_at(fake, i)->registering = false;
		nd_region = object_child(fake, fake->nd_bus, object_at(fake, i)->name);
		if (nd_region == NONE)
			continue;
		add_nd_device(fake, KIND_NAMESPACE, nd_region, "namespace", id);
		for (int k = 0; k < 3; k++)
			add_nd_device(fake, KIND_ND_SEED, nd_region, seeds[k], id);
	}
}

/* Is there an nvdimm with a driver behind each target? */
static bool has_nvdimms(struct fake *fake, const struct region *region)
{
	for (unsigned int i = 0; i < region->n_targets; i++) {
		int memdev = port_at(fake, object_at(fake, region->targets[i])->parent)->memdev;
		char name[NAME_MAX_FAKE];
		int nvdimm;

		snprintf(name, sizeof(name), "p%s", object_at(fake, memdev)->name);
		nvdimm = object_child(fake, memdev, name);
		if (nvdimm == NONE || object_at(fake, nvdimm)->driver == NONE)
			return false;
	}
	return true;
}

/* devm_cxl_add_pmem_region(), then the driver cxl_pmem_region on what it made. */
static int add_pmem_region(struct fake *fake, int index)
{
	int driver = driver_of(fake, "cxl_pmem_region"), id = region_at(fake, index)->id, device;
	char name[NAME_MAX_FAKE];

	snprintf(name, sizeof(name), "pmem_region%d", id);
	if (object_child(fake, index, name) != NONE) {
		splat(fake, "cannot create duplicate filename '%s'", name);
		return -EEXIST;
	}
	device = object_new(fake, KIND_PMEM_REGION, index, "%s", name);
	object_at(fake, device)->bus = BUS_CXL;
	object_at(fake, device)->driver = driver;
	if (driver == NONE) /* later kernels refuse, and leave pmem_regionN behind */
		return fake->kernel >= FAKE_KERNEL_6_12 ? -ENXIO : 0;
	if (!has_nvdimms(fake, region_at(fake, index))) {
		splat(fake, "BUG: kernel NULL pointer dereference in cxl_pmem_region");
		return -ENODEV;
	}
	device = object_new(fake, KIND_ND_REGION, fake->nd_bus, "region%d", id);
	object_at(fake, device)->bus = BUS_ND;
	region_at(fake, index)->registering = true;
	return 0;
}

static void add_dax_region(struct fake *fake, int index)
{
	int device = object_new(fake, KIND_DAX_REGION, index, "dax_region%d", region_at(fake, index)->id);

	object_at(fake, device)->bus = BUS_CXL;
	object_at(fake, device)->driver = driver_of(fake, "cxl_dax_region");
}

/* cxl_region_probe() */
static int region_probe(struct fake *fake, int index, int driver)
{
	int r = 0;

	if (region_at(fake, index)->config < CONFIG_COMMIT)
		return -ENXIO;
	if (region_at(fake, index)->mode == MODE_PMEM)
		r = add_pmem_region(fake, index);
	else
		add_dax_region(fake, index);
	if (r == 0)
		object_at(fake, index)->driver = driver;
	return r;
}

static void remove_child(struct fake *fake, int parent, const char *prefix, int id)
{
	char name[NAME_MAX_FAKE];
	int child;

	snprintf(name, sizeof(name), "%s%d", prefix, id);
	child = object_child(fake, parent, name);
	if (child != NONE)
		object_remove(fake, child);
}

/* device_release_driver() of a region */
void region_release_driver(struct fake *fake, int index)
{
	struct region *region = region_at(fake, index);

	if (object_at(fake, index)->driver == NONE)
		return;
	if (region->registering)
		splat(fake, "%s is unbound while libnvdimm still registers it: NULL dereference in kill_device()",
		      object_at(fake, index)->name);
	region->registering = false;
	object_at(fake, index)->driver = NONE;
	remove_child(fake, fake->nd_bus, "region", region->id);
	remove_child(fake, index, "pmem_region", region->id);
	remove_child(fake, index, "dax_region", region->id);
}

/* cxl_mem_probe(): the memdev gets an endpoint. */
static int memdev_probe(struct fake *fake, int memdev, int driver)
{
	int port = memdev_parent_port(fake, memdev);

	if (port == NONE)
		return -ENXIO;
	object_at(fake, memdev)->driver = driver;
	endpoint_add(fake, memdev, port);
	/* What was queued when it lost its last endpoint runs late. */
	if (object_at(fake, memdev)->memdev.detaching)
		endpoint_remove(fake, object_at(fake, memdev)->memdev.endpoint);
	return 0;
}

/* flush_store() */
int bus_flush(struct fake *fake, const char *value)
{
	if (!same_name("1", value))
		return -EINVAL;
	for (int i = 0; i < fake->n_objects; i++)
		if (object_at(fake, i)->inode != 0 && object_at(fake, i)->kind == KIND_MEMDEV)
			object_at(fake, i)->memdev.detaching = false;
	return 0;
}

static bool driver_matches(const struct object *driver, enum kind kind)
{
	if (strcmp(driver->name, "cxl_region") == 0)
		return kind == KIND_REGION;
	if (strcmp(driver->name, "cxl_mem") == 0)
		return kind == KIND_MEMDEV;
	if (strcmp(driver->name, "cxl_nvdimm") == 0)
		return kind == KIND_NVDIMM;
	return strcmp(driver->name, "cxl_port") == 0 && (kind == KIND_PORT || kind == KIND_ENDPOINT);
}

static int nvdimm_probe(struct fake *fake, int nvdimm, int driver)
{
	object_at(fake, nvdimm)->driver = driver;
	return 0;
}

/* bind_store() */
int driver_store_bind(struct fake *fake, int driver, const char *value)
{
	int device = object_on_bus(fake, BUS_CXL, value);

	if (device == NONE || !driver_matches(object_at(fake, driver), object_at(fake, device)->kind))
		return -ENODEV;
	if (object_at(fake, device)->driver != NONE)
		return -EBUSY;
	if (object_at(fake, device)->kind == KIND_REGION)
		return region_probe(fake, device, driver);
	if (object_at(fake, device)->kind == KIND_MEMDEV)
		return memdev_probe(fake, device, driver);
	if (object_at(fake, device)->kind == KIND_NVDIMM)
		return nvdimm_probe(fake, device, driver);
	port_probe(fake, device, driver); /* a bridge's: no other stays without its driver */
	return 0;
}

/* unbind_store() */
int driver_store_unbind(struct fake *fake, int driver, const char *value)
{
	int device = object_on_bus(fake, BUS_CXL, value);

	if (device == NONE || object_at(fake, device)->driver != driver)
		return -ENODEV;
	if (object_at(fake, device)->kind == KIND_REGION)
		region_release_driver(fake, device);
	else if (object_at(fake, device)->kind == KIND_ENDPOINT)
		endpoint_remove(fake, device);
	else if (object_at(fake, device)->kind == KIND_MEMDEV)
		endpoint_remove(fake, object_at(fake, device)->memdev.endpoint);
	else if (object_at(fake, device)->kind == KIND_NVDIMM)
		object_at(fake, device)->driver = NONE; /* below a bound region it does more: not played here */
	else
		port_release_driver(fake, device);
	return 0;
}
