# SPDX-License-Identifier: GPL-2.0-only
#
# What test-race and test share. They set $here and $logs.

vm=$here/../tests/vm/vm
passed=0 failed=0

# logs_prepare DIR: where kernel logs and outputs go; for a while, if DIR is empty
logs_prepare() {
	if [ -n "$1" ]; then
		mkdir -p "$1"
		logs=$(cd "$1" && pwd)
	else
		logs=$(mktemp -d)
		trap 'rm -rf "$logs"' EXIT
	fi
}

race_build() {
	cc -std=gnu17 -static -O2 -Wall -Wextra -pthread -o "$logs/race" \
		"$here"/races/*.c
}

# guest_run NAME KERNEL TOPOLOGY LIMIT [VM-OPTION...] SCRIPT [ARG...]: its status,
# its output and log below $logs
guest_run() {
	local name=$1 kernel=$2 topology=$3 limit=$4

	shift 4
	"$vm" run --kernel "$kernel" --topology "$topology" --guest fast \
		--timeout "$limit" --log "$logs/$name.log" "$@" \
		>"$logs/$name.out" 2>"$logs/$name.err"
}

# said NAME GAME: what race had to say at the end
said() {
	grep -h "^$2: .*: \(right\|WRONG\)\$" "$logs/$1.out"
}

# judge NAME GOOD TEXT: one line, and what was printed if it is bad
judge() {
	local word=PASS

	if [ "$2" = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		word=FAIL
	fi
	echo "$word  $1: $3"
	[ "$word" = PASS ] || tail -n 20 "$logs/$1.err"
}

# conclude: the sum, and the exit status
conclude() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
