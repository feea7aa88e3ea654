#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The races on the stock 6.1: there before the livepatch is loaded, gone with it, and back when it is unloaded.
#
# usage: livepatch-control.sh [REGIONS]    in each race; 5000
. "$(dirname "$(readlink -f "$0")")/lib.sh"
exec 3>&1

rounds=$((${1:-5000} / 2)) # of two regions each

race_wins() { # DESCRIPTION: the race gets a WARN and a wrong success out of the kernel
	local before after
	before=$(race_warnings)
	race delete $rounds
	is $? 1 "$1: deletes that came too late succeed"
	after=$(race_warnings)
	if [ "$after" -gt "$before" ]; then ok "$1: $((after - before)) WARNs"; else not_ok "$1: no WARN"; fi
}

race_wins "without the livepatch"
succeeds "it is loaded" livepatch_load
before=$(race_warnings)
succeeds "with it: each region is deleted once" race delete $rounds
is "$(race_warnings)" "$before" "with it: no WARN"
succeeds "it is unloaded" livepatch_unload
race_wins "without it again"
race unbind-bare 60
is $? 1 "without it: an unbind leaves dead regions"
succeeds "and no bind is possible" eval "dmesg | grep -q 'Resources present before probing'"
plan
