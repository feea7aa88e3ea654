/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "consumers.h"
#include "plan-check.h"

/* A sentence names no more: a port can serve more regions than a message has room for. */
#define REGIONS_NAMED_MAX 8

/* -- which port is meant ----------------------------------------------- */

static void take_port(const struct snapshot *snapshot, int index, struct port_object *object)
{
	const struct port *port = &snapshot->ports[index];

	*object = (struct port_object){ .kind = port->kind, .port = index, .memdev = port->memdev };
	strcpy(object->name, port->name);
	strcpy(object->uport, port->uport);
}

static void take_memdev(const struct snapshot *snapshot, int index, struct port_object *object)
{
	const struct memdev *memdev = &snapshot->memdevs[index];

	if (memdev->endpoint != SNAPSHOT_NONE) {
		take_port(snapshot, memdev->endpoint, object);
		return;
	}
	*object = (struct port_object){ .kind = PORT_ENDPOINT, .port = SNAPSHOT_NONE, .memdev = index };
	strcpy(object->name, memdev->name);
	strcpy(object->uport, memdev->name);
}

static int find_by_device(const struct snapshot *snapshot, const struct places *places, const char *device)
{
	for (size_t i = 0; i < snapshot->n_ports; i++)
		if (strcmp(snapshot->ports[i].uport, device) == 0 || strcmp(places->ports[i].device, device) == 0)
			return (int)i;
	return SNAPSHOT_NONE;
}

/* The bridge that a memdev hangs below, or SNAPSHOT_NONE. */
static int find_bridge(const struct snapshot *snapshot, const struct places *places, int memdev)
{
	for (size_t i = 0; i < snapshot->n_ports; i++)
		if (snapshot->ports[i].kind == PORT_BRIDGE &&
		    place_distance(&places->memdevs[memdev], places->ports[i].device) > 0)
			return (int)i;
	return SNAPSHOT_NONE;
}

/*
 * Below a bridge devices alternate: root port, and then, for each switch, its upstream and a downstream port; the
 * memdev's function; the memdev. So the upstream port of a switch has three below it, or five, and so on.
 */
static bool is_switch_above(const struct snapshot *snapshot, const struct places *places, int memdev,
			    const char *device)
{
	size_t distance = place_distance(&places->memdevs[memdev], device);
	int bridge = find_bridge(snapshot, places, memdev);

	return bridge != SNAPSHOT_NONE && distance >= 3 && distance % 2 == 1 &&
	       place_distance(&places->memdevs[memdev], places->ports[bridge].device) > distance;
}

static bool take_switch(const struct snapshot *snapshot, const struct places *places, const char *device,
			struct port_object *object)
{
	for (size_t i = 0; i < snapshot->n_memdevs; i++) {
		if (!is_switch_above(snapshot, places, (int)i, device))
			continue;
		*object = (struct port_object){ .kind = PORT_SWITCH, .port = SNAPSHOT_NONE, .memdev = SNAPSHOT_NONE };
		snprintf(object->name, sizeof(object->name), "%s", device);
		snprintf(object->uport, sizeof(object->uport), "%s", device);
		return true;
	}
	return false;
}

int plan_port_find(const struct snapshot *snapshot, const struct places *places, const char *name,
		   struct port_object *ret_object, struct failure *ret_failure)
{
	int port = snapshot_find_port(snapshot, name), memdev = plan_find_memdev(snapshot, name);

	if (port == SNAPSHOT_NONE && memdev == SNAPSHOT_NONE)
		port = find_by_device(snapshot, places, name);
	if (port != SNAPSHOT_NONE)
		take_port(snapshot, port, ret_object);
	else if (memdev != SNAPSHOT_NONE)
		take_memdev(snapshot, memdev, ret_object);
	else if (!take_switch(snapshot, places, name, ret_object)) {
		failure_set(ret_failure, ERROR_NOT_FOUND, name, "there is no port %.64s", name);
		if (region_name_is_valid(REGION_NAME_PORT, name))
			failure_set_remedy(ret_failure,
					   "A port that went away is bound by its device: see 'cxlctl port list'.");
		return ret_failure->code;
	}
	return 0;
}

bool plan_port_serves(const struct snapshot *snapshot, const struct port_object *object, const struct region *region)
{
	return object->port != SNAPSHOT_NONE && snapshot_region_uses_port(snapshot, region, object->port);
}

/* -- what lies there --------------------------------------------------- */

