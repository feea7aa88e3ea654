#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The control of outside.sh: what the kernel faults of there, it faults of under raw writers as well. For a boot of its own,
# with --expect-splat: see programs/bind_race.py.
# It is for use by hand: it can run out of devices before it comes to the fault, because what raw writers leave often cannot be
# probed any more.
#
# usage: bind-control.sh PATTERN [ROUNDS]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

exec "$bin/bind_race.py" "$1" "${2:-400}"
