#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many clients create and delete at once, and somebody else takes devices from their drivers: see programs/load.py and
# programs/outsider.py.
#
# usage: outside.sh [LOAD.PY-ARGUMENT...]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
exec python3 "$bin/load.py" --outside "$@"
