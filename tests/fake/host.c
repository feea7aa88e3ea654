/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a host from its description, in the order in which the kernel finds it: windows, bridges, switches, endpoints. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define BRIDGES_MAX 8
#define WINDOW_BASE 0x1290000000ull

struct builder {
	struct fake *fake;
	const struct fake_host *host;
	int root;
	int pci[BRIDGES_MAX];
	int devices[BRIDGES_MAX]; /* what a bridge is to the CXL bus: its PCI root, on 6.1 its ACPI device */
	int bridges[BRIDGES_MAX];
	int n_bridges;
	int next_port, next_memdev;
};

struct named_host {
	const char *name;
	struct fake_host host;
};

static const struct named_host named_hosts[] = {
	{ "two", { .bridges = "2 2", .windows = "A B AB", .decoders = 1 } },
	{ "four", { .bridges = "2 2 2 2", .windows = "A B C D AB CD ABCD", .decoders = 1 } },
	{ "switch", { .bridges = "s4", .windows = "A", .decoders = 1 } },
	{ "mixed", { .bridges = "2 2", .windows = "A B AB", .ram = 1ull << 30, .decoders = 3 } },
};

const struct fake_host *fake_host_find(const char *topology, enum fake_kernel kernel)
{
	static struct fake_host found;

	for (size_t i = 0; i < sizeof(named_hosts) / sizeof(named_hosts[0]); i++) {
		if (strcmp(named_hosts[i].name, topology) != 0)
			continue;
		found = named_hosts[i].host;
		found.kernel = kernel;
		found.window_size = 4ull << 30;
		found.pmem = 1ull << 30;
		return &found;
	}
	return NULL;
}

static int add_directories(struct fake *fake, int parent, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");
		char name[NAME_MAX_FAKE] = "";
		int child;

		memcpy(name, path, length);
		child = object_child(fake, parent, name);
		parent = child != NONE ? child : object_new(fake, KIND_DIRECTORY, parent, "%s", name);
		path += length + (path[length] == '/');
	}
	return parent;
}

static void add_frame(struct fake *fake)
{
	static const char *const drivers[] = { "cxl_region", "cxl_pmem_region",	  "cxl_mem",	   "cxl_port",
					       "cxl_nvdimm", "cxl_nvdimm_bridge", "cxl_dax_region" };

	object_new(fake, KIND_DIRECTORY, NONE, "%s", "");
	fake->devices_cxl = object_new(fake, KIND_BUS, add_directories(fake, 0, "bus/cxl"), "devices");
	object_at(fake, add_directories(fake, 0, "bus/cxl"))->kind = KIND_CXL;
	fake->devices_nd = object_new(fake, KIND_BUS, add_directories(fake, 0, "bus/nd"), "devices");
	add_directories(fake, 0, "bus/dax/devices");
	fake->drivers = add_directories(fake, 0, "bus/cxl/drivers");
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		object_new(fake, KIND_DRIVER, fake->drivers, "%s", drivers[i]);
	object_new(fake, KIND_MODULE, add_directories(fake, 0, "module"), "device_dax");
}

static void add_dport(struct fake *fake, int port, int id, int device)
{
	struct port *own = port_at(fake, port);

	assert(own->n_dports < TARGETS_MAX);
	own->dports[own->n_dports++] = (struct dport){ id, device };
}

static void add_root(struct builder *builder)
{
	struct fake *fake = builder->fake;
	int acpi = add_directories(fake, 0, "devices/platform/ACPI0017:00"), bridge;

	builder->root = object_new(fake, KIND_ROOT_PORT, acpi, "root0");
	object_at(fake, builder->root)->bus = BUS_CXL;
	port_init(fake, builder->root, acpi, NONE);
	for (int i = 0; i < builder->n_bridges; i++) {
		builder->pci[i] = object_new(fake, KIND_DIRECTORY, add_directories(fake, 0, "devices"), "pci0000:%02x",
					     BRIDGE_BUS(i));
		builder->devices[i] = builder->pci[i];
		if (fake->kernel < FAKE_KERNEL_6_12)
			builder->devices[i] = object_new(fake, KIND_DIRECTORY,
							 add_directories(fake, 0, "devices/LNXSYSTM:00/LNXSYBUS:00"),
							 "ACPI0016:%02d", i);
		add_dport(fake, builder->root, BRIDGE_BUS(i), builder->devices[i]);
	}
	bridge = object_new(fake, KIND_NVDIMM_BRIDGE, builder->root, "nvdimm-bridge0");
	object_at(fake, bridge)->bus = BUS_CXL;
	object_at(fake, bridge)->driver = object_child(fake, fake->drivers, "cxl_nvdimm_bridge");
	fake->nd_bus = object_new(fake, KIND_ND_BUS, bridge, "ndbus0");
	object_at(fake, fake->nd_bus)->bus = BUS_ND;
}

/* cxl_parse_cfmws() */
static void add_window(struct builder *builder, int id, const char *letters, size_t n)
{
	struct fake *fake = builder->fake;
	int index = object_new(fake, KIND_ROOT_DECODER, builder->root, "decoder0.%d", id);
	struct decoder *decoder = decoder_at(fake, index);

	object_at(fake, index)->bus = BUS_CXL;
	decoder->id = id;
	decoder->start = WINDOW_BASE + (uint64_t)id * builder->host->window_size;
	decoder->size = builder->host->window_size;
	decoder->ways = (unsigned int)n;
	decoder->granularity = n > 1 && builder->host->granularity > 0 ? builder->host->granularity : 256;
	decoder->region = NONE;
	decoder->next_region = id;
	fake->region_ids[id] = true;
	for (size_t i = 0; i < TARGETS_MAX; i++)
		decoder->targets[i] = i < n ? letters[i] - 'A' : NONE;
	assert(is_power_of_two((unsigned int)n));
}

