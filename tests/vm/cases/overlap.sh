#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Requests on different bridges run side by side, requests on one bridge one after another: shown by the records of
# jobs, with one worker that is held in the middle of a create. And main is killed beside it.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

held_at=3
at_work='running|hanging'
a=$(root_decoder 32) b=$(root_decoder 48)
a1=$(memdev 0xa1) a2=$(memdev 0xa2) b1=$(memdev 0xb1)
before=$(host_state)

# hold_each N: each worker is held before its N-th write to sysfs from now on, by a tracer of its own.
hold_each() {
	local pid
	for pid in $(worker_pids); do
		strace -qq -o "/tmp/strace.$pid" -e trace=write -e "inject=write:delay_enter=120000000:when=$1" -p "$pid" \
			2>/tmp/strace.problems &
		tracers[pid]=$!
		wait_for 10 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$pid/status"
	done
}

# release_others: all workers but those that are held now; succeeds when it is one
release_others() {
	local pid
	for pid in "${!tracers[@]}"; do
		if ! grep -q '^State:[[:space:]]*t' "/proc/$pid/status"; then
			kill "${tracers[pid]}"
			wait "${tracers[pid]}" || :
			unset "tracers[pid]"
		fi
	done
	[ ${#tracers[@]} = 1 ]
}

jobs_list() { # FILTER: of each job in turn
	cxlctl call ListJobs | json ".jobs[] | $1"
}

create() { # DECODER MEMDEV
	cxlctl region create -d "$1" -s 256M "$2"
}

creates() { # STATES CONDITION: the jobs of creates for which both hold
	jobs_list "select(.kind == \"create\" and (.state | test(\"^($1)\$\")) and ($2)) | .job"
}

create_is() { # STATES CONDITION
	[ -n "$(creates "$@")" ]
}

# When a job arrived, started and ended, in microseconds: bash knows integers only. All are from one answer: wall-clock
# times of two answers can differ by what the clock was set in between.
times() { # JOB
	json ".jobs[] | select(.job == $1) | [.arrived, .started, .ended] | map(. * 1000000 | floor) | join(\" \")" <<<"$records"
}

stuck_is() { # HOW-MANY
	[ "$(cxlctl --json status | json '.stuck | length')" = "$1" ]
}

start_daemon
attribute=$(cxlctl --json region create --dry-run -d "$a" -s 256M "$a1" | json ".steps[$held_at - 1].attribute")

# -- side by side
hold_each $held_at
create "$a" "$a1" >/tmp/first 2>&1 &
first=$!
succeeds "a worker is held in a create on bridge A, and its job names the attribute $attribute" \
	wait_for 20 create_is "$at_work" ".attribute == \"$attribute\""
job_a=$(creates "$at_work" true)
wait_for 10 release_others
is "${#tracers[@]}" 1 "the other workers are free"
succeeds "a create on bridge B is done meanwhile" timeout 20 cxlctl region create -d "$b" -s 256M "$b1"
job_b=$(creates done true | tail -n 1)
succeeds "status answers" timeout 8 cxlctl status
succeeds "region list answers" timeout 8 cxlctl region list

# -- one after another
create "$a" "$a2" >/tmp/second 2>&1 &
second=$!
succeeds "another create on bridge A waits" wait_for 10 create_is waiting ".blocked_by == $job_a and .waits_for != null"
job_a2=$(creates waiting true)
succeeds "the first is still held" create_is "$at_work" ".job == $job_a and .attribute == \"$attribute\""
release_writes
wait $first
is $? 0 "released, it is done"
wait $second
is $? 4 "and the other is told that there is no room: $(tail -n 1 /tmp/second)"

records=$(cxlctl call ListJobs)
read -r _ a_started a_ended <<<"$(times "$job_a")"
read -r _ b_started b_ended <<<"$(times "$job_b")"
read -r a2_arrived a2_started _ <<<"$(times "$job_a2")"
succeeds "two creates on different bridges overlap: B's $b_started to $b_ended lies within A's $a_started to $a_ended" \
	test $((a_started < b_started && b_started < b_ended && b_ended < a_ended)) = 1
succeeds "two on one bridge do not: the second arrived at $a2_arrived and began at $a2_started" \
	test $((a2_arrived < a_ended && a_ended <= a2_started)) = 1
succeeds "delete" cxlctl region delete all
is "$(host_state)" "$before" "the host is as before"

# -- main is killed beside a worker that is held
hold_each $held_at
create "$a" "$a1" >/tmp/first 2>&1 &
first=$!
wait_for 20 create_is "$at_work" ".attribute == \"$attribute\""
wait_for 10 release_others
killed=$("$bin/kill_main.py" "$a")
while read -r line; do
	case $line in
	"ok "*) ok "${line#* - }" ;;
	"not ok "*) not_ok "${line#* - }" ;;
	esac
done <<<"$killed"
wait $first
is $? 1 "the client of the job that was held is told that its connection was lost"
succeeds "the new main process shows the job as stuck" wait_for 30 stuck_is 1
release_writes
succeeds "until it is through" wait_for 30 stuck_is 0
is "$(cxlctl --json region list | json '[.[] | select(.state != "active")]')" '[]' "what it left is a whole region or none"
cxlctl region delete all >/dev/null 2>&1
is "$(host_state)" "$before" "the host is as before"
succeeds "create" create "$a" "$a1"
succeeds "delete" cxlctl region delete all
plan
