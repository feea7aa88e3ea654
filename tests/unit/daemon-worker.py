#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker for tests of the main process: it speaks the frames of a real one, and works on a directory.

$DAEMON_TEST_DIR/regions/NAME holds the generation of a region. Tokens, files beside it, script what happens, each once:
  hang-KIND-*   the next job of that kind hangs after its first progress, until the token (renamed hung-PID) is removed
  deaf-KIND-*   the same, and it does not listen to a cancellation
  die-KIND-*    the next job of that kind kills its worker after its first progress
  unsure-KIND-* the next job of that kind is refused by the kernel, and what it did cannot be taken back
  needs-KIND-*  the next job of that kind asks for the locks in that file, a JSON array of names
KIND is create, delete, scan..., or, with the root decoder that a job is about, create.decoder0.1.

Jobs are logged to $DAEMON_TEST_DIR/calls, one JSON object a line. $DAEMON_TEST_FIX is the kernel_fix that probe tells.

The host has one endpoint; or, with $DAEMON_TEST_DIR/bridges, as many host bridges as that says, with two memdevs each: mem0
and mem1 behind pci0000:00, in the window decoder0.0, mem2 and mem3 behind pci0000:01, in decoder0.1... slow-DECODER says how
many seconds each job takes in that window.
"""
import glob
import json
import os
import select
import signal
import socket
import sys
import time

base = os.environ["DAEMON_TEST_DIR"]
main = socket.socket(fileno=3)
received = b""


def send(message: dict) -> None:
    try:
        main.sendall(json.dumps(message).encode() + b"\0")
    except BrokenPipeError:
        pass


def receive() -> dict:
    global received
    while b"\0" not in received:
        piece = main.recv(65536)
        if not piece:
            sys.exit(0)
        received += piece
    message, received = received.split(b"\0", 1)
    return json.loads(message)


def is_cancelled(job: int) -> bool:
    if not select.select([main], [], [], 0)[0]:
        return False
    try:
        return receive().get("cancel") == job
    except SystemExit:
        return False


def take_token(what: str, kind: str) -> str | None:
    for path in sorted(glob.glob(f"{base}/{what}-{kind}-*")):
        taken = f"{base}/hung-{os.getpid()}"
        try:
            os.rename(path, taken)
            return taken
        except FileNotFoundError:
            continue
    return None


class Refusal(Exception):
    pass


def wait_while(path: str, job: int, listens: bool) -> None:
    while os.path.exists(path):
        time.sleep(0.01)
        if listens and is_cancelled(job):
            raise Refusal("Cancelled", "It was cancelled.", "undone")


def region_path(name: str) -> str:
    return f"{base}/regions/{name}"


def region_read(name: str) -> dict:
    try:
        with open(region_path(name), encoding="ascii") as file:
            generation, state, *place = file.read().split()
    except FileNotFoundError:
        raise Refusal("NotFound", f"There is no region {name}.", "unchanged") from None
    region = {"region": name, "generation": generation, "state": state, "origin": "unknown"}
    if place:
        region["root_decoder"] = place[0]
        region["mappings"] = [{"position": i, "memdev": memdev} for i, memdev in enumerate(place[1:])]
    return region


def region_file(words: list) -> str:
    """A new file of a region, which has no name yet."""
    path = f"{base}/regions/{os.getpid()}.new"
    with open(path, "w", encoding="ascii") as file:
        file.write(" ".join(words))
    return path


def region_claim(place: list) -> str:
    """The first free name: another worker may make a region at the same time."""
    path = region_file([str(time.monotonic_ns()), "active", *place])
    for i in range(1000):
        try:
            os.link(path, region_path(f"region{i}"))
            os.unlink(path)
            return f"region{i}"
        except FileExistsError:
            continue
    raise Refusal("NoCapacity", "There are too many regions.", "unchanged")


def region_set(region: dict, state: str) -> None:
    place = [region["root_decoder"], *(m["memdev"] for m in region["mappings"])] if "mappings" in region else []
    os.rename(region_file([region["generation"], state, *place]), region_path(region["region"]))


def region_names() -> list:
    return sorted(name for name in os.listdir(f"{base}/regions") if not name.endswith(".new"))


def read_text(name: str) -> str:
    """What a file says that a test made; nothing without one."""
    try:
        with open(f"{base}/{name}", encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def region_checked(parameters: dict) -> dict:
    region = region_read(parameters["region"])
    if parameters.get("generation", region["generation"]) != region["generation"]:
        raise Refusal("NotFound", "That object is gone.", "unchanged")
    return region


def do_list(parameters: dict) -> dict:
    return {"regions": [region_read(name) for name in parameters.get("regions", region_names())]}


def ports() -> list:
    root = {"port": "root0", "kind": "root", "uport": "ACPI0017:00", "bound": True}
    endpoint = {"port": "endpoint1", "kind": "endpoint", "parent": "root0", "uport": "mem0", "bound": True}
    return [root] if os.path.exists(f"{base}/unbound") else [root, endpoint]


def decoders() -> list:
    return [{"decoder": "decoder1.0", "port": "endpoint1", "region": name} for name in region_names()]


def bridges_topology(bridges: int) -> dict:
    root = {"port": "root0", "kind": "root", "uport": "ACPI0017:00", "bound": True}
    topology = {"ports": [root], "decoders": decoders(), "memdevs": [], **do_list({})}
    for i in range(bridges):
        device, port = f"pci0000:{i:02}", f"port{i + 1}"
        topology["ports"].append({"port": port, "kind": "bridge", "parent": "root0", "parent_dport": device,
                                  "uport": device, "bound": True})
        topology["decoders"].append({"decoder": f"decoder0.{i}", "port": "root0", "kind": "root", "targets": [device]})
        for memdev in (2 * i, 2 * i + 1):
            endpoint = f"endpoint{100 + memdev}"
            topology["ports"].append({"port": endpoint, "kind": "endpoint", "parent": port, "uport": f"mem{memdev}",
                                      "bound": True})
            topology["memdevs"].append({"memdev": f"mem{memdev}", "serial": memdev, "host": f"0000:{memdev:02}:00.0",
                                        "endpoint": endpoint})
    return topology


def do_scan(parameters: dict) -> dict:
    topology = {"ports": ports(), "decoders": decoders(), "memdevs": [{}, {}], **do_list({})}
    if read_text("bridges"):
        topology = bridges_topology(int(read_text("bridges")))
    return {"topology": topology, "problems": [], **do_plan_repair({})}


def do_plan_repair(parameters: dict) -> dict:
    """A damaged region is a finding, and a disabled one only worth knowing."""
    findings = []
    for region in do_list({})["regions"]:
        if region["state"] in ("damaged", "disabled"):
            finding = {"kind": "ghost", "object": region["region"], "generation": region["generation"]}
            finding |= {"damaged": region["state"] == "damaged", "why": f"{region['region']} is {region['state']}."}
            findings.append({**finding, "steps": []})
    return {"findings": findings}


def do_repair(parameters: dict) -> dict:
    result = do_plan_repair({})
    for finding in result["findings"]:
        if finding["damaged"]:
            os.unlink(region_path(finding["object"]))
        finding["outcome"] = "done" if finding["damaged"] else "left"
    return result


def do_probe(parameters: dict) -> dict:
    fix = os.environ.get("DAEMON_TEST_FIX", "none")
    return {"kernel": "6.1.0-test", "kernel_fix": fix, "kernel_fix_detail": "Told by a test."}


def do_create(parameters: dict) -> dict:
    request = parameters["request"]
    place = [request["root_decoder"], *request.get("memdevs", [])] if "root_decoder" in request else []
    return {"region": region_read(region_claim(place))}


def do_delete(parameters: dict) -> dict:
    region = region_checked(parameters)
    os.unlink(region_path(region["region"]))
    return {"region": region["region"], "generation": region["generation"]}


def do_able(parameters: dict, state: str) -> dict:
    region = region_checked(parameters)
    region_set(region, state)
    return {"region": region_read(region["region"])}


def do_big(parameters: dict) -> dict:
    return {"steps": ["x" * 1000] * 4000}


def do_recover(parameters: dict) -> dict:
    """What $DAEMON_TEST_DIR/interrupted tells of, once; what is living or unfinished is told until the file is gone."""
    result = {"recovered": [], "unfinished": [], "living": [], "set_aside": [], "kept": [], "last_job": 0}
    try:
        with open(f"{base}/interrupted", encoding="utf-8") as file:
            result |= json.load(file)
    except FileNotFoundError:
        return result
    if not result["living"] and not result["unfinished"]:
        os.unlink(f"{base}/interrupted")
    return result


def port_read(name: str) -> dict:
    """The host has one endpoint, which $DAEMON_TEST_DIR/unbound takes away, and each region lives there."""
    if name not in ("mem0", "endpoint1"):
        raise Refusal("NotFound", f"There is no port {name}.", "unchanged")
    bound = not os.path.exists(f"{base}/unbound")
    return {"port": "endpoint1" if bound else "mem0", "uport": "mem0", "changed": False}


def do_unbind_port(parameters: dict) -> dict:
    port = port_read(parameters["port"])
    regions = region_names()
    if regions and not parameters["force"]:
        raise Refusal("RegionInUse", f"{port['port']} serves {', '.join(regions)}.", "unchanged")
    for name in regions:
        os.unlink(region_path(name))
    with open(f"{base}/unbound", "w", encoding="ascii"):
        pass
    return {**port, "deleted": regions, "changed": port["port"] == "endpoint1"}


def do_bind_port(parameters: dict) -> dict:
    changed = port_read(parameters["port"])["port"] == "mem0"
    if changed:
        os.unlink(f"{base}/unbound")
    return {**port_read("mem0"), "changed": changed}


KINDS = {
    "recover": do_recover,
    "probe": do_probe,
    "discover": do_scan,
    "scan": do_scan,
    "list": do_list,
    "resolve": lambda parameters: {"generation": region_read(parameters["region"])["generation"]},
    "plan-create": lambda parameters: {"plan": parameters},
    "plan-delete": do_big,
    "create": do_create,
    "delete": do_delete,
    "enable": lambda parameters: do_able(parameters, "active"),
    "disable": lambda parameters: do_able(parameters, "disabled"),
    "plan-repair": do_plan_repair,
    "repair": do_repair,
    "unbind-port": do_unbind_port,
    "bind-port": do_bind_port,
}


def decoder_of(kind: str, parameters: dict) -> str:
    """The root decoder that a job is about; none if it does not say, and for what is only read."""
    if kind == "create":
        return parameters["request"].get("root_decoder", "")
    if kind == "delete" and os.path.exists(region_path(parameters["region"])):
        return region_read(parameters["region"]).get("root_decoder", "")
    return ""


def log_call(message: dict) -> None:
    with open(f"{base}/calls", "a", encoding="utf-8") as file:
        fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd") if int(fd) > 4)
        file.write(json.dumps({"pid": os.getpid(), "extra_fds": len(fds) - 2, **message}) + "\n")


def work(message: dict) -> dict:
    job, kind, parameters = message["job"], message["kind"], message["parameters"]
    name = parameters.get("region", "region7")
    if kind in ("create", "delete", "enable", "disable", "repair", "scan", "list", "unbind-port", "bind-port"):
        progress = {"n": 1, "m": 2, "step": "commit", "object": name, "attribute": "commit"}
        send({"job": job, "progress": progress})
    decoder = decoder_of(kind, parameters)
    for what in ("hang", "deaf"):
        token = take_token(what, kind) or take_token(what, f"{kind}.{decoder}")
        if token:
            wait_while(token, job, what == "hang")
    token = take_token("die", kind)
    if token:
        os.unlink(token)
        os.kill(os.getpid(), signal.SIGKILL)
    token = take_token("unsure", kind)
    if token:
        os.unlink(token)
        raise Refusal("KernelRefused", "The kernel refused commit.", "unknown")
    token = take_token("needs", kind)
    if token:
        needs = json.loads(read_text(os.path.basename(token)))
        os.unlink(token)
        return {"needs": needs}
    time.sleep(float(read_text(f"slow-{decoder}") or 0))
    return KINDS[kind](parameters)


def serve() -> None:
    message = receive()
    if "cancel" in message:
        return
    log_call(message)
    try:
        send({"job": message["job"], "result": work(message)})
    except Refusal as refusal:
        name, text, outcome = refusal.args
        parameters = {"message": text, "remedy": "None.", "outcome": outcome, "retryable": False}
        send({"job": message["job"], "error": name, "parameters": parameters})


while True:
    serve()
