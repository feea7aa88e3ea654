#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts creates and deletes everywhere, and looks what is left. Prints TAP.

A series goes through the system calls that the victim makes between the first write to sysfs and its answer, in
the order of a run that was traced; each is the place of one interruption: SIGKILL at its entry, or an errno in its
stead. Afterwards, without anybody's help, the host has the whole region or none, and none of its DPA; and the client
was told the truth, or its connection was closed.

Both workers are traced, since nobody knows which will get the job: so the one that recovers can be killed, too.

Runs on a CXL host as root, with cxl-regiond as a service of two workers and nothing else on the host.

usage: interrupt.py [--all | --part K/N] SERIES...   a series: kill-worker, kill-main, errors; --all: at each system
call, not only at the worker's writes and what follows them, and at some of main's; --part: at the K-th of each N of the writes
"""
import argparse
import errno
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

BUS = pathlib.Path("/sys/bus/cxl/devices")
SOCKET = "/run/cxl-regiond/io.cxlregiond.Region"
WORKER = "/usr/libexec/cxl-regiond-worker"
JOBS = pathlib.Path("/run/cxl-regiond/jobs")
TRACE = "/tmp/interrupt.trace"
INTERFACE = "io.cxlregiond.Region"
PATIENCE = 60.0
MAIN_CALLS = 16  # of main's calls about so many are taken in the short form
HITS_MIN = 2


# -- the daemon ----------------------------------------------------------


class Closed(Exception):
    """The connection ended before the answer."""


class Refused(Exception):
    """The answer is an error."""


def call(method, parameters=None):
    """(error name or "", parameters)"""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(SOCKET)
        message = {"method": f"{INTERFACE}.{method}", "parameters": parameters or {}}
        received = b""
        try:
            connection.sendall(json.dumps(message).encode() + b"\0")
            while not received.endswith(b"\0"):
                piece = connection.recv(65536)
                if not piece:
                    raise Closed
                received += piece
        except (ConnectionResetError, BrokenPipeError):
            raise Closed from None
        reply = json.loads(received[:-1])
        return reply.get("error", "").removeprefix(INTERFACE + "."), reply["parameters"]


def result(method, parameters=None):
    error, answer = call(method, parameters)
    if error:
        raise Refused(f"{method}: {answer}")
    return answer


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"did not happen: {what}")
        time.sleep(0.01)


def worker_pids():
    pids = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cmdline").read_bytes().split(b"\0")[0] == WORKER.encode():
                pids.append(int(path.name))
        except OSError:
            pass
    return pids


def workers():
    wait_until(lambda: len(worker_pids()) == 2, "two workers")
    return worker_pids()


def main_process():
    return [int(subprocess.run(["systemctl", "show", "-P", "MainPID", "cxl-regiond"], check=True, capture_output=True,
                               text=True).stdout)]


def ready():
    """The daemon answers, and nothing of what was before is still under way."""
    def is_quiet():
        try:
            status = result("GetStatus")["status"]
        except (Closed, ConnectionRefusedError, Refused):  # the worker that was asked can be the next victim
            return False
        return status["ready"] and status["jobs"] == 0 and not status["stuck"]
    wait_until(is_quiet, "a daemon that is ready")


# -- the host ------------------------------------------------------------


def text(path):
    try:
        return path.read_text().strip()
    except OSError:
        return None


def regions():
    return sorted(path.name for path in BUS.glob("region*"))


def allocations():
    return {path.parent.name: text(path) for path in BUS.glob("decoder*/dpa_size") if int(text(path), 0) > 0}


def what_is_left():
    """"" for a host without a region and without DPA in use; "whole" for one with a whole region; else what is wrong."""
    names, used = regions(), allocations()
    if not names:
        return f"DPA in use without a region: {used}" if used else ""
    if len(names) > 1:
        return f"regions: {names}"
    region = BUS / names[0]
    targets = {text(region / f"target{i}") for i in range(int(text(region / "interleave_ways")))}
    if text(region / "commit") != "1" or not (region / "driver").exists():
        return f"{names[0]} is half-built"
    return "whole" if targets == set(used) else f"{names[0]} has {targets}, DPA is in use of {used}"


# -- one interruption ----------------------------------------------------


class Tracer:
    def __init__(self, pids, *options):
        victims = [word for pid in pids for word in ("-p", str(pid))]
        self.process = subprocess.Popen(["strace", "-qq", "-o", TRACE, *options, *victims])
        wait_until(lambda: all(self.is_attached(pid) for pid in pids), "a tracer that is attached")

    @staticmethod
    def is_attached(pid):
        status = text(pathlib.Path(f"/proc/{pid}/status"))
        return not status or re.search(r"^TracerPid:\s*[1-9]", status, re.M)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)


def ask(job, request):
    """What the client hears: an error's outcome, "done", or "closed"."""
    try:
        if job == "Create":
            error, answer = call("Create", {"request": request})
        else:
            error, answer = call("Delete", {"region": regions()[0]})
    except Closed:
        return "closed", None
    return (answer["outcome"], answer) if error else ("done", answer)


