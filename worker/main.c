/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: cxl-regiond-worker DIRECTORY-OF-INTENT-LOGS
 *
 * A worker does one job at a time for the main process, over the socket that the spawner left it, beside
 * the descriptor of a lock that all its workers share. It ends
 * when main is gone, but never in the middle of a job: what it has begun it finishes or undoes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "jobs.h"

/*
 * A signal in the middle of a write would make the kernel leave a region half-way: they are blocked for
 * the worker's whole life, but for those that a fault raises.
 */
static int block_signals(void)
{
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, SIGSEGV);
	sigdelset(&set, SIGBUS);
	sigdelset(&set, SIGFPE);
	sigdelset(&set, SIGILL);
	sigdelset(&set, SIGABRT);
	return sigprocmask(SIG_SETMASK, &set, NULL) < 0 ? -errno : 0;
}

static int serve(struct worker *worker)
{
	for (;;) {
		struct json_object *message;
		int r = channel_receive(&worker->channel, &message);

		if (r <= 0)
			return r;
		r = jobs_run(worker, message);
		json_object_put(message);
		if (r < 0)
			return r == -EPIPE ? 0 : r;
	}
}

int main(int argc, char **argv)
{
	struct worker worker = {};
	int r;

	if (argc != 2 || fcntl(CHANNEL_FD, F_SETFD, FD_CLOEXEC) < 0 || fcntl(HOST_LOCK_FD, F_SETFD, FD_CLOEXEC) < 0) {
		fprintf(stderr, "cxl-regiond-worker is started by cxl-regiond, not by hand\n");
		return EXIT_FAILURE;
	}
	r = block_signals();
	if (r >= 0)
		r = host_init(&worker.host);
	if (r < 0) {
		fprintf(stderr, "cxl-regiond-worker: cannot start: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	channel_init(&worker.channel, CHANNEL_FD);
	intents_init(&worker.intents, argv[1]);
	r = teller_start(&worker.teller, &worker.channel);
	if (r == 0) {
		r = serve(&worker);
		teller_stop(&worker.teller);
	}
	channel_done(&worker.channel);
	intents_done(&worker.intents);
	host_done(&worker.host);
	if (r < 0)
		fprintf(stderr, "cxl-regiond-worker: cannot serve the main process: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
