/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "host-events.h"
#include "log.h"
#include "method.h"
#include "privileges.h"
#include "spawner.h"

/* After the last job is done, answers may wait so long for their readers, and workers take so long to end. */
#define STOP_FLUSH_USEC 1000000ull
#define USEC_PER_SECOND 1000000ull

/* -- stop ---------------------------------------------------------------- */

static void daemon_log_busy(struct daemon *daemon)
{
	CLEANUP(cleanup_json) struct json_object *sentences = json_object_new_array();

	if (!sentences || pool_describe_busy(&daemon->pool, sentences) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(sentences); i++)
		log_write(LOG_WARNING, "%s It is left to finish alone.",
			  json_object_get_string(json_object_array_get_idx(sentences, i)));
}

static int daemon_on_stop_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct daemon *daemon = userdata;

	if (!daemon->flushing) {
		log_write(LOG_WARNING, "stopping although a job has not ended within %u s",
			  daemon->config.stop_timeout_seconds);
		daemon_log_busy(daemon);
	}
	return sd_event_exit(daemon->event, daemon->exit_status);
}

static void daemon_arm_stop_timer(struct daemon *daemon, uint64_t usec)
{
	daemon->stop_timer = sd_event_source_disable_unref(daemon->stop_timer);
	if (sd_event_add_time_relative(daemon->event, &daemon->stop_timer, CLOCK_MONOTONIC, usec, 0,
				       daemon_on_stop_timeout, daemon) < 0)
		sd_event_exit(daemon->event, EXIT_FAILURE);
}

/*
 * Runs after each event while it stops: is all done, and all told? Then the workers are let go, and the end of
 * their spawner is the end of the loop: nothing is left for the service manager to find.
 */
static int daemon_on_stop_check(sd_event_source *source, void *userdata)
{
	struct daemon *daemon = userdata;

	if (!runner_is_idle(&daemon->runner))
		return 0;
	if (!daemon->flushing) {
		daemon->flushing = true;
		daemon_arm_stop_timer(daemon, STOP_FLUSH_USEC);
	}
	if (!daemon->pool.closing && !server_has_unsent(&daemon->server))
		pool_close(&daemon->pool);
	return 0;
}

static void daemon_stop(struct daemon *daemon)
{
	struct failure failure;

	if (daemon->runner.stopping)
		return;
	sd_notify(0, "STOPPING=1");
	server_stop(&daemon->server);
	runner_stop(&daemon->runner);
	failure_set(&failure, ERROR_CANCELLED, NULL, "cxl-regiond is stopping.");
	queries_fail_all(&daemon->queries, &failure);
	daemon_arm_stop_timer(daemon, daemon->config.stop_timeout_seconds * USEC_PER_SECOND);
	if (sd_event_add_post(daemon->event, &daemon->stop_check, daemon_on_stop_check, daemon) < 0)
		sd_event_exit(daemon->event, EXIT_FAILURE);
	/* With nothing under way there may be no further event for it to follow. */
	daemon_on_stop_check(daemon->stop_check, daemon);
}

static int daemon_on_signal(sd_event_source *source, const struct signalfd_siginfo *signal, void *userdata)
{
	log_write(LOG_INFO, "stopping: %s", strsignal((int)signal->ssi_signo));
	daemon_stop(userdata);
	return 0;
}

/* Without it no worker can be replaced: end in order, as a failure, and let the service manager start us anew. */
static void daemon_on_spawner_gone(void *userdata)
{
	struct daemon *daemon = userdata;

	if (daemon->pool.closing) {
		sd_event_exit(daemon->event, daemon->exit_status);
		return;
	}
	if (daemon->runner.stopping)
		return;
	log_write(LOG_CRIT, "stopping: the process that starts workers is gone");
	daemon->exit_status = EXIT_FAILURE;
	daemon_stop(daemon);
}

/* -- start --------------------------------------------------------------- */

static void daemon_on_call(void *userdata, struct call *call)
{
	method_dispatch(userdata, call);
}

static void daemon_on_changed(void *userdata)
{
	struct daemon *daemon = userdata;

	refresh_changed(&daemon->refresh);
}

static void daemon_on_recovered(void *userdata)
{
	struct daemon *daemon = userdata;

	runner_advance(&daemon->runner);
}

static void daemon_on_ready(void *userdata)
{
	struct daemon *daemon = userdata;
	int r;

	if (daemon->runner.stopping)
		return;
	log_write(startup_kernel_is_fixed(&daemon->startup) ? LOG_INFO : LOG_WARNING,
		  "kernel %s: fix of the region delete race: %s. %s", startup_kernel(&daemon->startup),
		  startup_kernel_fix(&daemon->startup), startup_kernel_fix_detail(&daemon->startup));
	r = server_start(&daemon->server);
	if (r < 0) {
		log_write(LOG_ERR, "cannot serve the socket: %s", strerror(-r));
		sd_event_exit(daemon->event, EXIT_FAILURE);
		return;
	}
	sd_notify(0, "READY=1");
}