def expected(job, outcome):
    """What must be left on the host after what the client heard."""
    before, after = ("", "whole") if job == "Create" else ("whole", "")
    return {"done": [after], "undone": [before], "unchanged": [before], "closed": [before, after]}.get(outcome, [])


def prepare(job, request):
    """The host as the job wants it. Leaves nothing behind that a series before it did wrong."""
    ready()
    if job == "Create" and regions():
        result("Delete", {"region": regions()[0]})
    if job == "Delete" and not regions():
        result("Create", {"request": request})
    ready()


def left_to_recover():
    """What a look for all that interrupted jobs left still finds, and files that were set aside."""
    look = result("Repair")
    left = [job["message"] for job in look["recovered"] + look["unfinished"]]
    return left + [finding["why"] for finding in look["findings"]] + [path.name for path in JOBS.glob("aside-*")]


def was_hit():
    """Was a victim killed, or a write failed?"""
    trace = pathlib.Path(TRACE).read_text(errors="replace")
    return "killed by SIGKILL" in trace or "(INJECTED)" in trace


def interrupt(job, request, victim, options):
    """Returns a sentence about what went wrong, or ""; and what the client heard; "missed" when the
    call was not made."""
    prepare(job, request)
    tracer = Tracer(victim(), *options)
    heard, answer = ask(job, request)
    if heard == "closed" or not pathlib.Path(f"/proc/{tracer.process.pid}").exists():
        tracer.end()
    ready()
    tracer.end()
    left = what_is_left()
    if not was_hit():
        return "", "missed"
    if left not in expected(job, heard):
        return f"the client heard \"{heard}\", and this is left: {left or 'no region'}; {answer}", heard
    if left_to_recover():
        return f"left behind: {left_to_recover()}", heard
    return "", heard


# -- series --------------------------------------------------------------


def traced_calls(job, request, victim, first):
    """The system calls of one undisturbed job from the first that matches on: [(name, how many of it before, text)]"""
    prepare(job, request)
    tracer = Tracer(victim())
    heard, answer = ask(job, request)
    time.sleep(0.2)
    tracer.end()
    if heard != "done":
        raise RuntimeError(f"{job} fails without being disturbed: {answer}")
    calls, count, begun = [], {}, ""
    for line in pathlib.Path(TRACE).read_text(errors="replace").splitlines():
        match = re.match(r"(?:(\d+) +)?((\w+)\(.*)", line)
        if not match or begun not in ("", match[1]):
            continue
        name = match[3]
        count[match[1], name] = count.get((match[1], name), 0) + 1
        if calls or first.match(match[2]):
            begun = match[1]
            calls.append((name, count[begun, name], match[2]))
    # Up to the answer: the last message of a worker, the second of main, which gave the job away by its first.
    sent = [i for i, (name, _, _) in enumerate(calls) if name in ("sendmsg", "sendto")]
    return calls[:(sent[1] if first is FIRST_SEND else sent[-1]) + 1]


def at_writes(calls, choice):
    """The writes, and what comes right behind each: written, but not yet noted."""
    chosen = choice.part_of([i for i, (name, _, _) in enumerate(calls) if name == "write"])
    return [calls[i] for i in sorted({k for i in chosen for k in (i, i + 1) if k < len(calls)} | {len(calls) - 1})]


