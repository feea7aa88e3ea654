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

# -- a card that is taken out, and put back
slot=$(dirname "$(readlink -f "/sys/bus/pci/devices/$function")")
since=$(date +%s.%N)
echo 1 >"/sys/bus/pci/devices/$function/remove"
told_within_a_second "$since" "a card that is taken out is told of" "$a2 .$function. lost its driver"
succeeds "it is no problem of the host" wait_for 5 no_problems
echo 1 >"$slot/rescan"
is_back() { a2=$(memdev 0xa2) && [ "$(cxlctl --json topology | json ".memdevs[] | select(.memdev == \"$a2\").bound")" = true ]; }
succeeds "put back, it is there" wait_for 10 is_back

# -- jobs are not told of as losses, nor as other programs; and what is lost beside them is told as soon
lines() { journal | grep -cE 'lost its driver|written by another'; }
count=$(lines)
touch /tmp/work
# One of them may fail: it may not be able to look at a host that changes meanwhile. That is not what this is about.
while [ -e /tmp/work ]; do "$bin/daemon-cycle" "$a" "$a1" 256M 10; done >/dev/null 2>&1 &
work=$!
ended() { journal | grep -c 'delete region0 for uid 0: done'; }
some_ended() { [ "$(ended)" -gt 5 ]; }
succeeds "jobs are at work" wait_for 10 some_ended
is "$(lines)" "$count" "they make no such line"
before=$(ended)
unbind "$b1" $drivers/cxl_mem
told_within_a_second "$since" "a memory device that loses its driver beside jobs is told of" "$b1 .*lost its driver"
more_ended() { [ "$(ended)" -gt $((before + 5)) ]; }
succeeds "while they go on" wait_for 10 more_ended
rm /tmp/work
wait $work
[ "$(regions)" = 0 ] || cxlctl region delete all >/dev/null
echo "$b1" >$drivers/cxl_mem/bind
succeeds "bound again, it is well" wait_for 10 no_problems
read -rt 2 <> <(:) || :
is "$(lines)" $((count + 1)) "all of them together made no line but that one"

# -- another program writes
decoder=$(basename "$(echo "$cxl_bus/$(cxlctl --json topology | json ".memdevs[] | select(.memdev == \"$b1\") | .endpoint")"/decoder[0-9]*)")
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
