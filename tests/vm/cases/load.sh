#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many clients create and delete at once: see programs/load.py.
#
# usage: load.sh [LOAD.PY-ARGUMENT...]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
exec python3 "$bin/load.py" "$@"
