#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is said, and can be configured, on a kernel that has the region deletion race.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
is "$(cxlctl --json status | json .kernel_fix)" none "status tells that this kernel has the race"
succeeds "create" cxlctl region create
succeeds "delete" cxlctl region delete all
mkdir -p /etc/cxl-regiond
printf '[Daemon]\nUnfixedKernel=refuse\n' >/etc/cxl-regiond/cxl-regiond.conf
systemctl restart cxl-regiond
refused 4 KernelUnfixed "with UnfixedKernel=refuse nothing is changed" region create
succeeds "and all can be seen" cxlctl region list
plan
