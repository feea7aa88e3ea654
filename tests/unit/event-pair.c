/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event-pair.h"

int event_pair_setup(void **state)
{
	static int fds[2];

	*state = fds;
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds);
}

int event_pair_teardown(void **state)
{
	int *fds = *state;

	close(fds[0]);
	close(fds[1]);
	return 0;
}

bool event_passes(int *fds, const char *action, const char *path)
{
	char message[512], got[512];
	ssize_t length;

	memset(message, 0, sizeof(message));
	snprintf(message, sizeof(message), "%s@%s", action, path);
	length = (ssize_t)strlen(message) + 200;
	assert_int_equal(send(fds[0], message, (size_t)length, 0), length);
	if (recv(fds[1], got, sizeof(got), 0) < 0) {
		assert_int_equal(errno, EAGAIN);
		return false;
	}
	assert_memory_equal(got, message, length);
	assert_int_equal(recv(fds[1], got, sizeof(got), 0), -1);
	return true;
}
