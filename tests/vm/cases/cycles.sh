#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Create and delete as fast as it goes: a kernel that is not given time to settle crashes within a few dozen cycles; and
# what each cycle leaves behind in the daemon adds up.
#
# usage: cycles.sh [CYCLES]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

cycles=${1:-500}
start_daemon
a=$(root_decoder 32)
before=$(host_state)

daemon_pids() {
	main_pid
	worker_pids
}

descriptors() {
	local pid
	for pid in $(daemon_pids); do ls "/proc/$pid/fd"; done | wc -l
}

anonymous_memory() { # KiB
	local pid
	for pid in $(daemon_pids); do grep -h '^RssAnon:' "/proc/$pid/status"; done | awk '{ n += $2 } END { print n }'
}

logs() {
	find /run/cxl-regiond/jobs -type f | wc -l
}

run_cycles() { # HOW-MANY
	"$bin/daemon-cycle" "$a" "$(memdev 0xa1)" 256M "$1"
}

succeeds "the first 100 cycles" run_cycles 100
pids=$(daemon_pids) fds=$(descriptors) memory=$(anonymous_memory) files=$(logs)
succeeds "$cycles cycles more in a row" run_cycles "$cycles"
is "$(host_state)" "$before" "the host is as before"
is "$(daemon_pids)" "$pids" "the same processes run"
# A worker that had none of the first 100 keeps some attributes open, too, and a log: no more than each of them may.
now=$(descriptors)
if [ $((now - fds)) -le 128 ]; then ok "descriptors do not grow with the cycles: $fds, then $now"
else not_ok "descriptors do not grow with the cycles: $fds, then $now"; fi
if [ "$(logs)" -le 4 ]; then ok "nor do logs: $files, then $(logs)"
else not_ok "nor do logs: $files, then $(logs)"; fi
now=$(anonymous_memory)
if [ $((now - memory)) -le 128 ]; then ok "they have as much memory of their own: $memory KiB, then $now KiB"
else not_ok "they have as much memory of their own: $memory KiB, then $now KiB"; fi
is "$(systemctl show -P NRestarts cxl-regiond)" 0 "the daemon was never restarted"
plan
