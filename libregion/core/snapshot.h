/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is there: the ports, decoders, memdevs and regions of a host as one scan found them. A snapshot
 * does not change once it is complete; plans are made from it and from nothing else.
 *
 * Objects name each other by their index in the arrays; SNAPSHOT_NONE where there is none.
 */
#ifndef CXL_REGIOND_CORE_SNAPSHOT_H
#define CXL_REGIOND_CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libregion.h"

#define SNAPSHOT_NONE (-1)

/* Room for the name of a device outside the CXL bus: a PCI address, a platform device. */
#define SNAPSHOT_DEVICE_MAX 64

/* Ports between a root and an endpoint, both included. The specification has fewer levels. */
#define SNAPSHOT_DEPTH_MAX 8

/* Targets of a root or switch decoder; dports of a port that one decoder can reach. */
#define SNAPSHOT_TARGETS_MAX 16

/* What the kernel does not tell. */
#define SNAPSHOT_UNKNOWN UINT64_MAX

enum port_kind {
	PORT_ROOT,
	PORT_BRIDGE,
	PORT_SWITCH,
	PORT_ENDPOINT,
};

struct dport {
	int id;
	char device[SNAPSHOT_DEVICE_MAX];
};

struct port {
	char name[REGION_NAME_MAX];
	enum port_kind kind;
	int parent;	  /* port */
	int parent_dport; /* index in the parent's dports */
	char uport[SNAPSHOT_DEVICE_MAX];
	int memdev; /* of an endpoint */
	int depth;
	bool bound;		     /* to its driver; roots have none and count as bound */
	uint64_t decoders_committed; /* high-water mark; SNAPSHOT_UNKNOWN before Linux 6.3 */
	struct dport *dports;
	size_t n_dports;
};

enum decoder_kind {
	DECODER_ROOT,
	DECODER_SWITCH,
	DECODER_ENDPOINT,
};

/* What an endpoint decoder's DPA is allocated as. */
enum decoder_mode {
	DECODER_MODE_NONE,
	DECODER_MODE_PMEM,
	DECODER_MODE_RAM,
	DECODER_MODE_MIXED,
};

struct decoder {
	char name[REGION_NAME_MAX];
	uint64_t inode;
	enum decoder_kind kind;
	int port;
	int id;		      /* its place in the port */
	uint64_t start, size; /* HPA; of a decoder below a root only meaningful while it has a region */
	unsigned int ways, granularity;
	int region;
	bool locked;
	int targets[SNAPSHOT_TARGETS_MAX]; /* ids of dports, in interleave order */
	size_t n_targets;
	/* of a root decoder */
	bool can_pmem, can_ram;	      /* the window allows it */
	bool create_pmem, create_ram; /* the kernel offers it */
	uint64_t qos_class;	      /* SNAPSHOT_UNKNOWN when it has none */
	/* of an endpoint decoder */
	enum decoder_mode mode;
	uint64_t dpa_start, dpa_size;
};

struct memdev {
	char name[REGION_NAME_MAX];
	char host[SNAPSHOT_DEVICE_MAX];
	uint64_t serial;
	uint64_t pmem_size, ram_size;
	uint64_t pmem_qos_class, ram_qos_class;
	int numa_node;
	int endpoint; /* port */
	bool bound;
};

enum region_origin {
	REGION_ORIGIN_UNKNOWN,
	REGION_ORIGIN_FIRMWARE,
};

enum region_state {
	REGION_STATE_ACTIVE,
	REGION_STATE_DISABLED,
	REGION_STATE_DAMAGED,
};

struct region {
	char name[REGION_NAME_MAX];
	uint64_t inode;
	int root_decoder;
	enum region_type type;
	char uuid[37];	      /* empty when it has none */
	uint64_t start, size; /* start is SNAPSHOT_UNKNOWN before it has a size */
	unsigned int ways, granularity;
	bool committed;
	bool bound;
	int targets[REGION_WAYS_MAX]; /* endpoint decoders by position */
};

/*
 * A snapshot also knows what it was made of: the entries of the bus directory but for regions, as one number.
 * A bus that has the same number has the same ports, decoders and memdevs.
 */
