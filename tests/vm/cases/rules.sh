#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The sequences by which the tests' fake of sysfs is held against the kernel: here on the kernel's own.
#
# usage: rules.sh [SEQUENCE]   that one alone; without it, all but bridge, which has to be alone
. "$(dirname "$(readlink -f "$0")")/lib.sh"

case $VM_KERNEL in
6.1.*) kernel=6.1 ;;
*) kernel=6.12 ;;
esac
sequences=$(dirname "$(readlink -f "$0")")/sequences
count=0

run() { # NAME
	succeeds "$1.seq on Linux $kernel" "$bin/run-sequence" $kernel "$VM_TOPOLOGY" "$sequences/$1.seq"
	count=$((count + $(grep -cE '^(write|read|link|let|inode|differs|await|settle)' "$sequences/$1.seq")))
}

if [ $# -gt 0 ]; then
	run "$1"
	plan
fi
# The first needs a memdev that never was in a region, and what the last takes away stays away. All others take
# back what they did.
[ "$VM_TOPOLOGY" != two ] || run again
before=$(host_state)
for sequence in "$sequences"/*.seq; do
	name=$(basename "$sequence" .seq)
	[[ $name != again && $name != bridge && $name != ghost ]] || continue
	! grep -qE "^topology.* $VM_TOPOLOGY( |$)" "$sequence" || run "$name"
done
is "$(host_state)" "$before" "the host is as before"
[ "$VM_TOPOLOGY" != two ] || run ghost
echo "# $count operations"
plan
