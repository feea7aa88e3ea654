#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may do what, and with what privileges the main process runs. Prints TAP.

usage: daemon-access.py CXL-REGIOND [NAME...]
"""
import os
import sys

from daemon_driver import Client, error_of, wait_until
from daemon_tests import NOBODY, as_user, run
from tap import Skip, run_tests


def test_access():
    if os.getuid() != 0:
        raise Skip("needs root, to be somebody else")
    config = "[Access]\nRegionGroup=games\n"
    with run(config=config) as daemon:

        def refused():
            with Client(daemon.socket_path) as client:
                client.result("GetStatus")
                client.result("ListRegions")
                reply = client.call("Create", {"request": {}})
                assert error_of(reply) == "NotPermitted" and "games" in reply["parameters"]["remedy"], reply
                assert error_of(client.call("Delete", {"region": "region0"})) == "NotPermitted"

        def granted():
            with Client(daemon.socket_path) as client:
                client.result("Create", {"request": {}})

        assert as_user(NOBODY, NOBODY, [], refused)
        assert as_user(NOBODY, NOBODY, [1, 60], granted)
        assert as_user(NOBODY, 60, [], granted)
    with run() as daemon:
        assert not as_user(NOBODY, NOBODY, [60], granted)


def test_privileges():
    with run() as daemon:
        with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
            status = dict(line.split(":\t", 1) for line in file)
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(status[name], 16) == 0, name
        assert int(status["NoNewPrivs"]) == 1
        wait_until(lambda: daemon.calls("discover"))
        assert all(call["extra_fds"] <= 0 for call in daemon.calls("discover"))


sys.exit(run_tests(globals(), sys.argv[2:]))
