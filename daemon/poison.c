/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "poison.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json-members.h"
#include "member.h"

/* How a lock for what concerns a memory device beside its decoders is called. */
#define DEVICE_LOCK_SUFFIX ":device"

#define USEC_PER_SECOND 1000000u

/* -- the picture --------------------------------------------------------- */

static struct json_object *find_by(struct json_object *topology, const char *array, const char *member,
				   const char *value)
{
	struct json_object *all = topology ? json_get_array(topology, array) : NULL;

	for (size_t i = 0; *value && all && i < json_object_array_length(all); i++) {
		struct json_object *candidate = json_object_array_get_idx(all, i);

		if (strcmp(json_get_string(candidate, member), value) == 0)
			return candidate;
	}
	return NULL;
}

static struct json_object *port_by_name(struct json_object *topology, const char *name)
{
	return find_by(topology, "ports", "port", name);
}

static bool port_is_root(struct json_object *port)
{
	return strcmp(json_get_string(port, "kind"), "root") == 0;
}

/* The root has no driver of its own: it is there as long as the device is bound that it stands on. */
static bool port_is_bound(struct json_object *port)
{
	return port_is_root(port) || json_object_get_boolean(member_get(port, "bound", json_type_boolean));
}

static const char *port_lock(struct json_object *port)
{
	return json_get_string(port, port_is_root(port) ? "port" : "uport");
}

static bool port_is_below(struct json_object *topology, struct json_object *port, struct json_object *top)
{
	size_t depth = json_object_array_length(json_get_array(topology, "ports"));

	if (port == top || strcmp(json_get_string(top, "kind"), "endpoint") == 0)
		return port == top;
	for (; port && depth > 0; depth--) {
		if (port == top)
			return true;
		port = port_by_name(topology, json_get_string(port, "parent"));
	}
	return false;
}

/* The uppermost port that an event is about, or NULL: none that was there. */
static struct json_object *port_of_event(const struct hotplug_event *event, struct json_object *topology)
{
	struct json_object *memdev;

	switch (event->what) {
	case HOTPLUG_PORT:
		return port_by_name(topology, event->name);
	case HOTPLUG_ROOT_DEVICE:
	case HOTPLUG_MEMDEV:
		return find_by(topology, "ports", "uport", event->name);
	case HOTPLUG_PCI:
		memdev = find_by(topology, "memdevs", "host", event->name);
		return memdev ? find_by(topology, "ports", "uport", json_get_string(memdev, "memdev")) : NULL;
	case HOTPLUG_DECODER:
	case HOTPLUG_REGION:
		return NULL;
	}
	return NULL;
}

/* -- entries ------------------------------------------------------------- */

int poison_init(struct poison *poison)
{
	*poison = (struct poison){ .ports = calloc(POISON_MAX, sizeof(*poison->ports)) };
	return poison->ports ? 0 : -ENOMEM;
}

void poison_done(struct poison *poison)
{
	free(poison->ports);
	*poison = (struct poison){};
}

static struct poison_port *entry_find(const struct poison *poison, const char *uport, size_t length)
{
	for (size_t i = 0; i < poison->n; i++)
		if (strncmp(poison->ports[i].uport, uport, length) == 0 && !poison->ports[i].uport[length])
			return &poison->ports[i];
	return NULL;
}

static void entry_remove(struct poison *poison, struct poison_port *entry)
{
	struct poison_port *end = poison->ports + poison->n;

	memmove(entry, entry + 1, (char *)end - (char *)(entry + 1));
	poison->n--;
}

static void name_copy(char *to, const char *from)
{
	snprintf(to, POISON_NAME_MAX, "%s", from);
}

static void entry_add(struct poison *poison, struct json_object *port, struct json_object *topology,
		      const char *because, uint64_t now_usec)
{
	struct json_object *parent = port_by_name(topology, json_get_string(port, "parent"));
	struct json_object *memdev = find_by(topology, "memdevs", "memdev", json_get_string(port, "uport"));
	struct poison_port *entry;

	if (poison->n == POISON_MAX)
		entry_remove(poison, poison->ports);
	entry = &poison->ports[poison->n++];
	*entry = (struct poison_port){ .gone_usec = now_usec };
	name_copy(entry->uport, port_lock(port));
	snprintf(entry->port, sizeof(entry->port), "%s", json_get_string(port, "port"));
	name_copy(entry->parent, parent ? port_lock(parent) : "");
	name_copy(entry->device, memdev ? json_get_string(memdev, "host") : "");
	name_copy(entry->because, because);
}

/* -- events -------------------------------------------------------------- */

/* What an event says of the port itself keeps an older picture from healing it. */
static void poison_renew(struct poison *poison, const struct hotplug_event *event, struct json_object *top,
			 uint64_t now_usec)
{
	struct poison_port *entry = entry_find(poison, port_lock(top), strlen(port_lock(top)));

	if (!entry)
		return;
	entry->gone_usec = now_usec;
	entry->removed |= event->action == HOTPLUG_REMOVED && event->what == HOTPLUG_PORT;
}

static size_t poison_lose(struct poison *poison, const struct hotplug_event *event, struct json_object *topology,
			  uint64_t now_usec)
{
	struct json_object *top = port_of_event(event, topology), *ports;
	size_t gone = 0;

	if (!top)
		return 0;
	ports = json_get_array(topology, "ports");
	for (size_t i = 0; i < json_object_array_length(ports); i++) {
		struct json_object *port = json_object_array_get_idx(ports, i);

		if (!port_is_bound(port) || poison_has(poison, port_lock(port)) || !port_is_below(topology, port, top))
			continue;
		entry_add(poison, port, topology, port_lock(top), now_usec);
		gone++;
	}
	poison_renew(poison, event, top, now_usec);
	return gone < POISON_MAX ? gone : POISON_MAX;
}

