#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The livepatch on the stock 6.1: it refuses a kernel that it does not know, and holds against the races until it is
# unloaded. That the races are there without it is livepatch-control's to show.
#
# usage: livepatch.sh [REGIONS [UNBINDS]]    raced; 10000 and 100
. "$(dirname "$(readlink -f "$0")")/lib.sh"
exec 3>&1

raced=${1:-10000} unbinds=${2:-100}
events=/sys/kernel/tracing/kprobe_events
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null

insert_error() { # what insmod says
	insmod "$bin/$livepatch.ko" 2>&1 | sed 's/.*: //'
}

refuses() { # FUNCTION: changed by one instruction, which a probe replaces
	echo "p:changed $1+5" >$events && echo 1 >/sys/kernel/tracing/events/kprobes/changed/enable
	is "$(insert_error)" "No such device" "with another $1 it is not loaded"
	is "$(dmesg | grep -c "$livepatch: the code of $1 is another one")" 1 "and the log names $1"
	echo 0 >/sys/kernel/tracing/events/kprobes/changed/enable
	echo >$events
}

for function in delete_region_store create_pmem_region_store unregister_region devm_action_release devm_cxl_add_port; do
	refuses "$function"
done
is "$(ls /sys/kernel/livepatch)" "" "nothing was replaced"

start_daemon
is "$(cxlctl --json status | json .kernel_fix)" none "status tells that this kernel has the race"
succeeds "create" cxlctl region create
succeeds "on the kernel as it is, it is loaded" livepatch_load
is "$(cxlctl --json status | json .kernel_fix)" livepatch "status tells that it is there"
succeeds "delete the region that was there before" cxlctl region delete all
succeeds "create" cxlctl region create
succeeds "delete" cxlctl region delete all
systemctl stop cxl-regiond.socket cxl-regiond

succeeds "$raced regions, each deleted by one of four writers" race delete $((raced / 2))
succeeds "creates and deletes beside $unbinds rounds of unbind and bind" race unbind-bare "$unbinds"
is "$(race_warnings)" 0 "no WARN"

root=$(dirname "$cxl_bus"/decoder*/create_pmem_region)
name=$(cat "$root/create_pmem_region")
echo "$name" >"$root/create_pmem_region"
succeeds "it is disabled and unloaded" livepatch_unload
fails "and gone" grep -q "^$livepatch " /proc/modules
succeeds "a region that was there before can be deleted" eval 'printf %s "$name" >"$root/delete_region"'

# what Secure Boot does to the kernel
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
echo integrity >/sys/kernel/security/lockdown
is "$(insert_error)" "Operation not permitted" "unsigned, it is not loaded into a kernel that is locked down"
plan
