#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What goes wrong on the way: a kernel that refuses half-way, a worker that hangs in a write, a daemon that is
# stopped in the middle, a module that is missing.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

a=$(root_decoder 32)
a1=$(memdev 0xa1) a2=$(memdev 0xa2)
create=(-d "$a" -s 256M "$a1")

# A raw writer attaches another memdev through the same bridge; its region stays uncommitted.
raw_attach() {
	raw=$(cat "$cxl_bus/$a/create_pmem_region")
	echo "$raw" >"$cxl_bus/$a/create_pmem_region"
	raw_decoder=$(decoder "$a2")
	echo 256 >"$cxl_bus/$raw/interleave_granularity"
	echo 1 >"$cxl_bus/$raw/interleave_ways"
	echo 11111111-2222-3333-4444-555555555555 >"$cxl_bus/$raw/uuid"
	echo $((256 << 20)) >"$cxl_bus/$raw/size"
	echo pmem >"$cxl_bus/$raw_decoder/mode"
	echo $((256 << 20)) >"$cxl_bus/$raw_decoder/dpa_size"
	echo "$raw_decoder" >"$cxl_bus/$raw/target0"
}

raw_detach() {
	echo >"$cxl_bus/$raw/target0"
	echo 0 >"$cxl_bus/$raw_decoder/dpa_size"
	echo "$raw" >"$cxl_bus/$a/delete_region"
}

jobs_show() { # ATTRIBUTE: status names the attribute that the running job is at
	[ "$(cxlctl --json status | json .running.attribute)" = "$1" ]
}

start_daemon

# -- an endpoint that loses its driver is told of and seen to be gone; its memdev brings it back
endpoint_of() { # MEMDEV: as the daemon sees it, nothing without one
	cxlctl --json topology | json ".memdevs[] | select(.memdev == \"$1\" and .bound) | .endpoint // empty"
}
endpoint=$(endpoint_of "$a2")
lost() { journalctl -q -u cxl-regiond -o cat | grep -q "^$a2 (.*) lost its driver\$"; }
fails "nobody has lost a driver yet" lost
echo "$endpoint" >/sys/bus/cxl/drivers/cxl_port/unbind
succeeds "an endpoint that loses its driver is told of" wait_for 10 lost
is "$(endpoint_of "$a2")" "" "and its memdev has none any more"
refused 4 Conflict "a region on that memdev" region create -d "$a" -s 256M "$a2"
[ -e "/sys/bus/cxl/drivers/cxl_mem/$a2" ] || echo "$a2" >/sys/bus/cxl/drivers/cxl_mem/bind
has_endpoint() { [ -n "$(endpoint_of "$a2")" ]; }
succeeds "bound again, it has one" wait_for 10 has_endpoint

before=$(host_state)

# -- a kernel that refuses half-way
n=$(write_number attach "${create[@]}")
hold_writes "$n" 60
cxlctl --json region create "${create[@]}" >/tmp/create.out 2>/tmp/create.err &
client=$!
succeeds "a worker is held before target0" wait_for 10 jobs_show target0
raw_attach
release_writes
wait $client
is $? 5 "the kernel refuses the attach"
is "$(json '[.error, .outcome, .step, .attribute, .value, .errno_name]' </tmp/create.err)" \
	"[\"KernelRefused\",\"undone\",\"attach\",\"target0\",\"$(decoder "$a1")\",\"EBUSY\"]" \
	"the client is told which write, and that all was undone: $(json .message </tmp/create.err)"
raw_detach
is "$(host_state)" "$before" "the host is as before, DPA included"

# -- a worker that hangs in a write
hold_writes 4 60
cxlctl region create "${create[@]}" >/tmp/create.out 2>&1 &
client=$!
wait_for 10 jobs_show uuid
succeeds "status answers beside a held write" timeout 8 cxlctl status
succeeds "region list answers beside a held write" timeout 8 cxlctl region list
is "$(cxlctl --json region list | json '[.[].state]')" '["incomplete"]' "a region that is being built is not called damaged"
release_writes
wait $client
is $? 0 "and the create is done in the end"
succeeds "delete" cxlctl region delete all

# -- stopped in the middle: undone, and the client is told
hold_writes 4 4
cxlctl --json region create "${create[@]}" >/tmp/create.out 2>/tmp/create.err &
client=$!
wait_for 10 jobs_show uuid
succeeds "the service stops" systemctl stop cxl-regiond.service cxl-regiond.socket
wait $client
is "$? $(json '[.error, .outcome]' </tmp/create.err)" '8 ["Cancelled","undone"]' "the client is told that its create was undone"
release_writes
is "$(systemctl show -P Result cxl-regiond)" success "the daemon stopped cleanly"
is "$(host_state)" "$before" "the host is as before"

# -- a write that outlasts the stop: the worker finishes on its own, and nothing is left half-built
mkdir -p /etc/cxl-regiond
printf '[Daemon]\nStopTimeoutSec=2\n' >/etc/cxl-regiond/cxl-regiond.conf
start_daemon
hold_writes 4 60
cxlctl --json region create "${create[@]}" >/tmp/create.out 2>/tmp/create.err &
client=$!
wait_for 10 jobs_show uuid
start=$SECONDS
systemctl stop cxl-regiond.service cxl-regiond.socket
succeeds "main does not wait for it beyond StopTimeoutSec" test $((SECONDS - start)) -lt 7
wait $client
is $? 1 "the client is told that its connection was lost"
start_daemon
refused 8 TooBusy "the next daemon does not write beside it" region create "${create[@]}"
systemctl stop cxl-regiond.service cxl-regiond.socket
no_worker() { ! worker_pids; }
release_writes
succeeds "the worker ends by itself" wait_for 30 no_worker
is "$(host_state)" "$before" "and took back what it had begun"
rm /etc/cxl-regiond/cxl-regiond.conf

# -- a module that is missing
start_daemon
modprobe -r cxl_pmem
refused 4 Conflict "a pmem region without cxl_pmem" region create "${create[@]}"
modprobe --ignore-install cxl_pmem
udevadm settle
succeeds "with it again" cxlctl region create "${create[@]}"
succeeds "delete" cxlctl region delete all

# -- delete under a queue: a name that is used again is not touched by who meant the old one
cxlctl region create "${create[@]}" >/dev/null
generation=$(cxlctl --json region list | json '.[0].generation')
for _ in 1 2 3 4 5 6; do cxlctl region delete "region0@$generation" >/dev/null 2>&1 & done
wait
cxlctl region create "${create[@]}" >/dev/null
for _ in 1 2 3; do cxlctl region delete "region0@$generation" >/dev/null 2>&1 & done
wait
is "$(regions)" 1 "deletes of an old generation never touch the new region"
cxlctl region delete all >/dev/null
is "$(host_state)" "$before" "the host is as before"
plan
