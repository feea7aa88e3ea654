#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Processes that are killed, and writes that fail, in the middle of creates and deletes of a two-way region: the
# short form at the writes and what follows them, with --all at each system call, with --part K/N at each N-th
# of the writes (see interrupt.py).
. "$(dirname "$(readlink -f "$0")")/lib.sh"

# As few workers as can be, and as many starts as it takes.
mkdir -p /etc/cxl-regiond /run/systemd/system/cxl-regiond.service.d
printf '[Daemon]\nWorkers=2\n' >/etc/cxl-regiond/cxl-regiond.conf
printf '[Unit]\nStartLimitIntervalSec=0\n' >/run/systemd/system/cxl-regiond.service.d/test.conf
systemctl daemon-reload
start_daemon
series=(kill-worker kill-main errors)
exec "$bin/interrupt.py" --request "{\"root_decoder\": \"$(root_decoder 32,48)\", \"size\": $((512 << 20))}" \
	"$@" "${series[@]}"
