/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cleanup.h"

#define SPAWNER_NAME "cxl-spawner"

struct spawner {
	const char *worker_path;
	const char *jobs_path;
	int fd;
	int signals; /* a signalfd for SIGCHLD */
};

union fd_control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static int spawner_send(struct spawner *spawner, const struct spawner_message *message, int attached)
{
	union fd_control control = {};
	struct iovec data = { .iov_base = (void *)(uintptr_t)message, .iov_len = sizeof(*message) };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };

	if (attached >= 0) {
		header.msg_control = control.space;
		header.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &attached, sizeof(int));
	}
	return sendmsg(spawner->fd, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* In the child. The worker inherits nothing but its socket, the lock and the standard streams. */
static void __attribute__((noreturn)) worker_execute(const char *path, const char *jobs_path, int fd)
{
	char *arguments[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)jobs_path, NULL };
	sigset_t none;

	sigemptyset(&none);
	if (fd == SPAWNER_WORKER_FD)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, SPAWNER_WORKER_FD);
	fcntl(SPAWNER_LOCK_FD, F_SETFD, 0);
	close_range(SPAWNER_LOCK_FD + 1, ~0u, 0);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(path, arguments);
	dprintf(STDERR_FILENO, "<3>cxl-regiond: cannot execute %s: %s\n", path, strerror(errno));
	_exit(EXIT_FAILURE);
}

static int spawner_start_worker(struct spawner *spawner, pid_t *ret_pid, int *ret_fd)
{
	CLEANUP(cleanup_close) int ours = -1;
	CLEANUP(cleanup_close) int theirs = -1;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		worker_execute(spawner->worker_path, spawner->jobs_path, theirs);
	*ret_pid = pid;
	*ret_fd = steal_fd(&ours);
	return 0;
}

static int spawner_serve_request(struct spawner *spawner)
{
	struct spawner_message message = { .event = SPAWNER_STARTED };
	CLEANUP(cleanup_close) int worker = -1;
	char request;
	ssize_t n;
	int r;

	n = recv(spawner->fd, &request, sizeof(request), 0);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	r = spawner_start_worker(spawner, &message.pid, &worker);
	if (r < 0) {
		message.event = SPAWNER_FAILED;
		message.error = r;
	}
	return spawner_send(spawner, &message, worker);
}

static int spawner_reap(struct spawner *spawner)
{
	struct spawner_message message = { .event = SPAWNER_EXITED };
	struct signalfd_siginfo signal;
	int r = 0;

	if (read(spawner->signals, &signal, sizeof(signal)) < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	while (r == 0 && (message.pid = waitpid(-1, &message.status, WNOHANG)) > 0)
		r = spawner_send(spawner, &message, -1);
	return r;
}

static int spawner_open_lock(void)
{
	CLEANUP(cleanup_close) int fd = open(SPAWNER_LOCK_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (fd != SPAWNER_LOCK_FD && dup3(fd, SPAWNER_LOCK_FD, O_CLOEXEC) < 0))
		return -errno;
	if (fd == SPAWNER_LOCK_FD)
		(void)steal_fd(&fd);
	return 0;
}

/* A session of its own: an interrupt typed at the terminal is for the main process, which stops in order. */
static int spawner_become(struct spawner *spawner, int fd)
{
	static const char *const not_for_workers[] = { "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
						       "LISTEN_PID",	"LISTEN_FDS",	"LISTEN_FDNAMES" };
	sigset_t child;
	int r;

	prctl(PR_SET_NAME, SPAWNER_NAME);
	setsid();
	for (size_t i = 0; i < sizeof(not_for_workers) / sizeof(not_for_workers[0]); i++)
		unsetenv(not_for_workers[i]);
	if (dup3(fd, SPAWNER_WORKER_FD, O_CLOEXEC) < 0 && errno != EINVAL)
		return -errno;
	spawner->fd = SPAWNER_WORKER_FD;
	if (close_range(SPAWNER_WORKER_FD + 1, ~0u, 0) < 0)
		return -errno;
	r = spawner_open_lock();
	if (r < 0)
		return r;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &child, NULL) < 0)
		return -errno;
	spawner->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	return spawner->signals < 0 ? -errno : 0;
}

static int spawner_run(const char *worker_path, const char *jobs_path, int fd)
{
	struct spawner spawner = { .worker_path = worker_path, .jobs_path = jobs_path };
	int r;

	r = spawner_become(&spawner, fd);
	while (r == 0) {
		struct pollfd events[] = { { .fd = spawner.fd, .events = POLLIN },
					   { .fd = spawner.signals, .events = POLLIN } };

		if (poll(events, 2, -1) < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		if (events[1].revents)
			r = spawner_reap(&spawner);
		if (r == 0 && events[0].revents)
			r = spawner_serve_request(&spawner);
	}
	return r == -EPIPE || r == -ECONNRESET ? EXIT_SUCCESS : EXIT_FAILURE;
}

int spawner_fork(const char *worker_path, const char *jobs_path, int *ret_fd)
{
	CLEANUP(cleanup_close) int ours = -1;
	CLEANUP(cleanup_close) int theirs = -1;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		/* Held open, our own copy of the main process's end would hide that it is gone. */
		close(ours);
		_exit(spawner_run(worker_path, jobs_path, theirs));
	}
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	*ret_fd = steal_fd(&ours);
	return 0;
}

int spawner_request(int fd)
{
	return send(fd, "w", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int spawner_receive(int fd, struct spawner_message *ret_message, int *ret_worker_fd)
{
	struct spawner_message message;
	union fd_control control = {};
	struct iovec data = { .iov_base = &message, .iov_len = sizeof(message) };
	struct msghdr header = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)
	};
	int worker_fd = -1;
	ssize_t n;

	n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	if (CMSG_FIRSTHDR(&header))
		memcpy(&worker_fd, CMSG_DATA(&control.header), sizeof(int));
	if (n != sizeof(message)) {
		cleanup_close(&worker_fd);
		return n == 0 ? 0 : -EBADMSG;
	}
	*ret_message = message;
	*ret_worker_fd = worker_fd;
	return 1;
}
