#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many clients create and delete regions at once, on few bridges and under few names. Prints TAP.

All that they ask and are told is recorded and given to history.py. Afterwards nothing may be left on the host, and the
daemon's processes have as many descriptors and as much memory of their own as before.

Runs on a CXL host without regions, as root, with cxl-regiond as a service.

usage: load.py [--clients N] [--requests N] [--warm-up N] [--seed N] [--ports | --outside] [--workers-change]

--ports: unbinds and binds endpoints besides. These are of memdevs that are in no region: the devices that QEMU emulates
keep their decoders committed, and cannot be probed again after that.
--outside: somebody else does so, without the daemon: see outsider.py.
--workers-change: the daemon may start workers and let them go, as it does when one hangs.
"""
import argparse
import asyncio
import collections
import dataclasses
import json
import os
import pathlib
import random
import sys
import time

sys.dont_write_bytecode = True

from client import BUS, MEBIBYTE, PATIENCE, SOCKET, Client, Tap, encoded, roots_of, traces, unit_processes
from history import check
from lives import OUTSIDE, Lives, Request, memdev_name
from outsider import Outsider

WARM_UP = 800  # requests until each worker has seen each device, and main keeps as many old jobs as it ever will
SILENCE = 1.0  # seconds in which a reply too many would come
BACK_OFF = 0.2  # seconds after TooBusy
WATCH = 0.5  # seconds between two looks at the daemon's jobs
LEAVE = 10.0  # seconds in which workers that are not needed any more go
PORT_GONE = "lost its driver"
REGION_SIZE = 256 * MEBIBYTE  # a way
NAMES_KNOWN = 6
# Of all processes of the unit together. 8,000 requests left 11 descriptors and 108 KiB more, on 6.12: workers keep attributes
# of sysfs open, and each gets to know the devices in its own time.
ATTRIBUTES_MORE = 64
FDS_MORE = 8  # others
ANONYMOUS_MORE = 512  # KiB

# What a worker keeps open of devices that go, it keeps as long as nothing else needs the place: SYSFS_KEPT_MAX of these.
ATTRIBUTES_MAX = 256


class Lost(Exception):
    """The connection ended."""


class Knowledge:
    """What the clients learn from replies, all of them together."""

    def __init__(self, generator):
        self.random = generator
        self.alive = {}  # name -> generation, as far as anybody was told
        self.past = collections.deque(maxlen=NAMES_KNOWN)

    def learn(self, request):
        if request.error:
            return
        if request.method == "Create":
            region = request.answer["region"]
            self.alive[region["region"]] = region["generation"]
        elif request.method == "Delete":
            name, generation = request.answer["region"], request.answer["generation"]
            self.past.append((name, generation))
            if self.alive.get(name) == generation:
                del self.alive[name]
        elif request.method == "ListRegions":
            self.alive = {region["region"]: region["generation"] for region in request.answer["regions"]}

    def name(self):
        return self.random.choice([*self.alive, "region0"])

    def object(self):
        """With its generation; one in four was deleted before."""
        if self.past and (not self.alive or self.random.random() < 0.25):
            return self.random.choice(self.past)
        return self.random.choice(list(self.alive.items()) or [("region0", "1")])

    def claim(self):
        """As object(), and half of the time nobody else is told of it any more."""
        name, generation = self.object()
        if self.random.random() < 0.5 and self.alive.get(name) == generation:
            del self.alive[name]
        return name, generation


class Requests:
    """Makes the next request at random."""

    def __init__(self, roots, memdevs, generator, with_ports):
        self.roots = roots
        self.memdevs = memdevs
        self.random = generator
        self.with_ports = with_ports
        self.knowledge = Knowledge(generator)
        self.makers = {self.create: 0, self.delete_name: 10, self.delete_object: 18, self.able: 5, self.list: 7, self.status: 3}
        if with_ports:
            self.makers |= {self.unbind: 4, self.bind: 4}

    def make(self, client):
        # The less there is, the more is created.
        self.makers[self.create] = 60 // (1 + len(self.knowledge.alive))
        maker = self.random.choices(list(self.makers), list(self.makers.values()))[0]
        method, parameters, *places = maker()
        return Request(client, method, parameters, 0.0, [], *places)

    def create(self):
        # Those over several bridges must find all of them free, so they are asked for as often as those over one.
        ways = self.random.choices([1, 2, 4], [6, 3, 1])[0]
        root = self.random.choice([root for root in self.roots if len(root.bridges) <= ways])
        named = not root.memdevs or self.with_ports or self.random.random() < 0.7
        memdevs = [below[0] if self.with_ports else self.random.choice(below) for below in root.memdevs]
        possible = memdevs if named else [memdev for below in root.memdevs for memdev in below]
        request = {"root_decoder": root.decoder, "size": REGION_SIZE * len(root.bridges)}
        return "Create", {"request": request | ({"memdevs": memdevs} if named else {})}, root.bridges, tuple(possible)

    def delete_name(self):
        return "Delete", {"region": self.knowledge.name()}

    def delete_object(self):
        name, generation = self.knowledge.claim()
        return "Delete", {"region": name, "generation": generation}

    def able(self):
        name, generation = self.knowledge.object()
        return self.random.choice(["Enable", "Disable"]), {"region": name, "generation": generation}

    def list(self):
        return "ListRegions", {}

    def status(self):
        return "GetStatus", {}

    def _endpoint(self):
        return self.random.choice([below[-1] for root in self.roots if len(root.bridges) == 1 for below in root.memdevs])

    def unbind(self):
        memdev = self._endpoint()
        return "UnbindPort", {"port": self.memdevs[memdev], "force": self.random.random() < 0.5}, (), (memdev,)

    def bind(self):
        memdev = self._endpoint()
        return "BindPort", {"port": self.memdevs[memdev]}, (), (memdev,)


class Player:
    """One client of the daemon."""

    def __init__(self, number, history, requests):
        self.number = number
        self.history = history
        self.requests = requests
        self.reader = self.writer = None

    async def connect(self, path):
        self.reader, self.writer = await asyncio.open_unix_connection(path, limit=1 << 22)

    async def ask(self, request):
        self.history.append(request)
        request.invoked = time.monotonic()
        self.writer.write(encoded(request.method, request.parameters))
        try:
            message = await self.reader.readuntil(b"\0")
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Lost from None
        request.replies.append((time.monotonic(), json.loads(message[:-1])))
        self.requests.knowledge.learn(request)
        return request

    async def play(self, turns):
        """Until no turns are left. A connection that ends leaves its request without a reply."""
        try:
            for _ in turns:
                request = await self.ask(self.requests.make(self.number))
                if request.error == "TooBusy":
                    await asyncio.sleep(BACK_OFF)
        except Lost:
            return

    async def listen(self):
        """What comes although nothing was asked is a reply too many to the last request."""
        try:
            while await asyncio.wait_for(self.reader.readuntil(b"\0"), SILENCE):
                last = [request for request in self.history if request.client == self.number][-1]
                last.replies.append((time.monotonic(), {}))
        except (asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        self.writer.close()


def by_serials(topology):
    """The root decoders with their memdevs by names that stay, and what these are called now."""
    names = {memdev["memdev"]: memdev_name(memdev) for memdev in topology["memdevs"]}
    roots = [dataclasses.replace(root, memdevs=tuple(tuple(names[memdev] for memdev in below) for below in root.memdevs))
             for root in roots_of(topology)]
    return roots, {name: memdev for memdev, name in names.items()}


class Watcher:
    """Sees what the daemon does by itself: deletes what is left of regions whose ports went."""

    def __init__(self, player, history):
        self.player = player
        self.history = history
        self.known = set()
        self.last = time.monotonic()
        self.stopped = False

    async def look(self):
        """A job that is told of now and was not before has ended between the two. Returns how many are new."""
        told = await self.player.ask(Request(OUTSIDE, "ListJobs", {}, 0.0))
        new = [job for job in told.answer["jobs"]
               if job["kind"] == "reap" and job.get("outcome") == "done" and job["job"] not in self.known]
        for job in new:
            self.known.add(job["job"])
            parameters = {"region": job["object"], "generation": job["generation"]}
            began = self.last - (job["ended"] - job["arrived"])
            self.history.append(Request(OUTSIDE, "Reap", parameters, began, [(told.replied, {})]))
        self.last = told.invoked
        return len(new)

    async def play(self):
        while not self.stopped:
            await self.look()
            await asyncio.sleep(WATCH)

    async def rest(self):
        """Until the daemon has nothing to do, and misses nothing; returns what is damaged then, or None if it never rests."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            told = await self.player.ask(Request(OUTSIDE, "GetStatus", {}, 0.0))
            status = told.answer["status"]
            told = await self.player.ask(Request(OUTSIDE, "PlanRepair", {}, 0.0))
            new = await self.look()
            if new == 0 and status["jobs"] == 0 and not any(PORT_GONE in problem for problem in status["problems"]):
                return [finding for finding in told.answer["findings"] if finding["damaged"]]
            await asyncio.sleep(WATCH)
        return None


