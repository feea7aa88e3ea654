#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Other hosts than two bridges: one, four, a switch, none; each has its largest region, side by side where it can.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
succeeds "both readers agree" "$bin/same-snapshot"
before=$(host_state)
create() { # DESCRIPTION CXLCTL-ARGUMENT...
	local description=$1
	shift
	succeeds "$description" cxlctl region create "$@"
}

case $VM_TOPOLOGY in
none)
	is "$(cxlctl --json status | json '[.regions, .memdevs, .damaged, .ready]')" '[0,0,0,true]' "the daemon runs on a host without CXL"
	refused 4 NoCapacity "a region where there is no CXL" region create
	;;
one)
	create "the only memdev"
	;;
four)
	for bridge in 32 48 64 80; do create "one way below bridge $bridge" -d "$(root_decoder $bridge)" -s 256M; done
	is "$(regions)" 4 "four regions side by side"
	succeeds "delete all" cxlctl region delete all
	create "four ways" -d "$(root_decoder 32,48,64,80)" -s 1G
	succeeds "delete" cxlctl region delete all
	create "eight ways, two below each bridge" -d "$(root_decoder 32,48,64,80)" -w 8 -s 2G
	;;
switch)
	create "two ways behind a switch" -w 2 -s 512M
	succeeds "delete" cxlctl region delete all
	create "four ways behind a switch" -w 4 -g 1024
	;;
esac
succeeds "both readers agree" "$bin/same-snapshot"
succeeds "delete all" cxlctl region delete all
is "$(host_state)" "$before" "the host is as before"
plan
