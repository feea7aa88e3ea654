#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The sequences by which the tests' fake of sysfs is held against the kernel: here on the kernel's own.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

case $VM_KERNEL in
6.1.*) kernel=6.1 ;;
*) kernel=6.12 ;;
esac
sequences=$(dirname "$(readlink -f "$0")")/sequences
before=$(host_state)
count=0

# What each changed it takes back, but for the last: what lost its driver stays away.
for sequence in "$sequences"/*.seq; do
	[ "$(basename "$sequence")" != ghost.seq ] || continue
	grep -q "^topology.* $VM_TOPOLOGY\b" "$sequence" || continue
	succeeds "$(basename "$sequence") on Linux $kernel" "$bin/run-sequence" $kernel "$VM_TOPOLOGY" "$sequence"
	count=$((count + $(grep -cE '^(write|read|link|let|inode|differs|await|settle)' "$sequence")))
done
is "$(host_state)" "$before" "the host is as before"
[ "$VM_TOPOLOGY" != two ] ||
	succeeds "ghost.seq on Linux $kernel" "$bin/run-sequence" $kernel "$VM_TOPOLOGY" "$sequences/ghost.seq"
echo "# $count operations"
plan
