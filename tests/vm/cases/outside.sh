#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many clients create and delete at once, and somebody else takes devices from their drivers: see programs/load.py and
# programs/outsider.py. A kernel that faults of that holds its locks for ever: then it is over.
#
# usage: outside.sh [LOAD.PY-ARGUMENT...]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

has_faulted() {
	dmesg | grep -q 'BUG: '
}

start_daemon
python3 "$bin/load.py" --outside "$@" &
load=$!
while kill -0 $load 2>/dev/null; do
	if has_faulted; then
		not_ok "the kernel lives" "$(dmesg | grep -E 'BUG: |RIP: ' | head -n 2)"
		kill $load
		plan
	fi
	read -rt 2 <> <(:) || :
done
wait $load
status=$?
# What the daemon put in order by itself, for whoever looks why the judge was not content.
[ $status = 0 ] || journalctl -q -u cxl-regiond -o short-monotonic -p notice | tail -n 200 | sed 's/^/# /'
exit $status