static bool path_has(const struct snapshot *snapshot, int port, int above)
{
	int path[SNAPSHOT_DEPTH_MAX];
	size_t n = snapshot_path(snapshot, port, path);

	for (size_t i = 0; i < n; i++)
		if (path[i] == above)
			return true;
	return false;
}

/* Is it the endpoint's memdev, or does it hang below the port? */
static bool has_memdev(const struct snapshot *snapshot, const struct places *places, const struct port_object *object,
		       int memdev)
{
	int endpoint = snapshot->memdevs[memdev].endpoint;
	const char *device = object->uport;

	if (object->kind == PORT_ENDPOINT)
		return object->memdev == memdev;
	if (object->port != SNAPSHOT_NONE) {
		if (endpoint != SNAPSHOT_NONE && path_has(snapshot, endpoint, object->port))
			return true;
		device = places->ports[object->port].device;
	}
	return place_distance(&places->memdevs[memdev], device) > 0;
}

/* -- the writes -------------------------------------------------------- */

static struct port_write *add_write(struct port_plan *plan, bool bind, bool memdev, const char *object, uint64_t inode)
{
	struct port_write *grown = reallocarray(plan->writes, plan->n_writes + 1, sizeof(*grown)), *write;

	if (!grown)
		return NULL;
	plan->writes = grown;
	write = &grown[plan->n_writes++];
	*write = (struct port_write){ .bind = bind, .memdev = memdev, .inode = inode };
	snprintf(write->object, sizeof(write->object), "%s", object);
	return write;
}

static int add_memdevs(const struct snapshot *snapshot, const struct places *places, bool bind, struct port_plan *plan)
{
	for (size_t i = 0; i < snapshot->n_memdevs; i++) {
		const struct memdev *memdev = &snapshot->memdevs[i];
		struct port_write *write;

		if (memdev->bound == bind || !has_memdev(snapshot, places, &plan->object, (int)i))
			continue;
		write = add_write(plan, bind, true, memdev->name, places->memdevs[i].inode);
		if (!write)
			return -ENOMEM;
		strcpy(write->host, memdev->host);
	}
	return 0;
}

/* An endpoint's driver comes and goes with its memdev's. */
static int add_port(const struct snapshot *snapshot, const struct places *places, bool bind, struct port_plan *plan)
{
	int index = plan->object.port;

	if (index == SNAPSHOT_NONE || plan->object.kind == PORT_ENDPOINT || snapshot->ports[index].bound == bind)
		return 0;
	return add_write(plan, bind, false, snapshot->ports[index].name, places->ports[index].inode) ? 0 : -ENOMEM;
}

void port_plan_done(struct port_plan *plan)
{
	free(plan->deletes);
	free(plan->writes);
	*plan = (struct port_plan){ .n_deletes = 0 };
}

/* -- unbind ------------------------------------------------------------ */

static int refuse_root(const struct port_object *object, struct failure *failure)
{
	failure_set(
		failure, ERROR_INVALID_REQUEST, object->name,
		"%s (%s) is not unbound: all CXL memory of the host hangs below it, and Linux 6.1 and early 6.12 can "
		"crash, or need a reboot, when it goes and comes back",
		object->name, object->uport);
	failure_set_remedy(failure, "Unbind the bridges below it one by one: see 'cxlctl port list'.");
	return failure->code;
}

/* What is not a region, but may be somebody's memory: decoders that firmware committed, DPA that is held. */
static int check_decoder(const struct snapshot *snapshot, const struct decoder *decoder, bool force,
			 struct failure *failure)
{
	const char *port = snapshot->ports[decoder->port].name;

	if (decoder->locked)
		return failure_set(failure, ERROR_REGION_LOCKED, decoder->name, "firmware locked %s of %s",
				   decoder->name, port);
	if (decoder->kind != DECODER_ENDPOINT || decoder->region != SNAPSHOT_NONE)
		return 0;
	if (decoder->size > 0)
		return failure_set(failure, ERROR_REGION_LOCKED, decoder->name,
				   "%s of %s is committed outside any region: the platform's firmware uses it",
				   decoder->name, port);
	if (decoder->dpa_size == 0 || force)
		return 0;
	failure_set(failure, ERROR_CONFLICT, decoder->name,
		    "%s of %s holds memory outside any region: somebody may be building one", decoder->name, port);
	failure_set_remedy(failure, "Let them finish, or free it by 'cxlctl repair', or use --force.");
	return failure->code;
}