struct snapshot {
	uint64_t members; /* 0 when it is not known */
	struct port *ports;
	size_t n_ports;
	struct decoder *decoders;
	size_t n_decoders;
	struct memdev *memdevs;
	size_t n_memdevs;
	struct region *regions;
	size_t n_regions;
	bool pmem_driver; /* cxl_pmem is loaded: pmem regions can be bound */
};

/* snapshot_new() - an empty one. Returns 0 or -ENOMEM. */
int snapshot_new(struct snapshot **ret_snapshot);
void snapshot_free(struct snapshot *snapshot);

static inline void cleanup_snapshot(struct snapshot **snapshot)
{
	snapshot_free(*snapshot);
}

/*
 * snapshot_copy_topology() - the ports, decoders and memdevs of a snapshot, without its regions: no decoder
 * has one. Returns 0 or -ENOMEM.
 */
int snapshot_copy_topology(const struct snapshot *snapshot, struct snapshot **ret_copy);

/*
 * snapshot_add_*() - append an object whose references are SNAPSHOT_NONE. The pointer is good until the
 * next one of its kind is added; NULL when memory runs out.
 */
struct port *snapshot_add_port(struct snapshot *snapshot, const char *name);
struct decoder *snapshot_add_decoder(struct snapshot *snapshot, const char *name);
struct memdev *snapshot_add_memdev(struct snapshot *snapshot, const char *name);
struct region *snapshot_add_region(struct snapshot *snapshot, const char *name);

/* snapshot_remove_region() - take out a region that has gone; decoders that served it serve none. */
void snapshot_remove_region(struct snapshot *snapshot, int index);

/* port_add_dport() - append. Returns 0 or -ENOMEM. */
int port_add_dport(struct port *port, int id, const char *device);

/* snapshot_sort() - order each array by name as people count, before references are made. */
void snapshot_sort(struct snapshot *snapshot);

/* snapshot_find_*() - index of a name, or SNAPSHOT_NONE. */
int snapshot_find_port(const struct snapshot *snapshot, const char *name);
int snapshot_find_decoder(const struct snapshot *snapshot, const char *name);
int snapshot_find_memdev(const struct snapshot *snapshot, const char *name);
int snapshot_find_region(const struct snapshot *snapshot, const char *name);

/* snapshot_find_dport() - index of a port's dport with that id, or SNAPSHOT_NONE. */
int snapshot_find_dport(const struct port *port, int id);

/*
 * snapshot_path() - the ports from an endpoint (or any port) up to its root.
 *
 * @port: index of the lowest port
 * @path: gets the indices, lowest first, SNAPSHOT_DEPTH_MAX at the most
 *
 * Returns how many.
 */
size_t snapshot_path(const struct snapshot *snapshot, int port, int *path);

/* snapshot_target_memdev() - the memdev behind one position of a region, or SNAPSHOT_NONE. */
int snapshot_target_memdev(const struct snapshot *snapshot, const struct region *region, unsigned int position);

/* snapshot_region_state() - what it is now, as far as the kernel tells. */
enum region_state snapshot_region_state(const struct region *region);

/*
 * snapshot_region_origin() - firmware, when a decoder of the region is locked; when a committed pmem region has no
 * uuid; or when a target of a committed region is younger than it. The kernel assembles regions from what firmware
 * committed, gives them no uuid, and does so when it finds the first target, before the others are there. A ram
 * region of one way that firmware made cannot be told from what another program made.
 */
enum region_origin snapshot_region_origin(const struct snapshot *snapshot, const struct region *region);

/* snapshot_region_is_locked() - a decoder that serves it is locked: it cannot be taken down. */
bool snapshot_region_is_locked(const struct snapshot *snapshot, const struct region *region);

/* snapshot_region_uses_port() - does one of its targets lie at or below the port? */
bool snapshot_region_uses_port(const struct snapshot *snapshot, const struct region *region, int port);

/* snapshot_decoder_reaches_port() - does a port lie below one of a root decoder's targets, or is it the root itself? */
bool snapshot_decoder_reaches_port(const struct snapshot *snapshot, const struct decoder *root, int port);

#endif
