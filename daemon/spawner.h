/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spawner: a small process, forked before the daemon opens anything, that keeps the capability which
 * writing sysfs needs and starts workers on request. The main process has given that capability up
 * by the time it reads a client's first byte, so it could not start a worker that has it.
 *
 * It shares with the main process one SOCK_SEQPACKET socket. Each request is one byte. It ends when that socket
 * does; workers outlive it, because what they write must not stop half-way.
 */
#ifndef CXL_REGIOND_DAEMON_SPAWNER_H
#define CXL_REGIOND_DAEMON_SPAWNER_H

#include <sys/types.h>

/* The descriptor on which a worker finds its end of the socket pair. */
#define SPAWNER_WORKER_FD 3

/*
 * The descriptor of a directory that all workers share, so that a lock on it is theirs together: the workers of
 * another main process cannot have it until the last of them is gone.
 */
#define SPAWNER_LOCK_FD	  4
#define SPAWNER_LOCK_PATH "/sys/bus"

enum spawner_event {
	SPAWNER_STARTED, /* with the main process's end of the worker's socket attached */
	SPAWNER_FAILED,	 /* a worker could not be started, for this reason */
	SPAWNER_EXITED,	 /* a worker ended, with this status of waitpid(2) */
};

struct spawner_message {
	enum spawner_event event;
	pid_t pid;
	int error;  /* negative errno, SPAWNER_FAILED only */
	int status; /* SPAWNER_EXITED only */
};

/*
 * spawner_fork() - start the spawner. Call it before anything is opened.
 *
 * @worker_path: what it executes
 * @jobs_path: the argument of that: the directory of intent logs
 * @ret_fd: the main process's end of the socket
 *
 * Returns 0 or a negative errno.
 */
int spawner_fork(const char *worker_path, const char *jobs_path, int *ret_fd);

/* spawner_request() - ask for one worker. Returns 0 or a negative errno. */
int spawner_request(int fd);

/*
 * spawner_receive() - the next message.
 *
 * @ret_worker_fd: the worker's socket, which is the caller's from then on; -1 without one
 *
 * Returns 1 with a message; 0 when the spawner is gone; -EAGAIN when there is none; another negative errno.
 */
int spawner_receive(int fd, struct spawner_message *ret_message, int *ret_worker_fd);

#endif
