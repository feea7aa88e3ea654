#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens on the host without us is told: ports that lose their drivers, at once, also beside jobs; what other
# programs write. And nothing is told that did not happen.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

a=$(root_decoder 32)
a1=$(memdev 0xa1) a2=$(memdev 0xa2) b1=$(memdev 0xb1)
function=$(basename "$(dirname "$(readlink -f "$cxl_bus/$a2")")")
drivers=/sys/bus/cxl/drivers

journal() {
	journalctl -q -u cxl-regiond -o short-unix
}

problems() {
	cxlctl --json status | json '.problems[]'
}

problem() { # REGEX: status tells of it
	problems | grep -Eq "$1"
}

no_problem() {
	! problem "$1"
}

no_problems() {
	[ -z "$(problems)" ]
}

# told_within_a_second SINCE DESCRIPTION REGEX: the first such line of the log since then
told_within_a_second() {
	local since=$1 description=$2 regex=$3 when
	told() { when=$(journal | awk -v since="$since" -v regex="$regex" '$1 >= since && $0 ~ regex { print $1; exit }') && [ "$when" ]; }
	if ! wait_for 5 told; then
		not_ok "$description" "$(journal | tail -5)"
	elif awk "BEGIN { exit !($when - $since < 1) }"; then
		ok "$description, after $(awk "BEGIN { printf \"%.0f\", ($when - $since) * 1000 }") ms"
	else
		not_ok "$description" "since $since, told at $when"
	fi
}

unbind() { # NAME DRIVER-DIRECTORY; sets since
	since=$(date +%s.%N)
	echo "$1" >"$2/unbind"
}

start_daemon
succeeds "the daemon has looked" wait_for 10 no_problems

# -- a memory device, by its driver and by its endpoint's
unbind "$a2" $drivers/cxl_mem
told_within_a_second "$since" "a memory device that loses its driver is told of" "$a2 .$function. lost its driver"
succeeds "status tells of it" problem "^$a2 \($function\) lost its driver [0-9]+ s ago\.$"
succeeds "and of nothing else" no_problem "^($a1|$b1|pci|ACPI|root)"
echo "$a2" >$drivers/cxl_mem/bind
succeeds "bound again, it is well" wait_for 5 no_problems

endpoint=$(cxlctl --json topology | json ".memdevs[] | select(.memdev == \"$a2\") | .endpoint")
unbind "$endpoint" $drivers/cxl_port
told_within_a_second "$since" "so is one whose endpoint loses its driver" "$a2 .$function. lost its driver"
[ -e "$drivers/cxl_mem/$a2" ] || echo "$a2" >$drivers/cxl_mem/bind
succeeds "bound again, it is well" wait_for 5 no_problems

# -- its PCI function: it may come back under another name
unbind "$function" /sys/bus/pci/drivers/cxl_pci
told_within_a_second "$since" "and one whose PCI function loses its driver" "$a2 .$function. lost its driver"
succeeds "status tells of it" problem "^$a2 \($function\) lost its driver"
echo "$function" >/sys/bus/pci/drivers/cxl_pci/bind
succeeds "bound again, it is well" wait_for 5 no_problems
a2=$(memdev 0xa2)

# -- jobs are not told of as losses, nor as other programs; and what is lost beside them is told as soon
lines() { journal | grep -cE 'lost its driver|written by another'; }
count=$(lines)
"$bin/daemon-cycle" "$a" "$a1" 256M 40 >/tmp/cycles 2>&1 &
cycles=$!
wait_for 10 grep -rq . /run/cxl-regiond/jobs
is "$(lines)" "$count" "jobs make no such line"
unbind "$b1" $drivers/cxl_mem
told_within_a_second "$since" "a memory device that loses its driver beside jobs is told of" "$b1 .*lost its driver"
kill -0 $cycles 2>/dev/null && ok "while they run" || not_ok "while they run" "$(cat /tmp/cycles)"
echo "$b1" >$drivers/cxl_mem/bind
wait $cycles
is $? 0 "which nobody disturbed"
succeeds "bound again, it is well" wait_for 10 no_problems
read -rt 2 <> <(:) || :
is "$(lines)" $((count + 1)) "all of them together made no line but that one"

# -- another program writes
decoder=$(basename "$(echo "$cxl_bus/$(cxlctl --json topology | json ".memdevs[] | select(.memdev == \"$b1\") | .endpoint")"/decoder*)")
since=$(date +%s.%N)
echo pmem >"$cxl_bus/$decoder/mode"
echo 0x10000000 >"$cxl_bus/$decoder/dpa_size"
told_within_a_second "$since" "another program's write is told of" "$decoder's (mode|dpa_size) was written by another program"
succeeds "status tells of it" wait_for 5 problem "^$decoder's dpa_size was written by another program [0-9]+ s ago\.$"
echo 0 >"$cxl_bus/$decoder/dpa_size"
for file in "$cxl_bus"/decoder*/uevent; do echo change >"$file"; done
read -rt 2 <> <(:) || :
is "$(problems | grep -c 'another program')" 1 "what udevadm trigger writes is not"
is "$(journal | grep -c 'written by another program')" 1 "and the log has one line of it"

plan
