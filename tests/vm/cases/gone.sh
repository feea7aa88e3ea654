#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A memory device that loses its driver while a job of its own is held before each of its writes in turn.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

mkdir -p /etc/cxl-regiond
printf '[Daemon]\nRepairWaitSec=0\n' >/etc/cxl-regiond/cxl-regiond.conf
start_daemon
exec "$bin/gone.py" "{\"root_decoder\": \"$(root_decoder 32,48)\", \"size\": $((512 << 20)),
	\"memdevs\": [\"serial=0xa1\", \"serial=0xb1\"]}" 0xb1