static int check_decoders(const struct snapshot *snapshot, const struct port_object *object, bool force,
			  struct failure *failure)
{
	for (size_t i = 0; object->port != SNAPSHOT_NONE && i < snapshot->n_decoders; i++) {
		const struct decoder *decoder = &snapshot->decoders[i];
		int r;

		if (!path_has(snapshot, decoder->port, object->port))
			continue;
		r = check_decoder(snapshot, decoder, force, failure);
		if (r != 0)
			return r;
	}
	return 0;
}

/* All of it, to take regions away from: what is planned for the next one is planned without those before. */
static int copy_snapshot(const struct snapshot *snapshot, struct snapshot **ret_copy)
{
	CLEANUP(cleanup_snapshot) struct snapshot *copy = NULL;
	int r = snapshot_copy_topology(snapshot, &copy);

	for (size_t i = 0; r >= 0 && i < snapshot->n_decoders; i++)
		copy->decoders[i].region = snapshot->decoders[i].region;
	for (size_t i = 0; r >= 0 && i < snapshot->n_regions; i++) {
		struct region *region = snapshot_add_region(copy, snapshot->regions[i].name);

		if (!region)
			return -ENOMEM;
		*region = snapshot->regions[i];
	}
	if (r >= 0)
		*ret_copy = steal_pointer(copy);
	return r;
}

/* The region stays in its array without anything: others are known by their places there. */
static void take_region_away(struct snapshot *snapshot, int index)
{
	struct region *region = &snapshot->regions[index];

	region->committed = region->bound = false;
	for (unsigned int i = 0; i < REGION_WAYS_MAX; i++)
		region->targets[i] = SNAPSHOT_NONE;
	for (size_t i = 0; i < snapshot->n_decoders; i++) {
		struct decoder *decoder = &snapshot->decoders[i];

		if (decoder->kind == DECODER_ROOT || decoder->region != index)
			continue;
		decoder->region = SNAPSHOT_NONE;
		decoder->start = decoder->size = decoder->dpa_size = 0;
	}
}

/* The one with the highest address; one without addresses comes first. SNAPSHOT_NONE when none lives there. */
static int find_highest(const struct snapshot *snapshot, const struct port_object *object)
{
	int highest = SNAPSHOT_NONE;

	for (size_t i = 0; i < snapshot->n_regions; i++)
		if (plan_port_serves(snapshot, object, &snapshot->regions[i]) &&
		    (highest == SNAPSHOT_NONE || snapshot->regions[i].start > snapshot->regions[highest].start))
			highest = (int)i;
	return highest;
}

static int plan_delete_next(const struct snapshot *left, int index, const struct port_request *request,
			    struct port_plan *plan, struct failure *failure)
{
	struct plan *grown = reallocarray(plan->deletes, plan->n_deletes + 1, sizeof(*grown));
	struct region_request delete = { .region = left->regions[index].name,
					 .consumers = request->consumers ? &request->consumers[index] : NULL,
					 .commit_is_refused = request->commit_is_refused };
	int r;

	if (!grown)
		return failure_set_errno(failure, -ENOMEM, "planning to delete a region");
	plan->deletes = grown;
	r = plan_delete(left, &delete, &grown[plan->n_deletes], failure);
	if (r == 0)
		plan->n_deletes++;
	return r;
}

static int plan_deletes(const struct snapshot *snapshot, const struct port_request *request, struct port_plan *plan,
			struct failure *failure)
{
	CLEANUP(cleanup_snapshot) struct snapshot *left = NULL;
	int index, r = copy_snapshot(snapshot, &left);

	if (r < 0)
		return failure_set_errno(failure, r, "planning to delete regions");
	while (r == 0 && (index = find_highest(left, &plan->object)) != SNAPSHOT_NONE) {
		r = plan_delete_next(left, index, request, plan, failure);
		take_region_away(left, index);
	}
	return r != 0 ? r : check_decoders(left, &plan->object, request->force, failure);
}

static bool has_region(const struct snapshot *snapshot, const struct port_object *object)
{
	return find_highest(snapshot, object) != SNAPSHOT_NONE;
}

static int refuse_regions(const struct snapshot *snapshot, const struct port_object *object, struct failure *failure)
{
	char names[REGIONS_NAMED_MAX * (REGION_NAME_MAX + 2) + 32] = "";
	size_t length = 0;
	unsigned int n = 0;

	for (size_t i = 0; i < snapshot->n_regions; i++)
		if (plan_port_serves(snapshot, object, &snapshot->regions[i]) && n++ < REGIONS_NAMED_MAX)
			length += (size_t)sprintf(names + length, "%s%s", n > 1 ? ", " : "", snapshot->regions[i].name);
	if (n > REGIONS_NAMED_MAX)
		sprintf(names + length, " and %u more", n - REGIONS_NAMED_MAX);
	failure_set(failure, ERROR_REGION_IN_USE, object->name, "%s serves %s, which would be lost", object->name,
		    names);
	failure_set_remedy(failure, "Delete %s first, or have it done by --force.", n > 1 ? "them" : "it");
	return failure->code;
}

