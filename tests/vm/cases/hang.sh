#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A write of the daemon's hangs inside the kernel's one lock of all regions, beside many clients: what only the daemon
# knows is told at once, what the kernel would have to be asked for is told from what was last seen, with its age. When the
# write goes on, so does all else.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

parameters=/sys/module/slow_commit/parameters
longest=60 # seconds
held_for=20

is_held() {
	[ "$(<$parameters/held)" = Y ]
}

hanging() { # FILTER: of the job that hangs
	cxlctl call ListJobs | json ".jobs[] | select(.state == \"hanging\" and .attribute == \"commit\") | $1"
}

job_is_named() {
	[ -n "$(hanging .job)" ]
}

# age_of METHOD: how old its answer is, in whole seconds
age_of() {
	timeout 8 cxlctl call "$1" | json '(.age_seconds // .status.age_seconds) | floor'
}

# answers_old METHOD: within its time, from what was seen before the write hung
answers_old() {
	local age
	age=$(age_of "$1")
	[ "${age:-0}" -ge $((SECONDS - began - 1)) ]
}

start_daemon
succeeds "decoders that take their time" insmod "$bin/slow-commit.ko"
"$bin/load.py" --clients 16 --requests 600 --warm-up 300 --workers-change >/tmp/load 2>&1 &
load=$!
succeeds "clients are at work" wait_for 120 grep -q "to warm up" /tmp/load
echo $longest >$parameters/seconds
succeeds "a commit hangs in the kernel" wait_for 30 is_held
began=$SECONDS

succeeds "the list of jobs names the job, and the attribute that it hangs in" wait_for 15 job_is_named
job=$(hanging .job) region=$(hanging .step_object)
is "$(cxlctl jobs | grep -cE "^ *$job +create .* hangs in commit of $region\$")" 1 "so does cxlctl jobs"
succeeds "GetTopology answers from what was seen before" answers_old GetTopology
succeeds "ListRegions does" answers_old ListRegions
succeeds "GetStatus does" answers_old GetStatus
cxlctl status >/tmp/status
succeeds "cxlctl status says that the kernel does not answer, and since when" \
	grep -qE 'The kernel does not answer: what is shown was read [0-9]+ s ago' /tmp/status
succeeds "and which worker hangs where" \
	grep -qE "Worker [0-9]+ hangs in \"create\", attribute commit of $region, for [0-9]+ s" /tmp/status
succeeds "what needs no look at the host is done at once" timeout 5 cxlctl region delete --no-wait region99@1
succeeds "so are jobs told of" timeout 5 cxlctl jobs
while [ $((SECONDS - began)) -lt $held_for ]; do read -rt 1 <> <(:) || :; done
succeeds "it is still the same that hangs" test "$(hanging .job)" = "$job"
echo N >$parameters/held

wait $load
is $? 0 "the write goes on, and so do the clients"
sed 's/^[^#]/# &/' /tmp/load
cxlctl region delete all >/dev/null 2>&1
is "$(cxlctl --json status | json '[.jobs, .damaged, (.problems | length)] | join(" ")')" "0 0 0" "nothing is left of it"
plan
