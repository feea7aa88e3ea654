#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own mock of CXL (cxl_test), on a kernel of kernel/build: ram and pmem, switches, several regions through
# one bridge, and a region that the kernel assembles by itself, as from firmware.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

modprobe cxl_test
udevadm settle
start_daemon

window() { # TYPE WAYS: the first root decoder of that kind
	cxlctl --json topology |
		json "[.decoders[] | select(.kind == \"root\" and (.types | index(\"$1\")) and .interleave_ways == $2)][0].decoder"
}

succeeds "both readers agree" "$bin/same-snapshot"
is "$(cxlctl --json region list | json 'map([.region, .type, .origin, .interleave_ways])')" '[["region0","ram","firmware",2]]' \
	"the region that was assembled is listed as firmware's"
refused 4 RegionLocked "and not deleted" region delete region0
refused 4 RegionLocked "and not disabled" region disable region0
before=$(host_state)
made=()
create() { # DESCRIPTION CXLCTL-ARGUMENT...
	local description=$1 name
	shift
	name=$(cxlctl --json region create "$@" | json .region)
	if [ -n "$name" ]; then ok "$description: $name"; else not_ok "$description"; fi
	made+=("$name")
}
delete_made() { # last first
	local i
	for ((i = ${#made[@]} - 1; i >= 0; i--)); do succeeds "delete ${made[i]}" cxlctl region delete "${made[i]}"; done
	made=()
	is "$(host_state)" "$before" "the host is as before"
}

create "ram, one way, behind a switch" -t ram -d "$(window ram 1)" -w 1 -s 256M
create "a second ram region through the same bridge" -t ram -d "$(window ram 1)" -w 1 -s 256M
succeeds "both readers agree" "$bin/same-snapshot"
delete_made
create "ram, two ways" -t ram -d "$(window ram 2)" -s 512M
delete_made
create "ram, four ways behind switches" -t ram -d "$(window ram 2)" -w 4 -s 1G
delete_made
create "pmem, one way" -t pmem -d "$(window pmem 1)" -w 1 -s 256M
create "pmem, two ways, above it on the same bridge" -t pmem -d "$(window pmem 2)" -w 2 -s 512M
create "pmem, four ways, above that" -t pmem -d "$(window pmem 2)" -w 4 -s 1G
is "$(regions)" 4 "four regions side by side"
succeeds "both readers agree" "$bin/same-snapshot"
refused 4 Conflict "the lowest of a bridge is not deleted first" region delete "${made[0]}"
delete_made
is "$(cxlctl --json region list | json 'map(.region)')" '["region0"]' "the region that was assembled is still there"
plan
