#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What no job owns: made by hand, by cxl beside us, and by devices that go away. Each state is told, repaired, and gone
# without a trace; what is committed is left alone. (cxl-killed.sh: what cxl leaves when it is killed.)
. "$(dirname "$(readlink -f "$0")")/lib.sh"

mib256=$((256 << 20))
a=$(root_decoder 32) ab=$(root_decoder 32,48)
a1=$(memdev 0xa1) b1=$(memdev 0xb1)

put() { # VALUE OBJECT/ATTRIBUTE
	echo "$1" >"$cxl_bus/$2"
}

wait_setting() { # SECONDS
	mkdir -p /etc/cxl-regiond
	printf '[Daemon]\nRepairWaitSec=%s\n' "$1" >/etc/cxl-regiond/cxl-regiond.conf
	systemctl restart cxl-regiond
}

findings() { # what a dry run finds, with the region's name
	cxlctl --json repair --dry-run | json '[.[] | [.kind, .object]]'
}

damaged() {
	cxlctl --json status | json .damaged
}

# repaired DESCRIPTION FINDINGS: a dry run finds that and changes nothing, a repair leaves the host as before.
repaired() {
	local dirty
	dirty=$(host_state)
	is "$(findings)" "$2" "$1: is found"
	is "$(damaged) $(host_state)" "$(jq length <<<"$2") $dirty" "$1: status counts it, and a dry run changes nothing"
	succeeds "$1: is repaired" cxlctl repair
	is "$(host_state)" "$before" "$1: the host is as before"
}

# -- by hand: a two-way region, built up to one step
build_steps=(claim granularity ways uuid size dpa0 target0 dpa1 target1 reset)

build() { # STEP: up to that one; sets raw
	local step decoders
	decoders=("$(decoder "$a1")" "$(decoder "$b1")")
	raw=$(cat "$cxl_bus/$ab/create_pmem_region")
	for step in "${build_steps[@]}"; do
		case $step in
		claim) put "$raw" "$ab/create_pmem_region" ;;
		granularity) put 256 "$raw/interleave_granularity" ;;
		ways) put 2 "$raw/interleave_ways" ;;
		uuid) put 11111111-2222-3333-4444-555555555555 "$raw/uuid" ;;
		size) put $((2 * mib256)) "$raw/size" ;;
		dpa?)
			put pmem "${decoders[${step#dpa}]}/mode"
			put $mib256 "${decoders[${step#dpa}]}/dpa_size"
			;;
		target?) put "${decoders[${step#target}]}" "$raw/$step" ;;
		reset) put 1 "$raw/commit" && put 0 "$raw/commit" ;;
		esac
		[ "$step" != "$1" ] || return
	done
}

expected() { # STEP: what is found after it
	case $1 in
	claim | granularity | ways | uuid) echo "[[\"half_built\",\"$raw\"]]" ;;
	size) echo "[[\"ghost\",\"$raw\"]]" ;;
	dpa0) echo "[[\"ghost\",\"$raw\"],[\"stray_dpa\",\"$(decoder "$a1")\"]]" ;;
	target0) echo "[[\"targets_gone\",\"$raw\"]]" ;;
	dpa1) echo "[[\"targets_gone\",\"$raw\"],[\"stray_dpa\",\"$(decoder "$b1")\"]]" ;;
	target1 | reset) echo "[[\"half_built\",\"$raw\"]]" ;;
	esac
}

start_daemon
wait_setting 0
before=$(host_state)
is "$(cxlctl repair)" "Nothing to repair." "a sound host"
for step in "${build_steps[@]}"; do
	build "$step"
	repaired "a region left behind after: $step" "$(expected "$step")"
done

put pmem "$(decoder "$a1")/mode" && put $mib256 "$(decoder "$a1")/dpa_size"
repaired "DPA outside any region" "[[\"stray_dpa\",\"$(decoder "$a1")\"]]"
cxlctl region create -d "$a" -s 256M "$a1" >/dev/null
cxlctl region disable region0 >/dev/null
put region0 "$a/delete_region"
repaired "DPA that a raw delete left" "[[\"stray_dpa\",\"$(decoder "$a1")\"]]"

# -- what is whole is not touched
cxlctl region create -d "$a" -s 256M "$a1" >/dev/null
whole=$(host_state)
is "$(cxlctl repair) $(damaged)" "Nothing to repair. 0" "an active region is nothing to repair"
cxlctl region disable region0 >/dev/null
disabled=$(host_state)
is "$(findings) $(damaged)" '[["disabled","region0"]] 0' "a disabled region is told, and not counted"
succeeds "repair beside a disabled region" cxlctl repair
is "$(host_state)" "$disabled" "a disabled region is left alone"
cxlctl region enable region0 >/dev/null
is "$(host_state)" "$whole" "and can be enabled"
put pmem "$(decoder "$b1")/mode" && put $mib256 "$(decoder "$b1")/dpa_size"
succeeds "repair beside an active region" cxlctl repair
is "$(host_state)" "$whole" "only what is damaged was touched"
cxlctl region delete all >/dev/null

