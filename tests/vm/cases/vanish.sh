#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Clients that go away in the middle of a request: see programs/vanish.py.
#
# usage: vanish.sh [TIMES [SEED]]
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
exec python3 "$bin/vanish.py" "$@"
