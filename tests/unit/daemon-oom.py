#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main process while memory runs out: each allocation of a request fails once. Prints TAP.

usage: daemon-oom.py CXL-REGIOND FAIL-MALLOC [NAME...]

The client gets an error or sees its connection end; the daemon goes on, loses no memory, and the next request is
answered as if nothing had been.
"""
import mmap
import os
import struct
import sys
import time

from daemon_driver import Client, Daemon, error_of, wait_until
from tap import run_tests

PROGRAM, PRELOAD = sys.argv[1:3]
ALLOCATIONS_MAX = 3000
EACH_BEFORE_STRIDES = 300
HISTORY = 128  # jobs that are remembered after their end
SECONDS_MAX = 30  # workers that die one after the other are replaced only after up to ten seconds


class Control:
    """The other end of fail-malloc.c's struct control."""

    def __init__(self, path: str):
        with open(path, "w+b") as file:
            file.truncate(40)
            self.map = mmap.mmap(file.fileno(), 40)

    def get(self, index: int) -> int:
        return struct.unpack_from("q", self.map, index * 8)[0]

    def put(self, index: int, number: int) -> None:
        struct.pack_into("q", self.map, index * 8, number)

    def arm(self, fail_at: int, more: int) -> None:
        self.put(1, 0)
        self.put(3, 0)
        self.put(2, more)
        self.put(1, fail_at)

    def disarm(self) -> int:
        """Returns how many allocations failed."""
        self.put(1, 0)
        self.put(2, 0)
        return self.get(3)

    blocks = property(lambda self: self.get(4))


class Run:
    def __init__(self, **options):
        self.daemon = Daemon(PROGRAM, start=False, **options)
        control = f"{self.daemon.base}/control"
        self.control = Control(control)
        os.chmod(control, 0o666)
        self.daemon.environment |= {"LD_PRELOAD": os.path.abspath(PRELOAD), "FAIL_MALLOC_CONTROL": control}
        self.daemon.start()
        self.control.put(0, self.daemon.process.pid)

    def __enter__(self):
        self.daemon.__enter__()
        return self

    def __exit__(self, *details):
        self.daemon.__exit__(*details)


def ask(client: Client, method: str, parameters: dict, more: bool) -> list:
    """All replies, None for an end of the connection."""
    begin = time.monotonic()
    replies = []
    try:
        client.send(method, parameters, **({"more": True} if more else {}))
        replies.append(client.receive())
        while replies[-1] and replies[-1].get("continues"):
            replies.append(client.receive())
    except (BrokenPipeError, ConnectionResetError):
        replies.append(None)
    assert time.monotonic() - begin < SECONDS_MAX, f"{method} was answered late: {replies}"
    return replies


def check_reply(reply: dict | None) -> None:
    if reply is None or "error" not in reply:
        return
    told = reply["parameters"]
    assert error_of(reply) == "InternalError" and told["message"] and told["remedy"], reply
    # Where a worker was told of the job, its log tells what came of it; not if there is no memory to have that read.
    was_told = "ended" in told["message"]
    assert told["outcome"] in (("unknown", "unchanged") if was_told and "job" in told else ("unchanged",)), reply


def wait_for_delete(client: Client, region: str) -> None:
    """Waits until a delete is not turned away any more."""
    wait_until(lambda: error_of(client.call("Delete", {"region": region})) != "TooBusy", SECONDS_MAX)


def settle(run: Run) -> None:
    """Brings the daemon to where it was: all workers there, nothing to be read, no region."""
    with run.daemon.client() as client:
        # It waits for all jobs, those too whose client did not wait.
        wait_for_delete(client, "region999")
        for region in client.result("ListRegions")["regions"]:
            # A worker that main had to let go may still be about to delete it.
            wait_for_delete(client, region["region"])
        # Nothing is changed before it is known what a lost job left: the next one must not come too early.
        wait_for_delete(client, "region999")
        client.result("GetStatus")
        client.result("org.varlink.service.GetInfo")
    wait_until(lambda: len(run.daemon.workers()) == 4, SECONDS_MAX)


