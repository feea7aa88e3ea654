/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captured hosts, and a request to create a region there. */
#ifndef CXL_REGIOND_TESTS_CREATE_HOST_H
#define CXL_REGIOND_TESTS_CREATE_HOST_H

#include "plan.h"
#include "sysfs-tree.h"

#define MIB  (1024ull * 1024)
#define UUID "86077512-4a84-4dc1-b4ce-d7a3e2797808"

struct host {
	struct tree tree;
	struct snapshot *snapshot;
	struct create_request request;
	struct plan plan;
	struct failure failure;
};

/* host_load() - scan the captured host of this name, for a request that says nothing yet. */
void host_load(struct host *host, const char *name);

void host_free(struct host *host);

/* memdev_name() - what the memdev of this serial number is called there. */
const char *memdev_name(const struct host *host, uint64_t serial);

struct memdev *memdev(struct host *host, uint64_t serial);

/* serial_at() - whom the plan has at a position. */
uint64_t serial_at(const struct host *host, unsigned int position);

void name_memdevs(struct host *host, const uint64_t *serials, unsigned int n);

void set_size(struct host *host, uint64_t size);

void set_ways(struct host *host, uint64_t ways);

void set_granularity(struct host *host, uint64_t granularity);

/* plan() - plan what the host's request says. Returns 0 or the failure's code. */
int plan(struct host *host);

/* assert_order() - the plan has these memdevs, in this order. */
void assert_order(const struct host *host, const uint64_t *serials, unsigned int n);

/* Serial numbers, as name_memdevs() and assert_order() take them. */
#define ORDER(...) (const uint64_t[]){ __VA_ARGS__ }, ARRAY_SIZE(((const uint64_t[]){ __VA_ARGS__ }))

#endif