class Load:
    def __init__(self, options):
        self.path = options.socket
        with Client(self.path) as client:
            topology = client.result("GetTopology")["topology"]
        self.history = []
        self.random = random.Random(options.seed)
        self.requests = Requests(*by_serials(topology), self.random, options.ports)
        self.players = [Player(number, self.history, self.requests) for number in range(options.clients)]
        self.serials = sorted(memdev["serial"] for memdev in topology["memdevs"])
        self.outsider_problems = []
        self.watcher = Watcher(Player(OUTSIDE, [], self.requests), self.history)
        self.damaged = []
        self.final = None

    async def connect(self):
        await asyncio.gather(*(player.connect(self.path) for player in [*self.players, self.watcher.player]))

    async def play_disturbed(self, count):
        """As play(), while devices are taken and given back."""
        outsider = Outsider(self.serials, random.Random(self.random.random()), self.history)
        self.watcher.stopped = False
        outsider.start()
        watching = asyncio.create_task(self.watcher.play())
        seconds = await self.play(count)
        await asyncio.to_thread(outsider.stop)
        self.watcher.stopped = True
        await watching
        self.damaged = await self.watcher.rest()
        self.outsider_problems += outsider.problems
        return seconds

    async def play(self, count):
        """So many requests by all clients together; returns the seconds it took."""
        began = time.monotonic()
        turns = iter(range(count))
        await asyncio.gather(*(player.play(turns) for player in self.players))
        return time.monotonic() - began

    async def clear(self):
        """Deletes what is left, and binds what is unbound."""
        player = self.players[0]
        listed = await player.ask(Request(0, "ListRegions", {}, 0.0))
        for region in listed.answer["regions"]:
            parameters = {"region": region["region"], "generation": region["generation"]}
            await player.ask(Request(0, "Delete", parameters, 0.0))
        if self.requests.with_ports:
            for memdev in sorted({memdev for request in self.history if request.method == "UnbindPort" for memdev in request.memdevs}):
                await player.ask(Request(0, "BindPort", {"port": self.requests.memdevs[memdev]}, 0.0, [], (), (memdev,)))

    async def end(self, outside):
        self.final = await self.players[0].ask(Request(0, "ListRegions", {}, 0.0))
        self.history.remove(self.final)
        if outside:
            await self.watcher.look()
        await asyncio.gather(*(player.listen() for player in self.players))


