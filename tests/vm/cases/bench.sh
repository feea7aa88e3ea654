#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The short form of the benchmark: fails only at twice the goals, or half of them.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
exec "$bin/bench" --programs "$bin" --rounds "${1:-16}" --factor 2
