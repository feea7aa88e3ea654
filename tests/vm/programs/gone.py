#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unbinds a memory device while a job runs on it, held before each write of its plan in turn. Prints TAP.

Its memdev loses its driver, and each second time its PCI function does. The client hears PortGone with its outcome, or
success, and never waits; what is left of a region is gone within five seconds, or status names it. Then the device is bound
again, after a reset, since the emulated one keeps what was committed; and the host is as before.

Runs on a CXL host without regions, as root, with cxl-regiond as a service and nothing else on the host.

usage: gone.py REQUEST SERIAL    REQUEST: of a create on named memdevs, as JSON; SERIAL: of the one that is unbound
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
MEM_DRIVER = pathlib.Path("/sys/bus/cxl/drivers/cxl_mem")
PCI_DRIVER = pathlib.Path("/sys/bus/pci/drivers/cxl_pci")
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


class Device:
    """A memory device: its memdev may have another name when it comes back."""

    def __init__(self, serial):
        self.serial = int(serial, 0)
        self.function = pathlib.Path(BUS / self.memdev()).resolve().parent

    def memdev(self):
        return next((path.parent.name for path in BUS.glob("mem*/serial") if int(text(path), 0) == self.serial), None)

    def unbind(self, by_function):
        driver, name = (PCI_DRIVER, self.function.name) if by_function else (MEM_DRIVER, self.memdev())
        return subprocess.Popen(["sh", "-c", f"echo {name} >{driver}/unbind"])

    def restore(self):
        if (PCI_DRIVER / self.function.name).exists():
            (PCI_DRIVER / "unbind").write_text(self.function.name)
        (self.function / "reset").write_text("1")
        (PCI_DRIVER / "bind").write_text(self.function.name)
        wait_until(self.is_whole, "the device is there again")

    def is_whole(self):
        memdevs = result("GetTopology")["topology"]["memdevs"]
        return any(entry["serial"] == self.serial and entry.get("endpoint") for entry in memdevs)


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
        """A worker that stays stopped at a write; at others it stops for a moment."""
        for _ in range(5):
            if not any(self.is_stopped_at_write(pathlib.Path("/proc") / pid) for pid in self.pids):
                return False
            time.sleep(0.02)
        return True

    @staticmethod
    def is_stopped_at_write(process):
        return re.search(r"^State:\s*t", text(process / "status"), re.M) and text(process / "syscall").startswith("1 ")

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)


# -- one job -------------------------------------------------------------------------


def heal(device):
    """All is as before, or a sentence about what is not."""
    for name in regions():
        with Client() as client:
            client.call("Delete", {"region": name})
    device.restore()
    if regions() or allocations():
        result("Repair")
    return f"left for good: {regions()}, DPA of {allocations()}" if regions() or allocations() else ""


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


def interrupt(method, parameters, device, number):
    """Returns what the client heard, and a sentence about what went wrong, or ""."""
    hold = Hold(number)
    with Client() as client:
        client.send(method, parameters)
        try:
            wait_until(lambda: hold.is_holding() or has_answer(client), "a worker that is held")
            held = not has_answer(client)
            # The kernel may have to wait for the held worker's locks: nobody waits for the one who unbinds.
            unbinder = device.unbind(number % 2 == 0)
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


def series(tap, method, request, device):
    heard, wrong = collections.Counter(), []
    number = 0
    while True:
        number += 1
        parameters = {"request": request}
        if method == "Delete":
            parameters = {"region": result("Create", {"request": request})["region"]["region"]}
        outcome, sentence = interrupt(method, parameters, device, number)
        ill = heal(device)
        heard[outcome] += 1
        wrong += [f"before write {number}: {said}" for said in (sentence, ill) if said]
        if outcome == "not held":
            break
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(heard.items()))
    tap.check(not wrong, f"{method}, held before each of {number - 1} writes (the client heard: {told})", wrong)


def main():
    request, device = json.loads(sys.argv[1]), Device(sys.argv[2])
    tap = Tap()
    for method in ("Create", "Delete"):
        series(tap, method, request, device)
    sys.exit(tap.plan())


main()