def anonymous(pid):
    """KiB"""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1])
    return 0


@dataclasses.dataclass
class Resources:
    pids: list
    attributes: list  # of sysfs, and directories, that each keeps open
    others: int  # all other descriptors
    anonymous: list  # KiB of each


def targets_of_descriptors(pid):
    targets = []
    for path in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            targets.append(os.readlink(path))
        except FileNotFoundError:
            pass  # closed meanwhile
    return targets


def resources():
    pids = unit_processes()
    targets = [targets_of_descriptors(pid) for pid in pids]
    attributes = [sum(target.startswith("/sys/") for target in those) for those in targets]
    return Resources(pids, attributes, sum(map(len, targets)) - sum(attributes), list(map(anonymous, pids)))


async def resources_at_rest(before):
    """Workers that were started because others hung go when they have nothing to do."""
    end = time.monotonic() + LEAVE
    while len(unit_processes()) > len(before.pids) and time.monotonic() < end:
        await asyncio.sleep(WATCH)
    return resources()


def counts(history):
    table = collections.Counter((request.method, request.error or "success") for request in history if request.replies)
    return [f"{method:12} {told:14} {count:6}" for (method, told), count in sorted(table.items())]


async def run(options, tap):
    load = Load(options)
    await load.connect()
    play = load.play_disturbed if options.outside else load.play
    await play(options.warm_up)
    await load.clear()
    before = resources()
    tap.note(f"{options.warm_up} requests to warm up")
    seconds = await play(options.requests)
    await load.clear()
    after = await resources_at_rest(before)
    await load.end(options.outside)
    tap.note(f"{options.requests} requests of {options.clients} clients in {seconds:.1f} s: {options.requests / seconds:.1f} a second",
             *counts(load.history))
    judge(load, tap)
    if options.outside:
        judge_outsider(load, tap)
    judge_host(options, tap)
    judge_resources(options, before, after, tap)