static int add_writes(const struct snapshot *snapshot, const struct places *places, struct port_plan *plan)
{
	int r = add_memdevs(snapshot, places, false, plan);

	return r < 0 ? r : add_port(snapshot, places, false, plan);
}

int plan_port_unbind(const struct snapshot *snapshot, const struct places *places, const struct port_object *object,
		     const struct port_request *request, struct port_plan *ret_plan, struct failure *ret_failure)
{
	CLEANUP(port_plan_done) struct port_plan plan = { .object = *object };
	int r;

	if (object->kind == PORT_ROOT)
		return refuse_root(object, ret_failure);
	r = plan_deletes(snapshot, request, &plan, ret_failure);
	/* Only that --force would not help comes before that it is not forced. */
	if (!request->force && r != ERROR_REGION_LOCKED && has_region(snapshot, object))
		return refuse_regions(snapshot, object, ret_failure);
	if (r != 0)
		return r;
	r = add_writes(snapshot, places, &plan);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "planning to unbind a port");
	*ret_plan = plan;
	plan = (struct port_plan){ .n_deletes = 0 };
	return 0;
}

/* -- bind -------------------------------------------------------------- */

/* The bridge stays when it is unbound: below it the kernel would find no port to attach to. */
static int check_bridge_above(const struct snapshot *snapshot, const struct places *places,
			      const struct port_plan *plan, struct failure *failure)
{
	for (size_t i = 0; i < plan->n_writes; i++) {
		int memdev = snapshot_find_memdev(snapshot, plan->writes[i].object);
		int bridge = memdev == SNAPSHOT_NONE ? SNAPSHOT_NONE : find_bridge(snapshot, places, memdev);

		if (bridge == SNAPSHOT_NONE || bridge == plan->object.port || snapshot->ports[bridge].bound)
			continue;
		failure_set(failure, ERROR_CONFLICT, plan->object.name, "%s, above %s, is not bound",
			    snapshot->ports[bridge].name, plan->object.name);
		failure_set_remedy(failure, "Bind it, and with it all below: 'cxlctl port bind %s'.",
				   snapshot->ports[bridge].name);
		return failure->code;
	}
	return 0;
}

int plan_port_bind(const struct snapshot *snapshot, const struct places *places, const struct port_object *object,
		   struct port_plan *ret_plan, struct failure *ret_failure)
{
	CLEANUP(port_plan_done) struct port_plan plan = { .object = *object };
	int r = 0;

	if (object->kind != PORT_ROOT) {
		r = add_port(snapshot, places, true, &plan);
		if (r >= 0)
			r = add_memdevs(snapshot, places, true, &plan);
	}
	if (r < 0)
		return failure_set_errno(ret_failure, r, "planning to bind a port");
	r = check_bridge_above(snapshot, places, &plan, ret_failure);
	if (r != 0)
		return r;
	*ret_plan = plan;
	plan = (struct port_plan){ .n_deletes = 0 };
	return 0;
}

/* -- host bridges on old kernels ---------------------------------------- */

bool port_plan_moves_bridge(const struct port_plan *plan)
{
	for (size_t i = 0; i < plan->n_writes; i++)
		if (plan->object.kind == PORT_BRIDGE && !plan->writes[i].memdev)
			return true;
	return false;
}

int plan_port_refuse_bridge(const struct port_plan *plan, struct failure *ret_failure)
{
	const char *name = plan->object.name;

	failure_set(ret_failure, ERROR_CONFLICT, name,
		    "%s (%s) is a host bridge: when it comes back to its driver, this kernel uses for the next region, "
		    "freed, what it knew of the memdevs below",
		    name, plan->object.uport);
	if (plan->writes[0].bind)
		failure_set_remedy(ret_failure, "Reboot: only that has the kernel forget them.");
	else
		failure_set_remedy(ret_failure, "Unbind the endpoints below it instead ('cxlctl port list'), or boot "
						"a newer kernel: Linux 6.12 forgets them.");
	ret_failure->retryable = false;
	return ret_failure->code;
}