# -- who may
build size
setpriv --reuid=nobody --regid=nogroup --clear-groups cxlctl --json repair >/dev/null 2>/tmp/error
is "$? $(json .error </tmp/error)" "6 NotPermitted" "another user may not repair"
is "$(setpriv --reuid=nobody --regid=nogroup --clear-groups cxlctl --json repair --dry-run | json '.[0].kind')" ghost \
	"but may look"
cxlctl repair >/dev/null

# -- what is being built right now is left alone
wait_setting 2
build ways
(
	sleep 1 # between the two looks, which are 2 s apart
	put 11111111-2222-3333-4444-555555555555 "$raw/uuid"
) &
cxlctl --json repair >/tmp/repair.out
is "$? $(json '[.[] | [.object, .outcome]]' </tmp/repair.out)" "4 [[\"$raw\",\"left\"]]" \
	"a region that changes between two looks is left alone: $(json '.[0].remedy' </tmp/repair.out)"
wait $!
succeeds "when it holds still, it is repaired" cxlctl repair
is "$(host_state)" "$before" "the host is as before"
wait_setting 0

# -- cxl beside us
create_by_cxl=(cxl create-region -d "$a" -m -w 1 -s 256M -t pmem "$a1")
"${create_by_cxl[@]}" >/dev/null 2>&1
cat /sys/bus/nd/devices/ndbus*/wait_probe >/dev/null
is "$(cxlctl --json region list | json '[.[] | [.region, .origin, .state]]')" '[["region0","unknown","active"]]' \
	"a region that cxl made is noticed"
refused 4 NoCapacity "and not overwritten" region create -d "$a" -s 256M "$a1"
generation=$(cxlctl --json region list | json '.[0].generation')
cxl destroy-region -f region0 >/dev/null 2>&1
is "$(cxlctl --json region list | json length)" 0 "one that cxl destroyed is gone"
refused 3 NotFound "and named as gone" region delete "region0@$generation"

for round in 1 2 3 4 5; do
	"${create_by_cxl[@]}" >/tmp/cxl.out 2>&1 &
	theirs=$!
	# cxl looks around for a while before it writes: begin at different times.
	read -rt "$(printf '0.%02d' $((round * 4)))" <> <(:) || :
	cxlctl region create -d "$a" -s 256M "$a1" >/tmp/cxlctl.out 2>&1
	ours=$?
	wait $theirs
	theirs=$?
	cat /sys/bus/nd/devices/ndbus*/wait_probe >/dev/null
	origin=unknown
	[ $ours != 0 ] || origin=daemon
	is "$(cxlctl --json region list | json '[.[] | select(.state == "active") | .origin]')" "[\"$origin\"]" \
		"round $round: of cxl and cxlctl ($ours) on one memdev, one wins, and cxlctl knows ($theirs: $(tail -n 1 /tmp/cxl.out))"
	cxlctl repair >/dev/null
	succeeds "round $round: what won can be deleted" cxlctl region delete all
	is "$(host_state)" "$before" "round $round: nothing leaks"
done

# -- devices that go away from under a region of cxl's: one of ours would be deleted without a repair. In this QEMU a device
#    that was in a region comes back after a reset of its function alone.
bring_back() { # MEMDEV-FUNCTION
	echo "$1" >/sys/bus/pci/drivers/cxl_pci/unbind
	echo 1 >"/sys/bus/pci/devices/$1/reset"
	echo "$1" >/sys/bus/pci/drivers/cxl_pci/bind
}

function_of() { # MEMDEV
	basename "$(dirname "$(readlink -f "$cxl_bus/$1")")"
}

unbind_endpoint() { # MEMDEV
	cat /sys/bus/nd/devices/ndbus*/wait_probe >/dev/null
	endpoint "$1" >/sys/bus/cxl/drivers/cxl_port/unbind
}

functions=("$(function_of "$a1")" "$(function_of "$b1")")
succeeds "cxl makes a region of two" cxl create-region -d "$ab" -m -w 2 -s 512M -t pmem "$a1" "$b1"
unbind_endpoint "$b1"
is "$(findings | json '.[0][0]')" targets_gone "a region that lost one of its targets is found"
cxlctl repair >/tmp/repair.out
is "$? $(regions) $(damaged)" "0 0 0" "and repaired: $(head -n 2 /tmp/repair.out | tail -n 1)"
succeeds "cxl makes a region of one" "${create_by_cxl[@]}"
unbind_endpoint "$a1"
is "$(findings | json '.[0][0]')" ghost "a region that lost all its targets is found"
cxlctl repair >/tmp/repair.out
is "$? $(regions) $(damaged)" "0 0 0" "and repaired: $(head -n 2 /tmp/repair.out | tail -n 1)"
for function in "${functions[@]}"; do bring_back "$function"; done
returned() { [ -n "$(endpoint "$(memdev 0xa1)")" ] && [ -n "$(endpoint "$(memdev 0xb1)")" ]; }
succeeds "the devices come back" wait_for 20 returned
is "$(cxlctl repair)" "Nothing to repair." "nothing is left of it"
succeeds "and can be used again" cxlctl region create -d "$ab" -s 512M serial=0xa1 serial=0xb1
succeeds "delete" cxlctl region delete all
rm /etc/cxl-regiond/cxl-regiond.conf
plan
