#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# cxl is killed: whatever state it leaves, cxlctl repair and, where the region was whole, a delete make the host as before.
#
# usage: cxl-killed.sh                                      at each of its writes
#        cxl-killed.sh STRIDE [create-region|destroy-region]
#                            from its first write to sysfs on at every STRIDE-th system call: 1 takes an hour
. "$(dirname "$(readlink -f "$0")")/lib.sh"

stride=${1:-} only=${2:-}
a=$(root_decoder 32) a1=$(memdev 0xa1)
create_by_cxl=(cxl create-region -d "$a" -m -w 1 -s 256M -t pmem "$a1")

make_nothing() { :; }
make_region() { cxlctl region create -d "$a" -s 256M "$a1" >/dev/null; }

# strace counts each kind of system call by itself: the lines of a trace as "NAME:COUNT", or "end" for what is no call.
calls_of() { # TRACE
	awk '{ sub(/^[0-9]+ +/, ""); sub(/[(].*/, ""); count[$0]++
		print /^[a-z0-9_]+$/ ? $0 ":" count[$0] : "end" }' "$1"
}

killed() { # CALL COMMAND...: 0 when it was killed at the entry of that system call
	local name=${1%:*} count=${1#*:}
	shift
	{ strace -f -qq -o /dev/null -e "trace=$name" -e "inject=$name:signal=SIGKILL:when=$count" "$@" >/dev/null; } >/dev/null 2>&1
	[ $? = 137 ]
}

clean_up() { # WHAT: after a kill
	local status
	cxlctl repair >/tmp/repair.out 2>&1
	status=$?
	if [ $status = 0 ] && [ "$(regions)" != 0 ]; then
		cxlctl region delete all >>/tmp/repair.out 2>&1
		status=$?
	fi
	[ $status != 0 ] || [ "$(host_state)" != "$before" ] || return 0
	not_ok "$1" "exit status $status"$'\n'"$(cat /tmp/repair.out)"$'\n'"$(host_state)"
	return 1
}

# kill_series MAKE FIRST CALLS STRIDE COMMAND...: of these system calls, FIRST is what the first that counts looks like.
kill_series() {
	local make=$1 first=$2 calls=$3 stride=$4 all n call rounds=0 kills=0 good=0 name state
	shift 4
	name="${*:1:2}"
	$make
	strace -f -qq -o /tmp/calls -e "trace=$calls" "$@" >/dev/null 2>&1
	clean_up "$name, not killed"
	mapfile -t all < <(calls_of /tmp/calls)
	for ((n = $(grep -nm1 -E "$first" /tmp/calls | cut -d: -f1) - 1; n < ${#all[@]}; n += stride)); do
		call=${all[n]}
		[ "$call" != end ] || break
		$make
		rounds=$((rounds + 1))
		killed "$call" "$@" && kills=$((kills + 1)) # its calls are not quite the same each time
		state=$(host_state)
		echo "${state//$'\n'/;}" >>/tmp/states
		clean_up "$name, killed at $call" && good=$((good + 1))
	done
	succeeds "$name: there is something to kill ($kills)" test $kills -ge 5
	is "$good of $rounds" "$rounds of $rounds" "$name: killed $kills times ($calls, every $stride.), and cleaned up each time"
}

start_daemon
mkdir -p /etc/cxl-regiond
printf '[Daemon]\nRepairWaitSec=0\n' >/etc/cxl-regiond/cxl-regiond.conf
systemctl restart cxl-regiond
# Without udev cxl's number of system calls is the same each time: it does not wait for udev's queue.
systemctl stop systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd.service 2>/dev/null
before=$(host_state)

if [ -z "$stride" ]; then
	kill_series make_nothing '"region0' write 1 "${create_by_cxl[@]}"
	kill_series make_region '"region0' write 1 cxl destroy-region -f region0
fi
if [ -n "$stride" ] && [ "$only" != destroy-region ]; then
	kill_series make_nothing 'create_pmem_region.*O_WRONLY' all "$stride" "${create_by_cxl[@]}"
fi
if [ -n "$stride" ] && [ "$only" != create-region ]; then
	kill_series make_region 'driver/unbind.*O_WRONLY' all "$stride" cxl destroy-region -f region0
fi
states=$(sed -E 's/(region[0-9]+) [0-9]+/\1/g; s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/uuid/g' /tmp/states | sort -u | wc -l)
ok "the kills left $states different states"
systemctl start systemd-udevd.service
rm /etc/cxl-regiond/cxl-regiond.conf
plan
