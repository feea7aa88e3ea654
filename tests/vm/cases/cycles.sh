#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Create and delete as fast as it goes: a kernel that is not given time to settle crashes within a few dozen cycles.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
a=$(root_decoder 32)
before=$(host_state)
cxlctl region create -d "$a" -s 256M >/dev/null && cxlctl region delete all >/dev/null
fds=$(ls "/proc/$(main_pid)/fd" | wc -l)
succeeds "300 cycles in a row" "$bin/daemon-cycle" "$a" "$(memdev 0xa1)" 256M 300
is "$(host_state)" "$before" "the host is as before"
is "$(ls "/proc/$(main_pid)/fd" | wc -l)" "$fds" "the daemon has as many descriptors open as before"
is "$(systemctl show -P NRestarts cxl-regiond)" 0 "it was never restarted"
plan
