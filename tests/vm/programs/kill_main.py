#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills the daemon's main process, and looks when its clients learn of it. Prints TAP, without a plan.

Half of the clients have asked for something that has to wait: a create on the root decoder that is named.

usage: kill_main.py DECODER
"""
import os
import select
import signal
import sys
import time

sys.dont_write_bytecode = True

from client import PATIENCE, Client, Tap, unit_property

CLIENTS = 16
LIMIT = 1.0  # seconds


def is_over(client):
    """Nothing more comes, now or after what was sent before."""
    try:
        return client.socket.recv(65536) == b""
    except ConnectionResetError:
        return True


def seconds_until_told(clients):
    """Until the last client sees its connection end."""
    began = time.monotonic()
    open_ones = {client.socket: client for client in clients}
    while open_ones and time.monotonic() < began + PATIENCE:
        for ready in select.select(list(open_ones), [], [], PATIENCE)[0]:
            if is_over(open_ones[ready]):
                del open_ones[ready]
    return time.monotonic() - began


def main():
    tap = Tap()
    clients = [Client() for _ in range(CLIENTS)]
    for client in clients[::2]:
        client.send("Create", {"request": {"root_decoder": sys.argv[1]}})
    for client in clients[1::2]:
        client.result("GetStatus")
    quiet = not select.select([client.socket for client in clients], [], [], 0)[0]
    tap.check(quiet, f"{CLIENTS} clients are connected, half of them wait")
    os.kill(int(unit_property("MainPID")), signal.SIGKILL)
    seconds = seconds_until_told(clients)
    tap.check(seconds < LIMIT, f"each of them sees main's end after {seconds * 1000:.0f} ms")
    return int(tap.failed)


sys.exit(main())
