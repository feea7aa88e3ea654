#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Raw writers bind a region to its driver while its memory device is taken from one of its own, until the kernel faults.

An endpoint that goes gives its DPA back before it leaves the region; cxl_region_probe() does not expect that. When in an
unbind this is so nobody knows: so each round binds at another moment of it. Sometimes that leaves a device that cannot be
probed any more: then it is another one's turn. Prints TAP.

Runs on a CXL host without a daemon, as root, in a boot of its own: a kernel that faulted holds its locks for ever.

usage: bind_race.py PATTERN ROUNDS    PATTERN: of the kernel log's line that is waited for
"""
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from client import BUS, MEBIBYTE, Tap
from outsider import Device

BIND = pathlib.Path("/sys/bus/cxl/drivers/cxl_region/bind")
SIZE = f"{256 * MEBIBYTE:#x}"
LONGEST = 10.0  # seconds of a write that ends


def root_of(device):
    """The root decoder of its bridge alone."""
    bridge = int(re.search(r"/pci0000:([0-9a-f]{2})/", str(device.function))[1], 16)
    return next(path.parent for path in BUS.glob("decoder0.*/target_list") if path.read_text().strip() == str(bridge))


def create(root, endpoint):
    """By the writes that the daemon makes, up to the bind; returns its name."""
    name = (root / "create_pmem_region").read_text().strip()
    (root / "create_pmem_region").write_text(name)
    region, decoder = BUS / name, next(endpoint.glob("decoder[0-9]*"))
    for place, attribute, value in (
            (region, "interleave_granularity", "256"), (region, "interleave_ways", "1"),
            (region, "uuid", "86077512-4a84-4dc1-b4ce-d7a3e2797808\n"), (region, "size", SIZE), (decoder, "mode", "pmem"),
            (decoder, "dpa_size", SIZE), (region, "target0", decoder.name), (region, "commit", "1")):
        (place / attribute).write_text(value)
    return name


def bind_later(name, delay):
    """In a process of its own, which a fault of the kernel ends."""
    pid = os.fork()
    if pid == 0:
        time.sleep(delay)
        try:
            BIND.write_text(name)
        except OSError:
            pass
        os._exit(0)
    return pid


def has_ended(pid):
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
        time.sleep(0.001)
    return False


def has_faulted(pattern):
    log = subprocess.run(["dmesg"], check=True, capture_output=True, text=True).stdout
    return re.search(pattern, log) is not None


def play(device, longest, generator):
    """One round; returns whether all writes came to an end."""
    lose = generator.choice([device.lose_endpoint, device.lose_memdev, device.lose_function])
    root = root_of(device)
    name = create(root, device.endpoint)
    binder = bind_later(name, generator.uniform(0, longest.get(lose.__name__, 0.05)))
    loser = os.fork()
    if loser == 0:
        lose()
        os._exit(0)
    began = time.monotonic()
    if not has_ended(loser):
        return False
    longest[lose.__name__] = time.monotonic() - began
    if not has_ended(binder):
        return False
    (root / "delete_region").write_text(name)
    return True


def comes_back(device):
    try:
        device.come_back()
    except OSError as error:
        print(f"# {device.name}: {error}", flush=True)
        return False
    return True


def main():
    pattern, rounds = sys.argv[1], int(sys.argv[2])
    signal.alarm(600)
    tap, longest, generator = Tap(), {}, random.Random()
    devices = [Device(int(path.read_text(), 0)) for path in BUS.glob("mem*/serial")]
    for number in range(1, rounds + 1):
        if not play(devices[0], longest, generator) or number % 10 == 0 and has_faulted(pattern):
            break
        if not comes_back(devices[0]):
            devices.pop(0)
        if not devices:
            break
    tap.note(f"{number} rounds; an unbind took {({what: f'{seconds * 1000:.0f} ms' for what, seconds in longest.items()})}")
    tap.check(has_faulted(pattern), f"raw writers that bind beside an unbind make the kernel fault within {rounds} rounds")
    os._exit(tap.plan())


main()
