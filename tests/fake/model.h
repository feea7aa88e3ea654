/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of a host: objects in one array, which refer to each other by their index, so that a copy of the array
 * is a copy of the host. Comments name the function of the kernel (drivers/cxl/core) that each rule is taken from.
 */
#ifndef CXL_REGIOND_TESTS_FAKE_MODEL_H
#define CXL_REGIOND_TESTS_FAKE_MODEL_H

#include "fake.h"

#define NONE	      (-1)
#define OBJECTS_MAX   384
#define DECODERS_MAX  8
#define TARGETS_MAX   16
#define REFS_MAX      12
#define REGION_ID_MAX 64
#define HANDLES_MAX   128
#define NAME_MAX_FAKE 32
#define SZ_256M	      (256ull << 20)
#define UUID_LENGTH   36

/* The PCI bus below a bridge. */
#define BRIDGE_BUS(index) (0x20 + 0x10 * (unsigned int)(index))

enum kind {
	KIND_DIRECTORY, /* no attribute of its own */
	KIND_CXL,	/* bus/cxl */
	KIND_BUS,	/* bus/X/devices: links to all devices of bus X */
	KIND_DRIVER,
	KIND_ROOT_PORT,
	KIND_PORT, /* of a bridge or a switch */
	KIND_ENDPOINT,
	KIND_ROOT_DECODER,
	KIND_SWITCH_DECODER,
	KIND_ENDPOINT_DECODER,
	KIND_MEMDEV,
	KIND_PARTITION, /* mem0/pmem, mem0/ram */
	KIND_REGION,
	KIND_PMEM_REGION,
	KIND_DAX_REGION,
	KIND_NVDIMM,
	KIND_NVDIMM_BRIDGE,
	KIND_ND_BUS,
	KIND_ND_REGION,
	KIND_NAMESPACE,
	KIND_ND_SEED,
	KIND_MODULE,
};

enum bus {
	BUS_NONE,
	BUS_CXL,
	BUS_ND,
};

enum mode {
	MODE_NONE,
	MODE_PMEM,
	MODE_RAM,
};

/* enum cxl_config_state */
enum region_config {
	CONFIG_IDLE,
	CONFIG_INTERLEAVE_ACTIVE,
	CONFIG_ACTIVE,
	CONFIG_RESET_PENDING,
	CONFIG_COMMIT,
};

struct dport {
	int id;
	int device;
};

/* struct cxl_region_ref: what a port has to do with a region. */
struct region_ref {
	int region; /* NONE: free */
	int decoder;
	int n_endpoints;
	int n_targets, n_targets_set;
	int members[TARGETS_MAX]; /* xarray endpoints: endpoint decoders; an endpoint's own port has none */
	int n_members;
};

struct port {
	int uport, parent_dport;
	int memdev;
	struct dport dports[TARGETS_MAX];
	int n_dports;
	int decoders[DECODERS_MAX];
	int n_decoders;
	int commit_end, hdm_end;
	struct region_ref refs[REFS_MAX];
};

struct decoder {
	int id;
	uint64_t start, size;
	unsigned int ways, granularity;
	int region;
	bool enabled; /* CXL_DECODER_F_ENABLE */
	int targets[TARGETS_MAX];
	int n_targets_max;
	/* of a root decoder */
	int next_region; /* region_id: reserved, and offered by create_*_region */
	/* of an endpoint decoder */
	enum mode mode;
	uint64_t dpa_start, dpa_size, skip;
	int position;
};

struct memdev {
	uint64_t serial, pmem, ram;
	int endpoint;
	bool detaching; /* schedule_detach() has queued detach_memdev(), and nobody waited since */
};

struct region {
	int id;
	enum mode mode;
	enum region_config config;
	char uuid[UUID_LENGTH + 1];
	uint64_t start, size;
	unsigned int ways, granularity;
	int targets[TARGETS_MAX];
	unsigned int n_targets;
	bool registering; /* libnvdimm may still be at it: nobody waited since the bind */
};

struct object {
	enum kind kind;
	enum bus bus;
	char name[NAME_MAX_FAKE];
	uint64_t inode; /* 0: there is no such object; the link to it on its bus has the next number */
	int parent;
	int driver;
	union {
		struct port port;
		struct decoder decoder;
		struct memdev memdev;
		struct region region;
		enum mode partition;
	};
};

struct fake {
	struct sysfs sysfs;
	enum fake_kernel kernel;
	bool region_ids[REGION_ID_MAX];
	bool reserved_port_ids[REGION_ID_MAX];
	uint64_t next_inode;
	int devices_cxl, devices_nd, drivers, nd_bus; /* directories that are asked for often */
	unsigned int decoders;
	char splat[160];
	unsigned int writes;
	bool in_hook;
	fake_hook_fn hook;
	void *userdata;
	struct fake_fault faults[FAKE_FAULTS_MAX];
	unsigned int faults_seen[FAKE_FAULTS_MAX]; /* writes that each was compared with */
	int n_faults;
	uint64_t handles[HANDLES_MAX]; /* inodes; 0: free */
	int n_objects;
	struct object objects[OBJECTS_MAX];
};

static inline struct object *object_at(struct fake *fake, int object)
{
	return &fake->objects[object];
}

static inline struct port *port_at(struct fake *fake, int port)
{
	return &fake->objects[port].port;
}

