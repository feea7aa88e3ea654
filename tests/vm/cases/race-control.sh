#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The control of the load tests: raw writers that race on delete_region, on a kernel without the fix. The kernel warns
# within 5,000 attempts; so a log that stays clean under load means something. For a boot of its own, with
# --expect-splat: what the kernel does after that is nobody's word.
#
# usage: race-control.sh [ATTEMPTS]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

limit=${1:-5000}
piece=100 # attempts; each is four writers with the names of two regions
pattern='WARNING: .* devm_release_action'
attempts=0

warned() {
	dmesg | grep -q "$pattern"
}

while [ $attempts -lt "$limit" ] && ! warned; do
	# That the race was lost is race's failure, and here what is wanted.
	"$bin/race" delete $piece >/tmp/race.out 2>&1
	[ $? -lt 2 ] || break
	attempts=$((attempts + piece))
done
if warned; then ok "raw writers that race on delete_region made the kernel warn within $attempts attempts"
else not_ok "raw writers that race on delete_region made the kernel warn within $limit attempts" "$(</tmp/race.out)"; fi
plan
