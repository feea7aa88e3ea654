/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports have lost their driver, and what is below them. A port is known here as the locks know it: by the name
 * of its uport device ("mem0", "0000:21:00.0", "pci0000:20"), which stays when portN and endpointN change; the CXL
 * root is "root0". Pure data: events, pictures of the host and times come from the caller.
 *
 * Only what a picture showed with a driver can lose it: probing, and what fails in it, poisons nothing.
 */
#ifndef CXL_REGIOND_DAEMON_POISON_H
#define CXL_REGIOND_DAEMON_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hotplug-event.h"
#include "libregion.h"

/* Ports that are remembered; the oldest is forgotten first. */
#define POISON_MAX	    256
#define POISON_NAME_MAX	    64
#define POISON_SENTENCE_MAX 256

struct json_object;

struct poison_port {
	char uport[POISON_NAME_MAX];
	char port[REGION_NAME_MAX];    /* its name then */
	char parent[POISON_NAME_MAX];  /* uport of the port above it, empty for a root */
	char device[POISON_NAME_MAX];  /* the PCI function of a memory device, empty for others */
	char because[POISON_NAME_MAX]; /* what lost its driver: the port itself, or one above it */
	bool removed;		       /* the port itself went: its name may come back as another's */
	bool ordered;		       /* the daemon was asked to take it from its driver: no problem */
	bool pulled;		       /* its PCI function left the host: no problem either */
	uint64_t gone_usec;	       /* when the last event said so */
};

struct poison {
	struct poison_port *ports; /* the oldest first */
	size_t n;
};

/* poison_init() - nothing is poisoned. Returns 0 or -ENOMEM. */
int poison_init(struct poison *poison);
void poison_done(struct poison *poison);

/*
 * poison_note() - an event came.
 *
 * @topology: the last picture, of the interface's type Topology; NULL before the first
 *
 * A port that lost its driver takes all below it along, a PCI function its memory device. One that got its driver
 * back is healed; so are, with a memory device, the ports above it, without which the kernel would not have bound it.
 *
 * Returns how many ports are newly gone: they are the last ones of poison->ports, until the next call.
 */
size_t poison_note(struct poison *poison, const struct hotplug_event *event, struct json_object *topology,
		   uint64_t now_usec);

/*
 * poison_settle() - a new picture came: what it shows with a driver is healed, unless an event told otherwise
 * after it began to be taken. A memory device is the same if its PCI function is, whatever it is called now.
 */
void poison_settle(struct poison *poison, struct json_object *topology, uint64_t began_usec);

/*
 * poison_find() - the entry of a port, or NULL: it has its driver, or was never known to have one.
 *
 * @lock: name of its lock; "mem0:device" is looked up as "mem0"
 */
const struct poison_port *poison_find(const struct poison *poison, const char *lock);
bool poison_has(const struct poison *poison, const char *lock);

/* poison_describe() - "mem0 (0000:0d:00.0) lost its driver"; text has POISON_SENTENCE_MAX bytes. Returns it. */
const char *poison_describe(const struct poison_port *port, char *text);

/* poison_sentence() - the same with when: "mem0 (0000:0d:00.0) lost its driver 3 s ago." */
const char *poison_sentence(const struct poison_port *port, uint64_t now_usec, char *text);

/* poison_add_problems() - a sentence for each that was neither ordered nor pulled. Returns 0 or -ENOMEM. */
int poison_add_problems(const struct poison *poison, uint64_t now_usec, struct json_object *sentences);

#endif