static void add_windows(struct builder *builder)
{
	int id = 0;

	for (const char *word = builder->host->windows; *word; id++) {
		size_t n = strcspn(word, " ");

		add_window(builder, id, word, n);
		word += n;
		word += strspn(word, " ");
	}
}

static int add_port(struct builder *builder, int parent, int uport, int parent_dport)
{
	struct fake *fake = builder->fake;
	int port = object_new(fake, KIND_PORT, parent, "port%d", builder->next_port++);

	object_at(fake, port)->bus = BUS_CXL;
	port_init(fake, port, uport, parent_dport);
	port_probe(fake, port, object_child(fake, fake->drivers, "cxl_port"));
	return port;
}

static void add_partition(struct fake *fake, int memdev, const char *name, enum mode mode)
{
	object_at(fake, object_new(fake, KIND_PARTITION, memdev, "%s", name))->partition = mode;
}

static void add_memdev(struct builder *builder, int function, unsigned int serial)
{
	struct fake *fake = builder->fake;
	int memdev = object_new(fake, KIND_MEMDEV, function, "mem%d", builder->next_memdev++);

	object_at(fake, memdev)->bus = BUS_CXL;
	object_at(fake, memdev)->driver = object_child(fake, fake->drivers, "cxl_mem");
	object_at(fake, memdev)->memdev =
		(struct memdev){ serial, builder->host->pmem, builder->host->ram, NONE, false };
	add_partition(fake, memdev, "pmem", MODE_PMEM);
	add_partition(fake, memdev, "ram", MODE_RAM);
}

/* A downstream port, and the memdev below it. */
static void add_leaf(struct builder *builder, int port, int above, unsigned int bus, int index, unsigned int serial)
{
	struct fake *fake = builder->fake;
	int dport = object_new(fake, KIND_DIRECTORY, above, "0000:%02x:%02x.0", bus, (unsigned int)index);
	int function = object_new(fake, KIND_DIRECTORY, dport, "0000:%02x:00.0", bus + (unsigned int)index + 1);

	add_dport(fake, port, index, dport);
	add_memdev(builder, function, serial);
}

/* "2": memdevs below root ports; "s4": behind a switch. */
static void add_bridge(struct builder *builder, int number, const char *word)
{
	unsigned int bus = BRIDGE_BUS((unsigned int)number), serial = ((unsigned int)number + 0xa) << 4;
	struct fake *fake = builder->fake;
	int n = atoi(word + (word[0] == 's')), pci = builder->pci[number], port = builder->bridges[number];

	if (word[0] == 's') {
		int root_port = object_new(fake, KIND_DIRECTORY, pci, "0000:%02x:00.0", bus);
		int upstream = object_new(fake, KIND_DIRECTORY, root_port, "0000:%02x:00.0", bus + 1);

		add_dport(fake, port, 0, root_port);
		port = add_port(builder, port, upstream, root_port);
		pci = upstream;
		bus += 2;
	}
	for (int i = 0; i < n; i++)
		add_leaf(builder, port, pci, bus, i, serial + (unsigned int)i + 1);
}

static void add_bridges(struct builder *builder)
{
	int number = 0;

	for (int i = 0; i < builder->n_bridges; i++)
		builder->bridges[i] = add_port(builder, builder->root, builder->devices[i], builder->devices[i]);
	for (const char *word = builder->host->bridges; *word; number++) {
		add_bridge(builder, number, word);
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
}

static void add_endpoints(struct fake *fake)
{
	int n = fake->n_objects;

	for (int i = 0; i < n; i++)
		if (object_at(fake, i)->kind == KIND_MEMDEV)
			endpoint_add(fake, i, memdev_parent_port(fake, i));
}

static int count_words(const char *text)
{
	int n = 0;

	for (; *text; text += strspn(text, " "), n++)
		text += strcspn(text, " ");
	return n;
}

struct fake *fake_new(const struct fake_host *host)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct builder builder = { .fake = fake, .host = host, .next_port = 1 };

	if (!fake)
		return NULL;
	assert(host->decoders >= 1 && host->decoders <= DECODERS_MAX);
	fake->kernel = host->kernel;
	fake->decoders = host->decoders;
	fake->next_inode = 1000;
	builder.n_bridges = count_words(host->bridges);
	assert(builder.n_bridges <= BRIDGES_MAX);
	add_frame(fake);
	add_root(&builder);
	add_windows(&builder);
	add_bridges(&builder);
	add_endpoints(fake);
	fake_sysfs(fake);
	return fake;
}

void fake_free(struct fake *fake)
{
	free(fake);
}

void fake_copy(struct fake *to, const struct fake *from)
{
	memcpy(to, from, offsetof(struct fake, objects) + (size_t)from->n_objects * sizeof(from->objects[0]));
	memset(to->handles, 0, sizeof(to->handles));
	to->n_faults = 0;
	to->hook = NULL;
	to->in_hook = false;
	to->writes = 0;
}

void fake_unload_pmem(struct fake *fake)
{
	static const char *const drivers[] = { "cxl_pmem_region", "cxl_nvdimm", "cxl_nvdimm_bridge" };

	for (int i = 0; i < 3; i++)
		object_remove(fake, object_child(fake, fake->drivers, drivers[i]));
}
