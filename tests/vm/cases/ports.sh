#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports are taken from their drivers in order, and given back: endpoints, a switch, host bridges; with regions and without.
#
# Linux 6.1 keeps what it knew of the memdevs of a bridge, and a bridge is refused there.
#
# In this QEMU a bridge or switch through which a region went keeps its decoder committed, and cannot be probed again; a
# memory device can after a reset of its function. So what is never in a region comes first.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

a=$(root_decoder 32)
a1=$(memdev 0xa1) a2=$(memdev 0xa2)

# The topology in a normal form: endpoints and switches have other numbers when they come back.
topology() {
	cxlctl --json topology | jq -S '
		([.ports[] | {(.port): (if .kind == "endpoint" or .kind == "switch" then .uport else .port end)}] | add) as $name
		| {ports: [.ports[] | del(.decoders_committed) | .port = $name[.port] | .parent = (.parent | $name[. // ""])],
			decoders: [.decoders[] | .decoder = (.decoder | sub("decoder[0-9]*"; "")) | .port = $name[.port]],
			memdevs: [.memdevs[] | .endpoint = (.endpoint | $name[. // ""])], regions: .regions}
		| .ports |= sort_by(.port) | .decoders |= sort_by(.port, .decoder)'
}

port_of() { # DEVICE: the name that its port has now
	cxlctl --json port list | json ".[] | select(.uport == \"$1\").port"
}

bridge_of() { # MEMDEV
	local port
	port=$(cxlctl --json topology | json ".memdevs[] | select(.memdev == \"$1\").endpoint")
	cxlctl --json topology | json "[.ports[] | {(.port): .}] | add as \$p | \"$port\"
		| until(\$p[.].kind == \"bridge\"; \$p[.].parent)"
}

function_of() { # MEMDEV
	basename "$(dirname "$(readlink -f "$cxl_bus/$1")")"
}

sorted() {
	printf '%s\n' "$@" | LC_ALL=C sort | paste -sd ' '
}

unbound() { # what is not bound now, by device
	cxlctl --json port list | json '[.[] | select(.bound | not) | .uport] | sort | join(" ")'
}

# there_and_back DESCRIPTION PORT EXPECTED-UNBOUND: what is unbound then, and that a bind undoes it
there_and_back() {
	local answer uport before
	before=$(topology)
	answer=$(cxlctl --json port unbind "$2" 2>&1)
	is "$? $(json '[.changed, .deleted]' <<<"$answer")" "0 [true,[]]" "$1: unbind $2"
	is "$(unbound)" "$3" "$1: what is unbound then"
	uport=$(json .uport <<<"$answer")
	is "$(cxlctl --json port unbind "$uport" | json .changed)" false "$1: is unbound already"
	answer=$(cxlctl --json port bind "$uport" 2>&1)
	is "$? $(json .changed <<<"$answer")" "0 true" "$1: bind $uport"
	is "$(topology)" "$before" "$1: the topology is as before"
	is "$(cxlctl --json port bind "$uport" | json '[.changed, .port]')" "[false,\"$(port_of "$uport")\"]" "$1: is bound already"
}

start_daemon
is "$(unbound)" "" "every port is bound"
is "$(cxlctl --json port list | json length)" "$(find "$cxl_bus"/ -regex '.*/\(root\|port\|endpoint\)[0-9]+' | wc -l)" "all are listed"

# -- who and what
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups cxlctl "$@"; }
succeeds "another user may look" as_nobody port list
as_nobody --json port unbind "$a1" >/dev/null 2>/tmp/error
is "$? $(json .error </tmp/error)" "6 NotPermitted" "but not unbind"
as_nobody --json port bind "$a1" >/dev/null 2>/tmp/error
is "$? $(json .error </tmp/error)" "6 NotPermitted" "nor bind"
refused 2 InvalidRequest "a root" port unbind root0
for name in port99 endpoint99 mem99 serial=1 pci0000:99 devices 0000:20:00.0 ..; do
	refused 3 NotFound "what is no port: $name" port unbind "$name"
	refused 3 NotFound "what is no port, to bind: $name" port bind "$name"
done
mkdir -p /etc/cxl-regiond
printf '[Access]\nPortGroup=users\n' >/etc/cxl-regiond/cxl-regiond.conf
systemctl restart cxl-regiond
as_member() { setpriv --reuid=nobody --regid=nogroup --groups=users cxlctl "$@"; }
succeeds "a member of PortGroup may unbind" as_member port unbind "$a2"
succeeds "and bind" as_member port bind "$a2"

# -- what was never in a region
endpoint=$(cxlctl --json port list | json ".[] | select(.memdev == \"$a2\").port")
there_and_back "an endpoint by its name" "$endpoint" "$a2"
there_and_back "an endpoint by its memdev" "$a2" "$a2"
there_and_back "an endpoint by PCI address" "$(function_of "$a2")" "$a2"
there_and_back "an endpoint by serial" serial=0xa2 "$a2"
cycles_of() { # PORT N
	local i
	for ((i = 0; i < $2; i++)); do
		cxlctl port unbind "$1" && cxlctl port bind "$1" || return 1
	done
}
bridge_there_and_back() {
	there_and_back "a host bridge" "$bridge" "$all"
	there_and_back "a host bridge by its device" "$device" "$all"
	cxlctl port unbind "$bridge" >/dev/null
	refused 4 Conflict "an endpoint below an unbound bridge" port bind "$b1"
	refused 4 Conflict "a region there" region create -d "$(root_decoder 48)" -s 256M "$b1"
	succeeds "the bridge comes back" cxlctl port bind "$bridge"
	succeeds "a bridge, over and over" cycles_of "$bridge" 5
}

keeps_memdevs() {
	[[ $(uname -r) = 6.1.* ]]
}

bridge_is_refused() {
	refused 4 Conflict "a host bridge" port unbind "$bridge"
	refused 4 Conflict "a host bridge by force" port unbind --force "$device"
	is "$(cxlctl --json port unbind "$bridge" 2>&1 >/dev/null | grep -c 6.12)" 1 "a kernel is named that can do it"
	is "$(unbound)" "" "nothing was unbound"
}

case $VM_TOPOLOGY in
two)
	b1=$(memdev 0xb1) b2=$(memdev 0xb2)
	bridge=$(bridge_of "$b1")
	device=$(basename "$(readlink "$cxl_bus/$bridge/uport")")
	all=$(sorted "$device" "$b1" "$b2")
	if keeps_memdevs; then
		bridge_is_refused
	else
		bridge_there_and_back
	fi
	;;
switch)
	all=$(sorted "$a1" "$a2" "$(memdev 0xa3)" "$(memdev 0xa4)")
	device=$(cxlctl --json port list | json '.[] | select(.kind == "switch").uport')
	there_and_back "a switch" "$(port_of "$device")" "$all"
	there_and_back "a switch by its device" "$device" "$all"
	cxlctl port unbind "$device" >/dev/null
	succeeds "one memdev alone brings the switch back" cxlctl port bind "$a1"
	is "$(port_of "$device" | wc -l)" 1 "it is there"
	succeeds "and the rest follows it" cxlctl port bind "$device"
	is "$(unbound)" "" "all are bound"
	bridge=$(bridge_of "$a1")
	device=$(basename "$(readlink "$cxl_bus/$bridge/uport")")
	there_and_back "the bridge above a switch" "$bridge" "$(sorted "$a1" "$a2" "$(memdev 0xa3)" "$(memdev 0xa4)" "$device")"
	;;
esac
succeeds "an endpoint, over and over" cycles_of "$a2" 10

# -- where a region lives
cxlctl region create -d "$a" -s 256M "$a1" >/dev/null
bridge=$(bridge_of "$a1")
is "$(cxlctl --json port list | json "[.[] | select(.regions == [\"region0\"]) | .kind] | sort | unique | join(\" \")")" \
	"$([ "$VM_TOPOLOGY" = switch ] && echo bridge endpoint root switch || echo bridge endpoint root)" "list tells where it lives"
refused 4 RegionInUse "an endpoint where a region lives" port unbind "$a1"
refused 4 RegionInUse "the bridge above it" port unbind "$bridge"
is "$(cxlctl --json port unbind "$a1" 2>&1 >/dev/null | grep -c 'region0')" 1 "the region is named"
as_member --json port unbind --force "$a1" >/dev/null 2>/tmp/error
is "$? $(json .error </tmp/error)" "6 NotPermitted" "who may not delete regions may not do it by force"
cat /sys/bus/nd/devices/ndbus*/wait_probe >/dev/null
ndctl create-namespace -m fsdax >/dev/null 2>&1
disk=$(ls /sys/bus/nd/devices/*/block/ | grep -m1 '^pmem')
mkfs.ext4 -q -b 4096 "/dev/$disk" && mount "/dev/$disk" /mnt
refused 4 RegionInUse "by force while somebody uses the region" port unbind --force "$a1"
refused 4 RegionInUse "by force at the bridge" port unbind --force "$bridge"
is "$(cxlctl --json port unbind --force "$a1" 2>&1 >/dev/null | grep -c /mnt)" 1 "the user is named"
umount /mnt
ndctl destroy-namespace -f all >/dev/null 2>&1

come_back() { # after a reset: QEMU keeps the decoder committed without one
	echo 1 >"/sys/bus/pci/devices/$(function_of "$a1")/reset" && cxlctl port bind "$a1"
}
is "$(cxlctl --json port unbind --force "$a1" | json '[.uport, .deleted, .changed]')" "[\"$a1\",[\"region0\"],true]" "by force the region goes first"
is "$(regions) $(unbound)" "0 $a1" "region and endpoint are gone"
succeeds "the memdev comes back" come_back
succeeds "and takes a region" cxlctl region create -d "$a" -s 256M "$a1"
succeeds "which can be deleted" cxlctl region delete region0
fine=0
for round in 1 2 3 4 5; do
	cxlctl region create -d "$a" -s 256M "$a1" >/dev/null && cxlctl port unbind -f "$a1" >/dev/null && come_back >/dev/null &&
		[ "$(regions)" = 0 ] && [ "$(unbound)" = "" ] && fine=$round
done
is "$fine" 5 "a region, unbound by force at once, over and over"
is "$(cxlctl --json status | json .damaged)" 0 "nothing is damaged"
rm /etc/cxl-regiond/cxl-regiond.conf
if keeps_memdevs; then
	cxlctl port unbind "$b1" >/dev/null && cxlctl port unbind "$b2" >/dev/null
	bridge=$(port_of "$device")
	echo "$bridge" >/sys/bus/cxl/drivers/cxl_port/unbind
	refused 4 Conflict "to bind a host bridge that was unbound by hand" port bind "$bridge"
	is "$(unbound)" "$all" "nothing was bound"
fi
plan
