#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Workers while memory runs out: one allocation of a create and one of a delete fails, each in its turn. Afterwards
# the region is whole, or the host is as it was; and the next request is served.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

samples=24
control=/run/memory.control
socket=/run/memory/socket
faults=

# control_write PID FAIL_AT: fail-malloc.c's struct control, with nothing failed yet
control_write() {
	local number i byte text=
	for number in "$1" "$2" 0 0; do
		for i in 0 8 16 24 32 40 48 56; do
			printf -v byte '\\x%02x' $((number >> i & 255))
			text+=$byte
		done
	done
	# shellcheck disable=SC2059
	printf "$text" 1<>"$control"
}

control_read() { # INDEX
	od -An -td8 -j$(($1 * 8)) -N8 "$control" | tr -d ' '
}

ask() { cxlctl --socket "$socket" --json region "$@"; }

is_quiet() { # for longer than the daemon waits with a look of its own after the last change
	local left
	left=$(control_read 1)
	read -rt 0.4 <> <(:)
	[ "$(control_read 1)" = "$left" ]
}

# What the last job changed has been looked at: no look of the daemon's own falls into the next job.
come_to_rest() {
	cxlctl --socket "$socket" status >/dev/null
	control_write -1 1000000
	wait_for 20 is_quiet
}

# failing N CXLCTL-ARGUMENT...: while the N-th allocation of the workers fails. What is printed goes to $told.
failing() {
	local status n=$1
	shift
	come_to_rest
	control_write -1 "$n"
	told=$(ask "$@" 2>&1 >/dev/null)
	status=$?
	control_write 0 0
	return $status
}

fault() { # WHAT
	faults+="allocation $n: $1; told: $told"$'\n'
}

# An error is complete, and what it says of the host is so.
check_error() { # EXPECTED-STATE: what "unchanged" and "undone" mean
	jq -e '.error and (.message | length > 10) and (.remedy | length > 5)' <<<"$told" >/dev/null || fault "no such error"
	case $(json .outcome <<<"$told") in
	unchanged | undone) [ "$(host_state)" = "$1" ] || fault "not as before: $(host_state)" ;;
	esac
}

try_create() {
	if failing "$n" create; then
		created=$((created + 1))
	else
		refused_creates=$((refused_creates + 1))
		check_error "$before"
	fi
	case "$(regions) $(host_state)" in
	"0 $before") ask create >/dev/null 2>&1 || fault "the next create fails" ;;
	"1 "*" 1 "*" bound") ;;
	*) fault "half a region: $(host_state)" ;;
	esac
}

try_delete() {
	local with_region
	with_region=$(host_state)
	if ! failing "$n" delete all; then
		refused_deletes=$((refused_deletes + 1))
		check_error "$with_region"
		[ "$(regions)" = 0 ] || ask delete all >/dev/null 2>&1 || fault "the next delete fails"
	fi
	[ "$(host_state)" = "$before" ] || fault "not as before: $(host_state)"
}

before=$(host_state)
head -c 40 /dev/zero >"$control"
env LD_PRELOAD="$bin/fail-malloc.so" FAIL_MALLOC_CONTROL="$control" FAIL_MALLOC_PROGRAM=cxl-regiond-worker \
	/usr/sbin/cxl-regiond --socket "$socket" 2>/tmp/memory.log &
daemon=$!
succeeds "the daemon starts" wait_for 20 test -S "$socket"
ask create >/dev/null && ask delete all >/dev/null

come_to_rest
control_write -1 1000000
ask create >/dev/null
n_create=$((1000000 - $(control_read 1)))
come_to_rest
control_write -1 1000000
ask delete all >/dev/null
n_delete=$((1000000 - $(control_read 1)))
control_write 0 0
succeeds "a create takes $n_create allocations in the workers, and a delete $n_delete" test "$n_create" -gt 50

last=$n_create
step=$(((last + samples - 1) / samples))
created=0 refused_creates=0 refused_deletes=0
for ((n = 1; n <= last; n += step)); do
	try_create
	try_delete
done
is "$faults" "" "each leaves a whole region or the host as before"
succeeds "$refused_creates creates and $refused_deletes deletes were refused, $created creates done all the same" \
	test $((refused_creates > 12 && refused_deletes > 12)) = 1
succeeds "it is the same daemon" kill -0 $daemon
succeeds "create" ask create
succeeds "delete" ask delete all
is "$(host_state)" "$before" "the host is as before"
kill $daemon
wait $daemon
is $? 0 "it stops in order"
[ $tap_failed = 0 ] || tail -n 20 /tmp/memory.log | sed 's/^/# /'
plan
