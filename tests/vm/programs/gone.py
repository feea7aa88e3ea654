#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unbinds a memory device while a job runs on it, held before each write of its plan in turn. Prints TAP.

The client hears PortGone with its outcome, or success, and never waits; what is left of a region is gone within five
seconds, or status names it. Then the device is bound again, and the host is as before.

Runs on a CXL host without regions, as root, with cxl-regiond as a service and nothing else on the host.

usage: gone.py REQUEST MEMDEV    REQUEST: of a create on named memdevs, as JSON; MEMDEV: of them, which is unbound
"""
import collections
import json
import pathlib
import re
import select
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from client import PATIENCE, Client, Tap, error_of

BUS = pathlib.Path("/sys/bus/cxl/devices")
DRIVER = pathlib.Path("/sys/bus/cxl/drivers/cxl_mem")
WORKER = "/usr/libexec/cxl-regiond-worker"
SOON = 5.0


def wait_until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"did not happen: {what}")
        time.sleep(0.01)


def result(method, parameters=None):
    with Client() as client:
        reply = client.call(method, parameters or {})
        if error_of(reply):
            raise RuntimeError(f"{method}: {reply}")
        return reply["parameters"]


def text(path):
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def regions():
    return sorted(path.name for path in BUS.glob("region*"))


def allocations():
    return sorted(path.parent.name for path in BUS.glob("decoder*/dpa_size") if int(text(path) or "0", 0) > 0)


# -- the held worker ---------------------------------------------------------------


def worker_pids():
    pids = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cmdline").read_bytes().split(b"\0")[0] == WORKER.encode():
                pids.append(path.name)
        except OSError:
            pass
    return pids


class Hold:
    """Whichever worker gets the job is held before its N-th write; let go, it goes on."""

    def __init__(self, number):
        pids = worker_pids()
        victims = [word for pid in pids for word in ("-p", pid)]
        self.pids = pids
        self.process = subprocess.Popen(
            ["strace", "-qq", "-o", "/dev/null", "-e", "trace=write",
             "-e", f"inject=write:delay_enter=60000000:when={number}", *victims], stderr=subprocess.DEVNULL)
        wait_until(lambda: all(re.search(r"^TracerPid:\s*[1-9]", text(pathlib.Path(f"/proc/{pid}/status")), re.M)
                               for pid in pids), "a tracer that is attached")

    def is_holding(self):
        """A worker that stays stopped; at other writes it stops for a moment."""
        for _ in range(5):
            if not any(re.search(r"^State:\s*t", text(pathlib.Path(f"/proc/{pid}/status")), re.M) for pid in self.pids):
                return False
            time.sleep(0.02)
        return True

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)


# -- one job -------------------------------------------------------------------------


def heal(memdev):
    """The device has its driver and an endpoint again, and nothing is left of regions."""
    if not (DRIVER / memdev).exists():
        (DRIVER / "bind").write_text(memdev)
    subprocess.run(["udevadm", "settle"], check=True)

    def is_well():
        topology = result("GetTopology")["topology"]
        return any(entry["memdev"] == memdev and entry.get("endpoint") for entry in topology["memdevs"])
    wait_until(is_well, f"{memdev} has an endpoint again")
    for name in regions():
        with Client() as client:
            client.call("Delete", {"region": name})
    if regions() or allocations():
        result("Repair")
    return "" if not regions() and not allocations() else f"left for good: {regions()}, DPA {allocations()}"


def has_answer(client):
    return bool(select.select([client.socket], [], [], 0)[0])


def left_over():
    """What is left that nobody names: "" soon, or a sentence."""
    def is_told():
        status = result("GetStatus")["status"]
        return not regions() or status["damaged"] > 0
    try:
        wait_until(is_told, "", SOON)
    except RuntimeError:
        return f"after {SOON:.0f} s there is {regions()}, and status does not tell"
    return ""


def interrupt(method, parameters, memdev, number):
    """Returns what the client heard, and a sentence about what went wrong, or ""."""
    hold = Hold(number)
    with Client() as client:
        client.send(method, parameters)
        try:
            wait_until(lambda: hold.is_holding() or has_answer(client), "a worker that is held")
            held = not has_answer(client)
            # The kernel may have to wait for the held worker's locks: nobody waits for the one who unbinds.
            unbinder = subprocess.Popen(["sh", "-c", f"echo {memdev} >{DRIVER}/unbind"])
            time.sleep(0.2)
        finally:
            hold.end()
        began = time.monotonic()
        reply = client.receive()
    late = time.monotonic() - began
    unbinder.wait(PATIENCE)
    error = error_of(reply)
    heard = f"{error}, {reply['parameters']['outcome']}" if error else "success"
    if not held:
        return "not held", ""
    if error not in ("", "PortGone"):
        return heard, f"{method} held before write {number} was answered: {reply}"
    if late > PATIENCE / 2:
        return heard, f"{method} held before write {number} was answered after {late:.0f} s"
    return heard, left_over()


def series(tap, method, request, memdev):
    heard, wrong = collections.Counter(), []
    number = 0
    while True:
        number += 1
        parameters = {"request": request}
        if method == "Delete":
            parameters = {"region": result("Create", {"request": request})["region"]["region"]}
        outcome, sentence = interrupt(method, parameters, memdev, number)
        ill = heal(memdev)
        heard[outcome] += 1
        wrong += [f"before write {number}: {said}" for said in (sentence, ill) if said]
        if outcome == "not held":
            break
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(heard.items()))
    tap.check(not wrong, f"{method}, held before each of {number - 1} writes (the client heard: {told})", wrong)


def main():
    request, memdev = json.loads(sys.argv[1]), sys.argv[2]
    tap = Tap()
    for method in ("Create", "Delete"):
        series(tap, method, request, memdev)
    sys.exit(tap.plan())


main()