def judge(load, tap):
    done = collections.Counter(request.method for request in load.history if request.replies and not request.error)
    tap.check(done["Create"] >= len(load.history) // 50, f"regions were made: {done['Create']}")
    began = time.monotonic()
    problems = check(load.history, load.final)
    tap.check(not problems, f"one after another they could have been: {len(load.history)} requests, "
              f"judged in {time.monotonic() - began:.1f} s", problems)


def judge_outsider(load, tap):
    takes = sum(request.method == "Take" for request in load.history)
    tap.check(takes > 0 and not load.outsider_problems, f"devices were taken {takes} times, and given back",
              load.outsider_problems)
    tap.check(load.damaged is not None, "the daemon came to rest, and misses none of them")
    ghosts = {life.object for life in Lives([request for request in load.history if request.replies]) if life.takes}
    others = [finding for finding in load.damaged or () if f"{finding['object']}@{finding['generation']}" not in ghosts]
    tap.check(not others, f"nothing was damaged then but regions that had lost a device: {len(load.damaged or ())}", others)


def judge_host(options, tap):
    with Client(options.socket) as client:
        findings = client.result("PlanRepair")["findings"]
        memdevs = client.result("GetTopology")["topology"]["memdevs"]
    tap.check(not findings, "no region is half-built", findings)
    used = [memdev for memdev in memdevs if memdev["pmem_free"] != memdev["pmem_size"] or not memdev["bound"]]
    tap.check(memdevs and not used, "all devices are there, and all their memory is free", used)
    left = traces(BUS)
    tap.check(not left, "the kernel shows neither regions nor memory that is allocated to them", left)


def judge_resources(options, before, after, tap):
    details = [before, after]
    if options.outside or options.workers_change:
        is_bounded = max(after.attributes) <= ATTRIBUTES_MAX
    else:
        is_bounded = sum(after.attributes) - sum(before.attributes) <= ATTRIBUTES_MORE
    tap.check(is_bounded and after.others - before.others <= FDS_MORE,
              f"the daemon has no more descriptors: {before.others} and {sum(before.attributes)} attributes, "
              f"then {after.others} and {sum(after.attributes)}", details)
    if options.workers_change:
        tap.check(len(before.pids) == len(after.pids), "nor more processes", details)
        return
    tap.check(before.pids == after.pids, "it has the same processes", details)
    tap.check(sum(after.anonymous) - sum(before.anonymous) <= ANONYMOUS_MORE,
              f"and no more memory of their own: {sum(before.anonymous)} KiB, then {sum(after.anonymous)} KiB", details)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=34)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--warm-up", type=int, default=WARM_UP)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--ports", action="store_true")
    parser.add_argument("--outside", action="store_true")
    parser.add_argument("--workers-change", action="store_true")
    parser.add_argument("--socket", default=SOCKET)
    return parser.parse_args()


def main():
    options = parse_arguments()
    tap = Tap()
    tap.note(f"seed {options.seed}")
    asyncio.run(run(options, tap))
    return tap.plan()


sys.exit(main())