def blocks_at_rest(run: Run) -> int:
    """A refresh of the inventory may be under way: the least of some looks. What is kept of jobs is the same each time."""
    looks = []
    settle(run)
    with run.daemon.client() as client:
        for _ in range(HISTORY):
            wait_for_delete(client, "region999")
    for _ in range(8):
        settle(run)
        time.sleep(0.15)
        looks.append(run.control.blocks)
    return min(looks)


def fail_each(method: str, parameters: dict, prepare=lambda run: None, more: bool = False, behind: int = 0,
              stride: int = 1, names_lost: int = 4) -> None:
    """stride: where an answer has the same many times over, the first allocations are tried, and then one of so many.
    names_lost: json-c loses a name where it cannot enlarge an object for it, which so many of the tries hit at the most: two
    for a status, and two more where the daemon's own look at the host falls in between.
    """
    with run_daemon() as run:
        pid = run.daemon.process.pid
        before = blocks_at_rest(run)
        n = 0
        failed = True
        while failed:
            n += 1 if n < EACH_BEFORE_STRIDES else stride
            assert n < ALLOCATIONS_MAX * stride, "it does not end"
            prepare(run)
            try:
                run.control.arm(n, behind)
                with run.daemon.client() as client:
                    replies = ask(client, method, parameters, more)
                failed = run.control.disarm()
                check_reply(replies[-1])
                assert failed or (replies[-1] and "error" not in replies[-1]), replies
                assert run.daemon.process.poll() is None, "it ended"
                settle(run)
            except Exception:
                print(f"# allocation {n} of {method} failed; the end of the log:", flush=True)
                for line in run.daemon.log().splitlines()[-5:]:
                    print("#  ", line)
                raise
        assert n > 10, "nothing was tried"
        assert run.daemon.process.pid == pid
        after = blocks_at_rest(run)
        print(f"# {method}: {n - 1} allocations, {before} blocks before, {after} after", flush=True)
        assert after <= before + names_lost, "memory is lost"


def run_daemon() -> Run:
    return Run()


def add_region(run: Run) -> None:
    run.daemon.region("region0", "5")


def test_get_info():
    fail_each("org.varlink.service.GetInfo", {})


def test_get_interface_description():
    fail_each("org.varlink.service.GetInterfaceDescription", {"interface": "io.cxlregiond.Region"})


def test_get_status():
    fail_each("GetStatus", {})


def test_get_topology():
    fail_each("GetTopology", {}, prepare=add_region)


def test_list_regions():
    fail_each("ListRegions", {"regions": ["region0"]}, prepare=add_region)


def test_plan_create():
    fail_each("PlanCreate", {"request": {"size": 1}})


def test_create():
    fail_each("Create", {"request": {"size": 1, "uuid": "86077512-4a84-4dc1-b4ce-d7a3e2797808"}})


def test_create_with_progress():
    fail_each("Create", {"request": {}}, more=True)


def test_delete():
    fail_each("Delete", {"region": "region0"}, prepare=add_region)


def test_list_ports():
    fail_each("ListPorts", {}, prepare=add_region)


def test_unbind_port():
    fail_each("UnbindPort", {"port": "mem0", "force": True}, prepare=add_region)


def test_bind_port():
    fail_each("BindPort", {"port": "mem0"})


def test_list_jobs():
    # Each of the records is enlarged twice, in some 70 allocations.
    fail_each("ListJobs", {}, stride=37, names_lost=40)


def test_get_job():
    wanted = {}

    def name_the_last(run: Run) -> None:
        with run.daemon.client() as client:
            wanted["job"] = client.call("Delete", {"region": "region999"})["parameters"]["job"]

    fail_each("GetJob", wanted, prepare=name_the_last)


def test_acquire_locks():
    fail_each("AcquireLocks", {"objects": ["mem0", "root0"]})


def test_create_without_waiting():
    fail_each("Create", {"request": {}, "detach": True})


def test_create_with_several_failures():
    fail_each("Create", {"request": {}}, behind=3)


sys.exit(run_tests(globals(), sys.argv[3:]))
