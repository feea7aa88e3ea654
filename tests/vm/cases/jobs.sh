# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Jobs and leases, on hardware: what is shown while one is held in the kernel's door, what waits for it and what does not,
# timeouts, cancellation, and locks that outlive the cxlctl that took them.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

a=$(root_decoder 32) b=$(root_decoder 48)
a1=$(memdev 0xa1) a2=$(memdev 0xa2) b1=$(memdev 0xb1)

job() { # NUMBER FILTER: of a job
	cxlctl --json jobs "$1" | json ".[0] | $2"
}

at_step() { # NUMBER STEP
	[ "$(job "$1" .step)" = "$2" ]
}

waits() { # NUMBER: how many jobs wait
	[ "$(cxlctl --json jobs | json '[.[] | select(.state == "waiting")] | length')" = "$1" ]
}

holds() { # MEMDEV: is there a lease of its port?
	[ "$(cxlctl --json jobs | json "[.[] | select(.kind == \"lease\" and .state == \"running\") | .locks[]] | index(\"$1\") != null")" = true ]
}

is_gone() { # PID: has it ended, and given back the connection that it had?
	! kill -0 "$1" 2>/dev/null
}

start_daemon
is "$(cxlctl --json jobs | json length)" 0 "there are no jobs"

# -- one that is held in a write
write=$(write_number size -d "$a" -s 256M "$a1")
hold_writes "$write" 8
held=$(cxlctl region create --no-wait -d "$a" -s 256M "$a1")
wait_for 5 at_step "$held" size
is "$(job "$held" '[.kind, .ended, .step, .attribute, .step_object]')" '["create",null,"size","size","region0"]' \
	"jobs tells which write a create is held in"
release_writes
is "$(cxlctl wait "$held" | cut -d: -f1)" region0 "wait tells of its region"
is "$(job "$held" '[.state, .outcome, .object]')" '["done","done","region0"]' "and its record says that it is done"
succeeds "delete it" cxlctl region delete region0

hold_writes "$write" 20
held=$(cxlctl region create --no-wait -d "$a" -s 256M "$a1")
wait_for 5 at_step "$held" size
is "$(job "$held" .locks)" "[\"$a\",\"$a1\",\"pci0000:20\",\"root0 (shared)\"]" "its locks are its window, its bridge and its memdev"
waiting=$(cxlctl region create --no-wait -d "$a" -s 256M "$a2")
is "$(job "$waiting" '[.state, .waits_for, .blocked_by]')" "[\"waiting\",\"$a\",$held]" "one on the same bridge waits for it"
is "$(cxlctl jobs | grep -c "waits for $a: job $held (create.* has it")" 1 "which jobs says in words"
begin=$SECONDS
error=$(cxlctl region create --timeout 1 -d "$a" -s 256M "$a2" 2>&1)
is "$? $((SECONDS - begin < 5))" "8 1" "a timeout runs out"
is "$(grep -c "for $a, which job $held (create.* by uid 0, pid [0-9]*) has held for [0-9]* s" <<<"$error")" 1 \
	"it names who held what for how long: $(head -n 1 <<<"$error")"
is "$(cxlctl cancel "$waiting")" "job $waiting: cancelled" "one that waits is cancelled"
cxlctl wait "$waiting" >/dev/null 2>&1
is "$?" 8 "and its end is told to who waits"
is "$(cxlctl cancel "$held" | cut -d\; -f1)" "job $held: was asked to stop" "the held one is asked to stop"
release_writes
error=$(cxlctl --json wait "$held" 2>&1 >/dev/null)
is "$? $(json '[.error, .outcome]' <<<"$error")" '8 ["Cancelled","undone"]' "it is undone"
is "$(regions) $(cxlctl --json status | json .damaged)" "0 0" "nothing is left of it"

# -- side by side
hold_writes "$write" 3
first=$(cxlctl region create --no-wait -d "$a" -s 256M "$a1")
second=$(cxlctl region create --no-wait -d "$b" -s 256M "$b1")
cxlctl wait "$first" >/dev/null && cxlctl wait "$second" >/dev/null
is "$? $(regions)" "0 2" "two creates on two bridges"
release_writes
is "$(cxlctl --json jobs | json "[.[] | select(.job == $first or .job == $second)] | .[0].started < .[1].ended and .[1].started < .[0].ended")" \
	true "were at work at the same time"
succeeds "delete both" cxlctl region delete all

# -- leases
succeeds "a create within a lease" cxlctl lock "$a" -- cxlctl region create -d "$a" -s 256M "$a1"
is "$(regions)" 1 "it is there"
cxlctl lock "$a" -- cxlctl region create -d "$b" -s 256M "$b1" >/dev/null 2>&1
is "$?" 4 "one that the lease does not cover is refused"
cxlctl lock "$a" -- sh -c 'cxlctl region delete all; exit 41' >/dev/null 2>&1
is "$? $(regions)" "41 0" "the exit status is the command's"
cxlctl lock --timeout 1 "$a" -- cxlctl repair >/dev/null 2>&1
is "$?" 4 "a repair within a lease does not wait for it"
begin=$SECONDS
error=$(cxlctl lock --max 1 "$a" -- sleep 3 2>&1)
is "$?" 8 "a lease whose time is over makes a success none"
is "$(grep -c 'sleep runs on without its locks: The lease has lasted 1 s' <<<"$error") $((SECONDS - begin >= 3))" "1 1" \
	"it is told, and the command runs on"

# What the command starts has the locks, too.
cxlctl lock "$a1" -- sh -c 'sleep 1000 & echo $! >/tmp/sleeper; wait' &
lock=$!
disown $lock
wait_for 10 test -s /tmp/sleeper
wait_for 10 holds "$a1"
is "$?" 0 "a lease of a memdev"
cxlctl region create -d "$a" -s 256M "$a1" >/tmp/out 2>&1 &
create=$!
wait_for 10 waits 1
succeeds "elsewhere all goes on" cxlctl region create -d "$b" -s 256M "$b1"
kill -9 $lock
wait_for 10 is_gone $lock
is "$(waits 1 && echo yes) $(regions)" "yes 1" "kill -9 of cxlctl lock leaves its locks"
shell=$(ps -o ppid= -p "$(</tmp/sleeper)" | tr -d ' ')
kill "$shell"
wait_for 10 is_gone "$shell"
is "$(waits 1 && echo yes)" yes "so does the end of the command, while one that it started lives"
kill "$(</tmp/sleeper)"
wait $create
is "$? $(regions)" "0 2" "with the last of them they end"
succeeds "delete both" cxlctl region delete all
is "$(cxlctl --json status | json '[.jobs, .waiting, .damaged]')" "[0,0,0]" "nothing waits, nothing is damaged"
plan
