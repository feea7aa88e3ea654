/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host-events.h"

#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "lock-scope.h"
#include "log.h"
#include "runner-ports.h"

#define DECODERS_DIRECTORY "/sys/bus/cxl/devices"

static void on_changed(void *userdata)
{
	struct daemon *daemon = userdata;

	refresh_changed(&daemon->refresh);
}

/* -- ports --------------------------------------------------------------- */

static void port_gone(struct daemon *daemon, struct poison_port *port)
{
	char text[POISON_SENTENCE_MAX];

	port->ordered = runner_unbinds(&daemon->runner, port->uport);
	log_write(port->ordered ? LOG_INFO : LOG_WARNING, "%s", poison_describe(port, text));
	reaper_port_gone(&daemon->reaper, &daemon->inventory, port->uport);
	runner_port_gone(&daemon->runner, port->uport);
}

static void note_healed(const struct daemon *daemon, size_t before)
{
	if (daemon->poison.n < before)
		log_write(LOG_NOTICE, "%zu of %zu ports that had lost their drivers have them again",
			  before - daemon->poison.n, before);
}

static void devices_changed(struct daemon *daemon)
{
	daemon->devices_usec = clock_now();
	daemon->devices_are_stale = true;
}

static void on_event(void *userdata, const struct hotplug_event *event)
{
	struct daemon *daemon = userdata;
	struct poison *poison = &daemon->poison;
	size_t gone, before = poison->n;

	devices_changed(daemon);
	gone = poison_note(poison, event, daemon->inventory.topology, daemon->devices_usec);
	if (gone > 0) {
		refresh_changed(&daemon->refresh);
		for (size_t i = poison->n - gone; i < poison->n; i++)
			port_gone(daemon, &poison->ports[i]);
	}
	note_healed(daemon, before);
}

static void on_lost(void *userdata)
{
	devices_changed(userdata);
}

/* -- other programs ------------------------------------------------------ */

/* That without which no job works on a decoder. */
static const char *lock_of(struct json_object *topology, const char *decoder)
{
	const char *uport = lock_scope_of_decoder(topology, decoder);

	return *uport ? uport : LOCK_NAME_HOST;
}

/* Ours, or that of who has a lease. */
static bool on_is_ours(void *userdata, const char *decoder, uint64_t since_usec)
{
	const struct daemon *daemon = userdata;

	return runner_had_lock(&daemon->runner, lock_of(daemon->inventory.topology, decoder), since_usec) ||
	       recovery_may_write(&daemon->recovery, since_usec);
}

static void on_seen(void *userdata, const char *decoder, const char *attribute, bool worth_telling)
{
	struct daemon *daemon = userdata;

	if (worth_telling)
		log_write(LOG_NOTICE, "%s's %s was written by another program", decoder, attribute);
	refresh_changed(&daemon->refresh);
}

/* -- the picture --------------------------------------------------------- */

static void on_taken(void *userdata)
{
	struct daemon *daemon = userdata;
	struct json_object *topology = daemon->inventory.topology;
	size_t before = daemon->poison.n;

	poison_settle(&daemon->poison, topology, daemon->inventory.taken_usec);
	note_healed(daemon, before);
	reaper_look(&daemon->reaper, &daemon->runner, clock_now());
	if (!daemon->devices_are_stale || daemon->inventory.taken_usec <= daemon->devices_usec)
		return;
	daemon->devices_are_stale = false;
	outside_watch(&daemon->outside, topology);
	hotplug_know(&daemon->hotplug, topology);
}

/* -- all of it ----------------------------------------------------------- */

/* Without hotplug events the daemon still works: who asks gets a fresh look. */
void host_events_start(struct daemon *daemon)
{
	static const struct hotplug_ops hotplug_ops = { .changed = on_changed, .event = on_event, .lost = on_lost };
	static const struct outside_ops outside_ops = { .is_ours = on_is_ours, .seen = on_seen, .lost = on_changed };
	int r = hotplug_init(&daemon->hotplug, daemon->event, &hotplug_ops, daemon);

	if (r < 0)
		log_write(LOG_WARNING, "cannot listen to the kernel's device events: %s", strerror(-r));
	r = outside_init(&daemon->outside, daemon->event, DECODERS_DIRECTORY, &outside_ops, daemon);
	if (r < 0)
		log_write(LOG_NOTICE, "cannot watch for what other programs write: %s", strerror(-r));
	devices_changed(daemon);
	inventory_on_taken(&daemon->inventory, on_taken, daemon);
}

void host_events_done(struct daemon *daemon)
{
	hotplug_done(&daemon->hotplug);
	outside_done(&daemon->outside);
}

int host_events_add_problems(const struct daemon *daemon, struct json_object *sentences)
{
	uint64_t now = clock_now();
	int r = poison_add_problems(&daemon->poison, now, sentences);

	return r < 0 ? r : outside_add_problems(&daemon->outside, now, sentences);
}