static int daemon_watch_signals(struct daemon *daemon)
{
	sigset_t signals;
	int r;

	/* A log that nobody reads any more must not end the daemon. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(daemon->event, NULL, SIGTERM, daemon_on_signal, daemon);
	if (r >= 0)
		r = sd_event_add_signal(daemon->event, NULL, SIGINT, daemon_on_signal, daemon);
	return r < 0 ? r : 0;
}

static int daemon_start_workers(struct daemon *daemon, int spawner_fd)
{
	int r;

	r = pool_init(&daemon->pool, daemon->event, spawner_fd, daemon->config.workers, daemon_on_spawner_gone, daemon);
	if (r < 0)
		return r;
	queries_init(&daemon->queries, daemon->event, &daemon->pool, &daemon->inventory);
	runner_init(&daemon->runner, daemon->event, &daemon->config, &daemon->startup, &daemon->recovery, &daemon->pool,
		    &daemon->queries, &daemon->inventory, daemon_on_changed, daemon);
	r = job_log_init(&daemon->runner.log, daemon->event);
	if (r < 0)
		return r;
	r = recovery_init(&daemon->recovery, daemon->event, &daemon->pool, &daemon->runner.queue, &daemon->runner.keys,
			  &daemon->inventory, daemon_on_recovered, daemon);
	if (r < 0)
		return r;
	r = inventory_init(&daemon->inventory, &daemon->runner.queue, clock_now());
	if (r < 0)
		return r;
	r = poison_init(&daemon->poison);
	if (r < 0)
		return r;
	return refresh_init(&daemon->refresh, daemon->event, &daemon->inventory, &daemon->queries, &daemon->runner);
}

static int daemon_listen(struct daemon *daemon)
{
	int r;

	r = server_listen(&daemon->server, daemon->event, daemon->options.socket_path, daemon_on_call, daemon);
	if (r == -EADDRINUSE)
		log_write(LOG_ERR, "another daemon answers at %s", daemon->options.socket_path);
	else if (r < 0)
		log_write(LOG_ERR, "cannot listen at %s: %s", daemon->options.socket_path, strerror(-r));
	return r;
}

/* spawner_fd is taken, also on failure. */
static int daemon_start(struct daemon *daemon, int spawner_fd)
{
	int r;

	r = sd_event_new(&daemon->event);
	if (r >= 0)
		r = sd_event_set_watchdog(daemon->event, true);
	if (r >= 0)
		r = daemon_watch_signals(daemon);
	if (r < 0) {
		close(spawner_fd);
		log_write(LOG_ERR, "cannot make the event loop: %s", strerror(-r));
		return r;
	}
	r = daemon_start_workers(daemon, spawner_fd);
	if (r < 0) {
		log_write(LOG_ERR, "cannot start the workers: %s", strerror(-r));
		return r;
	}
	r = daemon_listen(daemon);
	if (r < 0)
		return r;
	host_events_start(daemon);
	r = startup_init(&daemon->startup, daemon->event, &daemon->pool, &daemon->recovery, &daemon->inventory,
			 daemon_on_ready, daemon);
	if (r < 0)
		log_write(LOG_ERR, "cannot look at the host: %s", strerror(-r));
	return r;
}

/* Peers go first, because calls are held by jobs and reads; those go last, because workers have their tasks. */
static void daemon_done(struct daemon *daemon)
{
	server_done(&daemon->server);
	pool_done(&daemon->pool);
	startup_done(&daemon->startup);
	recovery_done(&daemon->recovery);
	runner_done(&daemon->runner);
	job_log_done(&daemon->runner.log);
	queries_done(&daemon->queries);
	inventory_done(&daemon->inventory);
	refresh_done(&daemon->refresh);
	host_events_done(daemon);
	poison_done(&daemon->poison);
	sd_event_source_disable_unref(daemon->stop_timer);
	sd_event_source_disable_unref(daemon->stop_check);
	sd_event_unref(daemon->event);
}

static int daemon_run(struct daemon *daemon, int spawner_fd)
{
	int r;

	r = config_load(daemon->options.config_path, &daemon->config);
	if (r < 0) {
		close(spawner_fd);
		return EXIT_FAILURE;
	}
	r = daemon_start(daemon, spawner_fd);
	if (r >= 0)
		r = sd_event_loop(daemon->event);
	daemon_done(daemon);
	return r < 0 ? EXIT_FAILURE : r;
}

/* The order matters: the spawner keeps what the main process then gives up, and must have nothing else open. */
static int daemon_split(const struct options *options, int *ret_spawner_fd)
{
	int spawner_fd = -1, r;

	if (access(options->worker_path, X_OK) < 0) {
		r = -errno;
		log_write(LOG_ERR, "cannot execute the worker %s: %s", options->worker_path, strerror(-r));
		return r;
	}
	r = privileges_lock();
	if (r == 0)
		r = spawner_fork(options->worker_path, options->jobs_path, &spawner_fd);
	if (r < 0) {
		log_write(LOG_ERR, "cannot start the process that starts workers: %s", strerror(-r));
		return r;
	}
	r = privileges_drop();
	if (r < 0) {
		log_write(LOG_ERR, "cannot give up privileges: %s", strerror(-r));
		close(spawner_fd);
		return r;
	}
	*ret_spawner_fd = spawner_fd;
	return 0;
}

int daemon_main(int argc, char **argv)
{
	struct daemon daemon = {};
	int spawner_fd = -1, r;

	r = options_parse(argc, argv, &daemon.options);
	if (r != 0)
		return r < 0 ? EXIT_STATUS_USAGE : EXIT_SUCCESS;
	log_open();
	if (daemon_split(&daemon.options, &spawner_fd) < 0)
		return EXIT_FAILURE;
	return daemon_run(&daemon, spawner_fd);
}