static struct poison_port *entry_by_device(const struct poison *poison, const char *device, size_t length)
{
	for (size_t i = 0; length > 0 && i < poison->n; i++)
		if (strncmp(poison->ports[i].device, device, length) == 0 && !poison->ports[i].device[length])
			return &poison->ports[i];
	return NULL;
}

/* A memory device is bound only below ports that are. */
static void poison_heal_upwards(struct poison *poison, struct poison_port *entry)
{
	char parent[POISON_NAME_MAX];

	while (entry) {
		name_copy(parent, entry->parent);
		entry_remove(poison, entry);
		entry = entry_find(poison, parent, strlen(parent));
	}
}

/* The PCI function in ".../0000:0d:00.0/mem0" tells which device it is: it may have come back under another name. */
static void poison_heal_memdev(struct poison *poison, const struct hotplug_event *event)
{
	const char *end = event->name - 1, *start = end;

	while (start > event->path && start[-1] != '/')
		start--;
	poison_heal_upwards(poison, entry_by_device(poison, start, (size_t)(end - start)));
	/* Whoever had the name before cannot be meant by it any more. */
	poison_heal_upwards(poison, entry_find(poison, event->name, strlen(event->name)));
}

/* A port that stayed and got its driver back; one that went is known again by the next picture. */
static void poison_heal_port(struct poison *poison, const char *port)
{
	for (size_t i = 0; i < poison->n; i++)
		if (!poison->ports[i].removed && strcmp(poison->ports[i].port, port) == 0) {
			entry_remove(poison, &poison->ports[i]);
			return;
		}
}

static void poison_return(struct poison *poison, const struct hotplug_event *event)
{
	if (event->what == HOTPLUG_MEMDEV)
		poison_heal_memdev(poison, event);
	else if (event->what == HOTPLUG_PORT)
		poison_heal_port(poison, event->name);
}

/* It may be for good: somebody took the card out, or had the kernel let it go. */
static void poison_pull(struct poison *poison, const struct hotplug_event *event)
{
	struct poison_port *entry;

	if (event->what != HOTPLUG_PCI)
		return;
	entry = entry_by_device(poison, event->name, strlen(event->name));
	if (entry)
		entry->pulled = true;
}

size_t poison_note(struct poison *poison, const struct hotplug_event *event, struct json_object *topology,
		   uint64_t now_usec)
{
	size_t gone;

	switch (event->action) {
	case HOTPLUG_UNBOUND:
		return poison_lose(poison, event, topology, now_usec);
	case HOTPLUG_REMOVED:
		gone = poison_lose(poison, event, topology, now_usec);
		poison_pull(poison, event);
		return gone;
	case HOTPLUG_BOUND:
		poison_return(poison, event);
		return 0;
	case HOTPLUG_ADDED:
		return 0;
	}
	return 0;
}

static bool uport_is_bound(struct json_object *topology, const char *uport)
{
	struct json_object *port = find_by(topology, "ports", "uport", uport);

	return port && port_is_bound(port);
}

static bool entry_is_back(const struct poison_port *entry, struct json_object *topology)
{
	struct json_object *memdev = find_by(topology, "memdevs", "host", entry->device);

	if (memdev && uport_is_bound(topology, json_get_string(memdev, "memdev")))
		return true;
	return uport_is_bound(topology, entry->uport) || port_by_name(topology, entry->uport);
}

void poison_settle(struct poison *poison, struct json_object *topology, uint64_t began_usec)
{
	for (size_t i = poison->n; i-- > 0;)
		if (poison->ports[i].gone_usec < began_usec && entry_is_back(&poison->ports[i], topology))
			entry_remove(poison, &poison->ports[i]);
}

/* -- what is known ------------------------------------------------------- */

const struct poison_port *poison_find(const struct poison *poison, const char *lock)
{
	size_t length = strlen(lock), suffix = strlen(DEVICE_LOCK_SUFFIX);

	if (length > suffix && strcmp(lock + length - suffix, DEVICE_LOCK_SUFFIX) == 0)
		length -= suffix;
	return entry_find(poison, lock, length);
}

bool poison_has(const struct poison *poison, const char *lock)
{
	return poison_find(poison, lock);
}

const char *poison_describe(const struct poison_port *port, char *text)
{
	char device[POISON_NAME_MAX + 3] = "";

	if (port->device[0])
		snprintf(device, sizeof(device), " (%s)", port->device);
	if (strcmp(port->because, port->uport) == 0)
		snprintf(text, POISON_SENTENCE_MAX, "%s%s lost its driver", port->uport, device);
	else
		snprintf(text, POISON_SENTENCE_MAX, "%s%s went when %s above it lost its driver", port->uport, device,
			 port->because);
	return text;
}

const char *poison_sentence(const struct poison_port *port, uint64_t now_usec, char *text)
{
	size_t length = strlen(poison_describe(port, text));

	snprintf(text + length, POISON_SENTENCE_MAX - length, " %llu s ago.",
		 (unsigned long long)((now_usec - port->gone_usec) / USEC_PER_SECOND));
	return text;
}

int poison_add_problems(const struct poison *poison, uint64_t now_usec, struct json_object *sentences)
{
	char text[POISON_SENTENCE_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < poison->n; i++)
		if (!poison->ports[i].ordered && !poison->ports[i].pulled)
			r = member_append(sentences,
					  json_object_new_string(poison_sentence(&poison->ports[i], now_usec, text)));
	return r;
}
