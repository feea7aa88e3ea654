#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ./demo --shell: a shell on the emulated host, with the daemon running.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
start_daemon
echo "cxl-regiond runs on Linux $(uname -r). Try: cxlctl topology, cxlctl region create, cxl list -R. 'exit' ends the host."
cd
exec bash -i
