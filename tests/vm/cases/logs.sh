#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The intent logs: no room for one, files that are none, everything killed at once, and a worker that hangs while the
# log of another is recovered.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

jobs=/run/cxl-regiond/jobs
mkdir -p $jobs
mount -t tmpfs -o size=64k,mode=0700 tmpfs $jobs
start_daemon
chown cxl-regiond: $jobs
a=$(root_decoder 32) b=$(root_decoder 48)
a1=$(memdev 0xa1) b1=$(memdev 0xb1)
before=$(host_state)

status_of() { # FILTER
	cxlctl --json status | json "$1"
}

# -- no room, and no right to write
head -c 64k /dev/zero >$jobs/filler 2>/dev/null
refused 1 InternalError "a create without room for its log" region create -d "$a" -s 256M "$a1"
is "$(cxlctl --json region create -d "$a" -s 256M "$a1" 2>&1 | json '[.errno_name, .retryable]')" '["ENOSPC",true]' \
	"the error says so, and that it may be tried again"
rm $jobs/filler
mount -o remount,ro $jobs
refused 1 InternalError "a create where no log can be written" region create -d "$a" -s 256M "$a1"
mount -o remount,rw $jobs
succeeds "with room again" cxlctl region create -d "$a" -s 256M "$a1"
# The worker that has a log keeps it: with the file system full again, it is not refused.
head -c 64k /dev/zero >$jobs/filler 2>/dev/null
succeeds "a log that is there serves the next job, however full it is" cxlctl region delete all
rm $jobs/filler
systemctl stop cxl-regiond.service
is "$(ls -A $jobs)" "" "a daemon that is stopped leaves no log behind"

# -- files that are no logs of this boot
head -c 4096 /dev/urandom >$jobs/job-noise1
head -c 4095 /dev/zero >$jobs/job-short1
: >$jobs/job-empty1
ln -s /etc/passwd $jobs/job-link01
mkdir $jobs/job-dir001
mkfifo $jobs/job-fifo01
echo kept >$jobs/README
start_daemon
succeeds "the daemon starts beside files that are no logs" cxlctl status
is "$(ls $jobs | sort | tr '\n' ' ')" "README aside-dir001 aside-fifo01 aside-link01 aside-noise1 aside-short1 " \
	"they are set aside; what is not called like a log is left alone"
is "$(journalctl -u cxl-regiond -o cat | grep -c 'is set aside as')" 5 "the journal has a line of each"
is "$(host_state)" "$before" "and nothing was done by them"
rm -r $jobs/*

# -- everything killed at once, in the middle
# held CXLCTL-ARGUMENT...: a create of which a worker hangs in its 6th write
held() {
	hold_writes 6 600
	cxlctl --json "$@" >/tmp/held.out 2>/tmp/held.err &
	client=$!
	is_held() { [ -n "$(status_of '.running.attribute // ""')" ]; }
	wait_for 20 is_held
}
kill_all() {
	systemctl kill --signal=KILL --kill-whom=all cxl-regiond
	release_writes
	wait $client
}
held region create -d "$a" -s 256M "$a1"
is "$(regions)" 1 "a region is half-built"
kill_all
wait_for 20 cxlctl status
is "$(host_state)" "$before" "main, spawner and workers killed at once: the next daemon put the host in order"
is "$(status_of '[.recovered[] | [.kind, .outcome]]')" '[["create","undone"]]' "status tells: $(status_of '.recovered[0].message')"
succeeds "status says it to people, too" grep -q "what it had done was undone" <(cxlctl status)
is "$(ls -A $jobs)" "" "the log is gone"

# -- a log to be recovered, while the worker of another hangs: as if one of two jobs had died
mkdir /run/systemd/system/cxl-regiond.service.d
printf '[Service]\nRestart=no\n' >/run/systemd/system/cxl-regiond.service.d/test.conf
systemctl daemon-reload
systemctl restart cxl-regiond
held region create -d "$b" -s 256M "$b1"
kill_all
dead=$(ls $jobs)
mkdir /run/other
mv "$jobs/$dead" /run/other/ 2>/dev/null
start_daemon
held region create -d "$a" -s 256M "$a1"
main=$(main_pid)
start=$EPOCHREALTIME
kill -KILL "$main"
wait $client
is $? 1 "the client of a daemon that is killed is told that its connection was lost"
took=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
if [ $took -lt 1000 ]; then ok "within a second: $took ms"; else not_ok "within a second: $took ms"; fi
# Another process copies the log of the first; its lock died with its worker.
cp "/run/other/$dead" "$jobs/$dead"
chown cxl-regiond: "$jobs/$dead"
start_daemon
is "$(status_of '[.recovered[].outcome, .stuck[].kind]')" '["undone","create"]' \
	"the dead one is recovered; the one that hangs is shown: $(status_of '.stuck[0].message')"
is "$(regions)" 1 \
	"the half-built region of the one that hangs is left alone"
refused 8 TooBusy "beside it nothing is changed" region create -d "$b" -s 256M "$b1"
release_writes
is_settled() { [ "$(status_of '.stuck | length')" = 0 ]; }
succeeds "when the write returns, it is recovered, too" wait_for 20 is_settled
is "$(status_of '[.recovered[].outcome]')" '["undone","done"]' "its worker had finished it: $(status_of '.recovered[1].message')"
is "$(cxlctl --json region list | json '[.[].state]')" '["active"]' "the region is whole"
succeeds "delete" cxlctl region delete all
is "$(host_state)" "$before" "the host is as before"
umount $jobs 2>/dev/null
plan
