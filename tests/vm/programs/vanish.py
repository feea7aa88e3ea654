#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that go away at every stage of a request: nothing stays locked, nothing half-done. Prints TAP.

Some close their connection, some are cxlctl and killed. After each the daemon comes to rest by itself, with the
request done or never begun; at the end a create and a delete on each bridge succeed at once.

Runs on a CXL host without regions, as root, with cxl-regiond as a service.

usage: vanish.py [TIMES] [SEED]
"""
import collections
import os
import pathlib
import random
import select
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from client import MEBIBYTE, PATIENCE, Client, Tap, encoded, error_of, roots_of, traces, unit_property

TIMES = 200
REST = 20.0  # seconds in which the daemon comes to rest, on an emulated host
AT_ONCE = 5.0  # seconds for a create or a delete that nobody is in the way of, likewise
FDS_MORE = 16


class Request:
    """A create where there is no region, and a delete where there is one."""

    def __init__(self, root, region):
        self.root = root
        self.region = region
        self.memdev = root.memdevs[0][0]
        if region:
            self.method, self.parameters = "Delete", {"region": region["region"], "generation": region["generation"]}
        else:
            request = {"root_decoder": root.decoder, "memdevs": [self.memdev], "size": 256 * MEBIBYTE}
            self.method, self.parameters = "Create", {"request": request}

    @property
    def arguments(self):
        """Of cxlctl."""
        if self.region:
            return ["region", "delete", f"{self.region['region']}@{self.region['generation']}"]
        return ["region", "create", "-d", self.root.decoder, "-s", "256M", self.memdev]


# -- the stages: each ends with the client gone -----------------------------------


def connected(_request, _generator):
    with Client():
        pass


def half_sent(request, generator):
    message = encoded(request.method, request.parameters)
    with Client() as client:
        client.socket.sendall(message[:generator.randrange(1, len(message))])


def sent(request, _generator):
    with Client() as client:
        client.send(request.method, request.parameters)


def waiting(request, generator):
    """Behind another on the same bridge, who goes away as well, but later."""
    with Client() as other, Client() as client:
        other.send(request.method, request.parameters)
        client.send(request.method, request.parameters)
        time.sleep(generator.random() * 0.02)
        client.socket.close()
        time.sleep(generator.random() * 0.02)


def at_step(number):
    def stage(request, _generator):
        with Client() as client:
            client.send(request.method, request.parameters, more=True)
            for _ in range(number):
                if not (client.receive() or {}).get("continues"):
                    return
    stage.__name__ = f"at step {number:2}"
    return stage


def answered(request, _generator):
    """The reply is there and not read."""
    with Client() as client:
        client.send(request.method, request.parameters)
        select.select([client.socket], [], [], PATIENCE)


def deaf(request, generator):
    """It asks for progress, and reads none."""
    with Client() as client:
        client.send(request.method, request.parameters, more=True)
        time.sleep(generator.random() * 0.05)


def killed(request, generator):
    with open(os.devnull, "w", encoding="ascii") as null:
        process = subprocess.Popen(["cxlctl", *request.arguments], stdout=null, stderr=null)
    time.sleep(generator.random() * 0.15)
    process.kill()
    process.wait()


STAGES = [connected, half_sent, sent, waiting, answered, deaf, killed, killed, killed]


# -- the daemon --------------------------------------------------------------------


def come_to_rest(client):
    """The seconds until no job runs or waits; None if that does not come."""
    began = time.monotonic()
    while time.monotonic() < began + REST:
        if client.result("GetStatus")["status"]["jobs"] == 0:
            return time.monotonic() - began
        time.sleep(0.005)
    return None


def region_on(client, root):
    regions = client.result("ListRegions")["regions"]
    return next((region for region in regions if region["root_decoder"] == root.decoder), None)


def main_descriptors():
    return len(list(pathlib.Path(f"/proc/{unit_property('MainPID')}/fd").iterdir()))


class Play:
    def __init__(self, client, generator, tap):
        self.client = client
        self.random = generator
        self.tap = tap
        topology = client.result("GetTopology")["topology"]
        self.roots = [root for root in roots_of(topology) if len(root.bridges) == 1]
        plan = client.result("PlanCreate", Request(self.roots[0], None).parameters)["plan"]
        self.stages = [*STAGES, *map(at_step, range(1, len(plan["steps"]) + 1))]
        self.told = collections.Counter()
        self.problems = []
        self.longest = 0.0

    def vanish(self, number):
        root = self.random.choice(self.roots)
        stage = self.stages[number % len(self.stages)]
        request = Request(root, region_on(self.client, root))
        stage(request, self.random)
        rest = come_to_rest(self.client)
        after = region_on(self.client, root)
        if rest is None:
            self.problems.append(f"{number}, {stage.__name__}: jobs after {REST} s: {self.client.result('GetStatus')}")
            return
        self.longest = max(self.longest, rest)
        if after and after["state"] != "active":
            self.problems.append(f"{number}, {stage.__name__}: {after['region']} is {after['state']}")
        done = (after or {}).get("generation") != (request.region or {}).get("generation")
        self.told[f"{stage.__name__}, {request.method} {'done' if done else 'not begun'}"] += 1

    def use(self, root):
        """A create and a delete take their time and no more."""
        self.ask(Request(root, None))
        self.ask(Request(root, region_on(self.client, root)))

    def ask(self, request):
        began = time.monotonic()
        reply = self.client.call(request.method, request.parameters)
        seconds = time.monotonic() - began
        good = reply is not None and not error_of(reply) and seconds < AT_ONCE
        self.tap.check(good, f"{request.method} on {request.root.decoder} after {seconds * 1000:.0f} ms", [reply])

    def clear(self):
        for region in self.client.result("ListRegions")["regions"]:
            self.client.result("Delete", {"region": region["region"]})


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    tap = Tap()
    tap.note(f"seed {seed}")
    with Client() as client:
        play = Play(client, random.Random(seed), tap)
        for root in play.roots:
            play.use(root)
        before = main_descriptors(), unit_property("MainPID")
        for number in range(times):
            play.vanish(number)
        tap.note(*(f"{what}: {count}" for what, count in sorted(play.told.items())))
        tap.check(not play.problems, f"{times} clients went away, and the daemon came to rest each time, after "
                  f"{play.longest * 1000:.0f} ms at the most", play.problems)
        play.clear()
        for root in play.roots:
            play.use(root)
        tap.check(not client.result("PlanRepair")["findings"] and not traces(), "nothing is left", traces())
        after = main_descriptors(), unit_property("MainPID")
    tap.check(before[1] == after[1], "it is the same main process", [before, after])
    tap.check(after[0] - before[0] <= FDS_MORE, f"it has no more descriptors: {before[0]}, then {after[0]}")
    return tap.plan()


sys.exit(main())