static inline struct decoder *decoder_at(struct fake *fake, int decoder)
{
	return &fake->objects[decoder].decoder;
}

static inline struct region *region_at(struct fake *fake, int region)
{
	return &fake->objects[region].region;
}

/* The first thing that a real kernel would have stumbled over. */
void splat(struct fake *fake, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -- tree.c: names, paths, links ----------------------------------------- */

int object_new(struct fake *fake, enum kind kind, int parent, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void object_remove(struct fake *fake, int object); /* with all below it */
int object_child(const struct fake *fake, int parent, const char *name);
int object_on_bus(const struct fake *fake, enum bus bus, const char *name); /* as bus_find_device_by_name() */
int object_by_inode(const struct fake *fake, uint64_t inode);
enum bus bus_of_directory(const struct fake *fake, int directory);
int object_link(const struct fake *fake, int object, const char *name); /* where a link of it leads */
void object_path(const struct fake *fake, int object, char *path, size_t size);
int tree_resolve(const struct fake *fake, int from, const char *path);
int tree_resolve_parent(const struct fake *fake, int from, const char *path, const char **ret_leaf);

/* -- numbers.c: how the kernel reads what is written ---------------------- */

int parse_u64(const char *text, uint64_t *ret_number);	    /* kstrtoull(text, 0) */
int parse_uint(const char *text, unsigned int *ret_number); /* kstrtouint(text, 0) */
int parse_int(const char *text, int *ret_number);	    /* kstrtoint(text, 0) */
int parse_bool(const char *text, bool *ret_flag);	    /* kstrtobool() */
bool parse_region_name(const char *text, int *ret_id);	    /* sscanf("region%d\n") */
bool same_name(const char *name, const char *text);	    /* sysfs_streq() */
int ways_to_eiw(unsigned int ways, int *ret_eiw);
int granularity_to_eig(int granularity, int *ret_eig);
bool is_power_of_two(unsigned int number);

/* -- attributes.c --------------------------------------------------------- */

/* A row of the table of attributes; show returns the length or a negative errno, store 0 or a negative errno. */
struct attribute {
	enum kind kind;
	const char *name; /* "target%u" is each of target0 to target15 */
	enum fake_kernel since;
	int (*show)(const struct fake *fake, int object, unsigned int n, char *text);
	int (*store)(struct fake *fake, int object, unsigned int n, const char *value, size_t length);
	bool (*visible)(const struct fake *fake, int object, unsigned int n);
};

const struct attribute *attribute_find(const struct fake *fake, int object, const char *name, unsigned int *ret_n);
const struct attribute *attribute_next(const struct fake *fake, int object, const struct attribute *row);

/* -- the rules: one file each ---------------------------------------------- */

/* root-decoder.c */
int region_create(struct fake *fake, int root, enum mode mode, const char *value);
int region_delete(struct fake *fake, int root, const char *value);

/* region.c */
int region_store_uuid(struct fake *fake, int region, const char *value, size_t length);
int region_store_ways(struct fake *fake, int region, const char *value);
int region_store_granularity(struct fake *fake, int region, const char *value);
int region_store_size(struct fake *fake, int region, const char *value);
int region_store_commit(struct fake *fake, int region, const char *value);
int region_store_target(struct fake *fake, int region, unsigned int position, const char *value);

/* attach.c */
int region_attach(struct fake *fake, int region, int decoder, int position);
void region_detach(struct fake *fake, int decoder);

/* port.c: where ports lie, and how a region spreads over them */
bool port_is_below_root(const struct fake *fake, int port);	 /* it is a bridge's */
int port_bridge(const struct fake *fake, int port);		 /* the bridge above a port, or itself */
int port_next(const struct fake *fake, int port, int endpoint);	 /* cxl_ep.next: the switch on the way, or NONE */
int port_dport(const struct fake *fake, int port, int endpoint); /* cxl_ep.dport: index, or NONE */
struct region_ref *ref_load(struct fake *fake, int port, int region);
int port_setup_targets(struct fake *fake, int port, int region, int decoder);
int check_interleave_cap(int ways, int granularity);

/* hdm.c: programming decoders */
int decoders_commit(struct fake *fake, int region);
void decoders_reset(struct fake *fake, int region, int count);

/* dpa.c */
int dpa_store_mode(struct fake *fake, int decoder, const char *value);
int dpa_store_size(struct fake *fake, int decoder, const char *value);

/* driver.c */
int driver_store_bind(struct fake *fake, int driver, const char *value);
int driver_store_unbind(struct fake *fake, int driver, const char *value);
void region_release_driver(struct fake *fake, int region);
void nd_settle(struct fake *fake);
int bus_flush(struct fake *fake, const char *value);

/* port-driver.c */
void port_init(struct fake *fake, int port, int uport, int parent_dport);
void port_probe(struct fake *fake, int port, int driver);
void port_release_driver(struct fake *fake, int port);
void switch_reap(struct fake *fake, int port); /* after an endpoint went from it */
/* The port whose downstream port the memdev's function hangs below; NONE when a bridge above is unbound. */
int memdev_parent_port(struct fake *fake, int memdev);

/* endpoint.c */
int port_id(struct fake *fake);
int endpoint_add(struct fake *fake, int memdev, int parent);
void endpoint_remove(struct fake *fake, int endpoint);

#endif
