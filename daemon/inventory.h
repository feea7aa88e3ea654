/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the host: the last topology that a worker brought, how old it is, and which regions
 * this daemon made. Pure data: times come from the caller.
 */
#ifndef CXL_REGIOND_DAEMON_INVENTORY_H
#define CXL_REGIOND_DAEMON_INVENTORY_H

#include "job-queue.h"

/* Regions whose maker is remembered; the oldest is forgotten first and becomes "unknown". */
#define INVENTORY_CREATED_MAX 1024

struct inventory_created {
	char region[REGION_NAME_MAX];
	char generation[JOB_GENERATION_MAX];
};

struct inventory {
	const struct job_queue *queue;
	struct json_object *topology;	   /* NULL before the first scan */
	struct json_object *problems;	   /* array of sentences */
	struct json_object *findings;	   /* array of the type Finding */
	bool livepatch;			   /* the kernel's race is patched while it runs */
	uint64_t taken_usec;		   /* when the scan began; before the first, when the daemon did */
	uint64_t changed_usec;		   /* when something changed on the host that we know of */
	uint64_t job_ended_usec;	   /* when the last changing job ended */
	struct inventory_created *created; /* the oldest first */
	size_t created_count;
	void (*taken)(void *userdata); /* there is a younger picture; NULL: nobody is told */
	void *userdata;
};

/* inventory_init() - the queue tells which regions are being worked on. Returns 0 or -ENOMEM. */
int inventory_init(struct inventory *inventory, const struct job_queue *queue, uint64_t now_usec);
void inventory_done(struct inventory *inventory);

/*
 * inventory_take() - keep the result of a scan, which began at began_usec. An older one than what is there
 * is not taken. It must have been overlaid.
 */
void inventory_take(struct inventory *inventory, struct json_object *result, uint64_t began_usec);

/* inventory_on_taken() - whom to tell when a scan was taken over. */
void inventory_on_taken(struct inventory *inventory, void (*taken)(void *userdata), void *userdata);

/* inventory_touch() - the host changed: what is known is old from now on. */
void inventory_touch(struct inventory *inventory, uint64_t now_usec);
bool inventory_is_old(const struct inventory *inventory);

/* inventory_find() - a region as of the last scan, or NULL. It stays the inventory's. */
struct json_object *inventory_find(const struct inventory *inventory, const char *region);

/* inventory_created() and inventory_deleted() - this daemon made or deleted that object. */
void inventory_created(struct inventory *inventory, const char *region, const char *generation);
void inventory_deleted(struct inventory *inventory, const char *region, const char *generation);

/* inventory_has_created() - did this daemon make that object? */
bool inventory_has_created(const struct inventory *inventory, const char *region, const char *generation);

/*
 * inventory_put() - a region as a job left it, until the next scan: what comes next is to know where it is. It is
 * referenced. Without memory it is not known.
 */
void inventory_put(struct inventory *inventory, struct json_object *region);

/* inventory_job_ended() - a changing job ended: what was looked at meanwhile may have seen it half-way. */
void inventory_job_ended(struct inventory *inventory, uint64_t now_usec);

/*
 * inventory_overlay() - add to a Region, as a worker saw it, what only the daemon knows: that it made it,
 * and that a damaged one is, or was then, being worked on.
 *
 * @began_usec: when the worker began to look
 *
 * Returns 0 or -ENOMEM.
 */
int inventory_overlay(const struct inventory *inventory, struct json_object *region, uint64_t began_usec);
int inventory_overlay_all(const struct inventory *inventory, struct json_object *regions, uint64_t began_usec);

/*
 * inventory_overlay_findings() - take out of an array of Finding, as a worker saw it, what a job works on, or did then.
 * Nobody but the job knows which decoders it works on: while one does, none that holds DPA stays.
 */
void inventory_overlay_findings(const struct inventory *inventory, struct json_object *findings, uint64_t began_usec);

#endif