def chosen_calls(calls, choice):
    """Of the worker's those at its writes; of main's, which writes nothing, some of all."""
    if choice.every:
        return calls
    if any(name == "write" for name, _, _ in calls):
        return at_writes(calls, choice)
    return calls[::len(calls) // MAIN_CALLS + 1]


def hits(heard):
    return sum(heard.values()) - heard.get("missed", 0)


def report(number, name, wrong, heard):
    total = sum(heard.values())
    # No run makes quite the calls of the one that was traced, least of all main, which hears of each device.
    if hits(heard) < HITS_MIN:
        wrong.append(f"{heard.get('missed', 0)} of {total} were at calls that were not made")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(heard.items()))
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}: {total} interruptions (the client heard: {told})")
    for sentence in wrong:
        print(f"#   {sentence}")
    sys.stdout.flush()


def kill_at(job, request, victim, name, ordinal, every):
    """Where it makes fewer calls than when it was traced, it is killed half-way there: those are few that are chosen."""
    sentence, outcome = "", "missed"
    while outcome == "missed" and not sentence and ordinal > 0:
        sentence, outcome = interrupt(job, request, victim, ["-e", f"trace={name}", "-e",
                                                             f"inject={name}:signal=SIGKILL:when={ordinal}"])
        ordinal = 0 if every else ordinal // 2
    return sentence, outcome


def kill_series(job, request, victim, first, choice):
    """At the chosen calls; and at others, as long as too few of those that were chosen are made."""
    calls = traced_calls(job, request, victim, first)
    chosen = chosen_calls(calls, choice)
    others = [call for call in calls if call not in chosen]
    wrong, heard = [], {}
    while chosen or (hits(heard) < HITS_MIN and others):
        name, ordinal, line = (chosen or others).pop(0)
        sentence, outcome = kill_at(job, request, victim, name, ordinal, choice.every)
        heard[outcome] = heard.get(outcome, 0) + 1
        if sentence:
            wrong.append(f"killed at {line[:80]}: {sentence}")
    return wrong, heard


def error_series(job, request, choice):
    calls = traced_calls(job, request, workers, re.compile(r"write\("))
    wrong, heard = [], {}
    for name, ordinal, line in choice.part_of([call for call in calls if call[0] == "write"]):
        for number in (errno.EIO, errno.ENOSPC, errno.EINTR):
            sentence, outcome = interrupt(job, request, workers, [
                "-e", "trace=write", "-e", f"inject=write:error={errno.errorcode[number]}:when={ordinal}"])
            heard[outcome] = heard.get(outcome, 0) + 1
            if sentence:
                wrong.append(f"{errno.errorcode[number]} of {line[:80]}: {sentence}")
            elif number == errno.EINTR and outcome != "done":
                wrong.append(f"EINTR of {line[:80]} is no reason to give up, but: {outcome}")
    return wrong, heard


FIRST_WRITE = re.compile(r"write\(")
# Main never writes to sysfs: its part begins when it gives the job away.
FIRST_SEND = re.compile(r"(sendmsg|sendto)\(.*(create|delete)")

SERIES = {
    "kill-worker": lambda job, request, choice: kill_series(job, request, workers, FIRST_WRITE, choice),
    "kill-main": lambda job, request, choice: kill_series(job, request, main_process, FIRST_SEND, choice),
    "errors": error_series,
}


class Choice:
    """Of the system calls at which a series could interrupt."""

    def __init__(self, every, part):
        self.every = every
        self.first, self.stride = (int(word) for word in part.split("/"))

    def part_of(self, calls):
        return calls if self.every else calls[self.first - 1::self.stride]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--part", default="1/1", metavar="K/N")
    parser.add_argument("--request", type=json.loads, default={}, help="of the create, as JSON")
    parser.add_argument("series", nargs="+", choices=SERIES)
    options = parser.parse_args()
    choice = Choice(options.all, options.part)
    failed, number = False, 0
    for series in options.series:
        for job in ("Create", "Delete"):
            started = time.monotonic()
            wrong, heard = SERIES[series](job, options.request, choice)
            number += 1
            report(number, f"{series}, {job.lower()}", wrong, heard)
            failed = failed or bool(wrong)
            print(f"# {time.monotonic() - started:.0f} s")
    prepare("Create", options.request)
    print(f"1..{number}")
    sys.exit(failed)


main()
