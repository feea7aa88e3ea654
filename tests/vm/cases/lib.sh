# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the cases share: they run in the guest, as root, with the daemon installed, and print TAP.

bin=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/bin
cxl_bus=/sys/bus/cxl/devices
tap_count=0
tap_failed=0

ok() {
	echo "ok $((++tap_count)) - $1"
}

not_ok() {
	echo "not ok $((++tap_count)) - $1"
	tap_failed=1
	[ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/#   /'
}

# is ACTUAL EXPECTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3" "expected: $2"$'\n'"but was:  $1"; fi
}

# succeeds DESCRIPTION COMMAND...: its output is shown only when it fails.
succeeds() {
	local description=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ $status = 0 ]; then ok "$description"; else not_ok "$description" "exit status $status of: $*"$'\n'"$output"; fi
}

fails() { # DESCRIPTION COMMAND...
	local description=$1
	shift
	if "$@" >/dev/null 2>&1; then not_ok "$description" "exit status 0 of: $*"; else ok "$description"; fi
}

plan() {
	echo "1..$tap_count"
	exit $tap_failed
}

# json FILTER: what jq makes of the document on standard input, strings bare. In an emulated host it takes half a second.
json() {
	jq -rc "$1"
}

# refused STATUS ERROR DESCRIPTION CXLCTL-ARGUMENT...
#
# The command fails with that exit status and error, with a sentence and a remedy, and the host stays as it was.
refused() {
	local status=$1 error=$2 description=$3 before after output got message
	shift 3
	before=$(host_state)
	output=$(cxlctl --json "$@" 2>&1 >/dev/null)
	got=$?
	after=$(host_state)
	if [ $got != "$status" ]; then
		not_ok "$description" "exit status $got, not $status, of: cxlctl $*"$'\n'"$output"
	elif ! message=$(jq -re "if .error == \"$error\" and (.message | length > 10) and (.remedy | length > 5) and
		.outcome == \"unchanged\" then .message else null end" <<<"$output" 2>&1); then
		not_ok "$description" "not such an error $error: $output"
	elif [ "$before" != "$after" ]; then
		not_ok "$description" "the host is not as before:"$'\n'"$before"$'\n--\n'"$after"
	else
		ok "$description: $message"
	fi
}

# value_of FILE: sets value, to nothing where the file cannot be read. A substitution would cost a process.
value_of() {
	value=
	{ read -r value <"$1"; } 2>/dev/null
}

# object_with NAME/ATTRIBUTE VALUE: the objects of that pattern that have it
object_with() {
	local file value object
	for file in "$cxl_bus"/$1; do
		value_of "$file"
		object=${file%/*}
		[ "$value" != "$2" ] || echo "${object##*/}"
	done
}

memdev() { # SERIAL: the name of a memdev
	object_with 'mem*/serial' "$1"
}

root_decoder() { # TARGET-LIST: the root decoder of a window, by the ids of its bridges
	object_with 'decoder0.*/target_list' "$1"
}

endpoint() { # MEMDEV: its port, nothing when it has none
	local uport
	for uport in "$cxl_bus"/endpoint*/uport; do
		[ "$uport" -ef "$cxl_bus/$1" ] || continue
		uport=${uport%/uport}
		echo "${uport##*/}"
	done
}

decoder() { # MEMDEV: those of its endpoint
	local port decoder
	port=$(endpoint "$1")
	[ -n "$port" ] || return
	for decoder in "$cxl_bus/$port"/decoder[0-9]*; do echo "${decoder##*/}"; done
}

# inode_of DIRECTORY: sets value; stat(1) would cost a process.
inode_of() {
	local name fd
	value=
	exec {fd}<"$1" || return
	while read -r name value; do
		[ "$name" != ino: ] || break
	done <"/proc/self/fdinfo/$fd"
	exec {fd}<&-
}

# The host in a normal form: no undo brings back the mode of a decoder without DPA, nor what decoders below a
# root keep of regions that are gone.
host_state() {
	local decoder region file value line
	for decoder in "$cxl_bus"/decoder*; do
		[ -e "$decoder/dpa_size" ] || continue
		line=${decoder##*/}
		value_of "$decoder/dpa_size"
		line+=" dpa_size=$value"
		if ((value != 0)); then
			value_of "$decoder/mode"
			line+=" mode=$value"
			value_of "$decoder/dpa_resource"
			line+=" dpa=$value"
		fi
		value_of "$decoder/region"
		echo "$line region=$value"
	done
	for region in "$cxl_bus"/region*; do
		[ -d "$region" ] || continue
		inode_of "$region"
		line="${region##*/} $value"
		for file in size uuid commit interleave_ways interleave_granularity target0 target1; do
			[ -e "$region/$file" ] || continue
			value_of "$region/$file"
			line+=" $value"
		done
		[ ! -e "$region/driver" ] || line+=' bound'
		echo "$line"
	done
}

regions() { # how many there are
	local region n=0
	for region in "$cxl_bus"/region*; do
		[ ! -d "$region" ] || n=$((n + 1))
	done
	echo $n
}

start_daemon() {
	systemctl start cxl-regiond.socket cxl-regiond.service
}

main_pid() {
	systemctl show -P MainPID cxl-regiond
}

worker_pids() {
	pgrep -f '^/usr/libexec/cxl-regiond-worker'
}

exec {nothing}<> <(:) # whoever reads from it waits, and needs no process for it

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -rt 0.1 -u "$nothing" || :
	done
}

tracers=()

is_traced() { # PID
	local name tracer=0
	while read -r name tracer; do
		[ "$name" != TracerPid: ] || break
	done <"/proc/$1/status"
	[ "$tracer" != 0 ]
}

# hold_writes N SECONDS: each worker is held for so long before its N-th write to sysfs from now on. Workers
# answer main by sendmsg or sendto, so that write(2) is sysfs alone.
hold_writes() {
	local pid pids arguments=()
	mapfile -t pids < <(worker_pids)
	for pid in "${pids[@]}"; do arguments+=(-p "$pid"); done
	strace -qq -o /tmp/strace.out -e trace=write -e "inject=write:delay_enter=$(($2 * 1000000)):when=$1" "${arguments[@]}" \
		2>/tmp/strace.problems &
	tracers+=($!)
	for pid in "${pids[@]}"; do wait_for 10 is_traced "$pid"; done
}

release_writes() {
	local pid
	for pid in "${tracers[@]}"; do
		# One whose workers were killed has ended already.
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	tracers=()
}

# The number of the write by which a create that is planned from these arguments makes a step.
write_number() { # STEP CXLCTL-ARGUMENT...
	local step=$1
	shift
	cxlctl --json region create --dry-run "$@" | json "[.steps[].step] | index(\"$step\") + 1"
}

livepatch=livepatch_cxl_region_delete
livepatch_state=/sys/kernel/livepatch/$livepatch

livepatch_is_active() {
	[ "$(cat $livepatch_state/enabled)$(cat $livepatch_state/transition)" = 10 ]
}

livepatch_load() { # it holds when insmod returns; the kernel tells so a little later
	insmod "$bin/$livepatch.ko" && wait_for 5 livepatch_is_active
}

livepatch_unload() {
	echo 0 >$livepatch_state/enabled && wait_for 60 test ! -e $livepatch_state && rmmod $livepatch
}

race() { # GAME ROUNDS: shows what came of it where the case has opened 3
	"$bin/race" "$@" | sed 's/^/# /' >&3
	return "${PIPESTATUS[0]}"
}

race_warnings() { # how often a delete that came too late was not told so
	dmesg | grep -c 'WARNING: .* devm_release_action'
}
