#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that shows the hypervisor bit: the kernel would WARN at the commit, so that it is refused before.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

start_daemon
refused 4 Conflict "a commit that the kernel would answer with a WARN" region create
refused 4 Conflict "and its plan" region create --dry-run
plan
