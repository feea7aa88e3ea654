#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The sequence that no other may follow on one host.
exec bash "$(dirname "$(readlink -f "$0")")/rules.sh" bridge
