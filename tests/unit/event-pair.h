/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel runs a socket filter here as it does for its events: on datagrams, of a pair of local sockets. The state
 * of a test is the two descriptors; the filter is attached to the second.
 */
#ifndef CXL_REGIOND_TESTS_EVENT_PAIR_H
#define CXL_REGIOND_TESTS_EVENT_PAIR_H

#include <stdbool.h>

int event_pair_setup(void **state);
int event_pair_teardown(void **state);

/* event_passes() - does a kernel event "ACTION@PATH" with its properties come through, whole? */
bool event_passes(int *fds, const char *action, const char *path);

#define event_pair_test(function) cmocka_unit_test_setup_teardown(function, event_pair_setup, event_pair_teardown)

#endif
