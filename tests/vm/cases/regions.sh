#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job on two bridges: regions are made, listed, disabled, enabled and deleted; both readers of the
# topology and the tool of others agree.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

same_as_cxl() { # REGION: cxl list -R tells the same
	local ours theirs fields='{region, resource, size, interleave_ways, interleave_granularity}'
	ours=$(cxlctl --json region list "$1" | json ".[] | $fields")
	theirs=$(cxl list -R -r "$1" | json "if type == \"array\" then .[] else . end | $fields")
	is "$ours" "$theirs" "cxl list -R tells the same of $1"
}

a=$(root_decoder 32)
ab=$(root_decoder 32,48)
before=$(host_state)

start_daemon
is "$(systemctl is-active cxl-regiond)" active "the daemon runs in its unit"
is "$(ps -o user= -p "$(main_pid)")" cxl-regiond "it runs as its own user"
is "$(grep CapEff "/proc/$(main_pid)/status" | cut -f2)" 0000000000000000 "the main process has no capability"
for pid in $(worker_pids); do
	[ "$(grep CapEff "/proc/$pid/status" | cut -f2)" = 0000000000000002 ] || not_ok "worker $pid has CAP_DAC_OVERRIDE alone"
done
succeeds "status" cxlctl status
fix=$(cxlctl --json status | json .kernel_fix)
case $VM_KERNEL in
6.1.*) is "$fix" none "status tells that this kernel has the race" ;;
*) is "$fix" upstream "status tells that this kernel has the fix" ;;
esac
is "$(cxlctl --json status | json '[.version, .regions, .jobs, .damaged, .memdevs]')" '["0.1.0",0,0,0,4]' \
	"status counts"
succeeds "both readers agree without a region" "$bin/same-snapshot"

region=$(cxlctl --json region create -d "$a" -s 256M "$(memdev 0xa1)" | json .region)
is "$(cxlctl --json region list | json '.[] | [.region, .type, .size, .interleave_ways, .state, .origin, .decode_state, .mappings[0].serial]')" \
	"[\"$region\",\"pmem\",268435456,1,\"active\",\"daemon\",\"commit\",161]" "a one-way region"
same_as_cxl "$region"
succeeds "both readers agree on it" "$bin/same-snapshot"
succeeds "disable" cxlctl region disable "$region"
is "$(cxlctl --json region show "$region" | json .state)" disabled "it is disabled"
succeeds "disable again changes nothing" cxlctl region disable "$region"
succeeds "enable" cxlctl region enable "$region"
is "$(cxlctl --json region list | json '.[0].state')" active "it is active again"
succeeds "delete" cxlctl region delete "$region"
is "$(host_state)" "$before" "the host is as before"

region=$(cxlctl --json region create -d "$ab" -s 512M "serial=0xb1" "serial=0xa1" | json .region)
is "$(cxlctl --json region list | json '.[] | [.interleave_ways, .interleave_granularity, [.mappings[].serial]]')" \
	"[2,256,[161,177]]" "a two-way region, its targets put in order"
same_as_cxl "$region"
succeeds "both readers agree on it" "$bin/same-snapshot"
succeeds "topology" cxlctl topology
succeeds "delete all" cxlctl region delete all
is "$(host_state)" "$before" "the host is as before"
is "$(regions)" 0 "no region is left"

region=$(cxlctl --json region create | json '[.region, .size, .interleave_ways]')
is "$region" '["region0",1073741824,1]' "a create without arguments takes the largest region of the first decoder"
generation=$(cxlctl --json region list | json '.[0].generation')
succeeds "delete by generation" cxlctl region delete "region0@$generation"
succeeds "the name is used again" cxlctl region create
refused 3 NotFound "a delete that names the old generation leaves the new region alone" region delete "region0@$generation"
succeeds "delete" cxlctl region delete region0

before_run=$(host_state)
cxlctl region create -d "$ab" -s 512M --dry-run >/tmp/dry-run
is "$(host_state)" "$before_run" "a dry run changes nothing"
is "$(grep -cE 'create_pmem_region|target[01]|commit' /tmp/dry-run)" 4 "a dry run prints the writes"

# What cxl makes is noticed, told apart, and can be deleted.
cxl create-region -d "$a" -m -w 1 -s 256M -t pmem "$(memdev 0xa2)" >/dev/null 2>&1
cat /sys/bus/nd/devices/ndbus0/wait_probe >/dev/null
is "$(cxlctl --json region list | json '[.[].origin]')" '["unknown"]' "a region that cxl made is listed as not ours"
succeeds "and deleted on request" cxlctl region delete all
is "$(host_state)" "$before" "the host is as before"
plan
