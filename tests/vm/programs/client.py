# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs of the cases share: a connection to the daemon, and the host as the daemon and the kernel show it."""
import dataclasses
import json
import pathlib
import socket
import subprocess

BUS = pathlib.Path("/sys/bus/cxl/devices")
SOCKET = "/run/cxl-regiond/io.cxlregiond.Region"
INTERFACE = "io.cxlregiond.Region."
PATIENCE = 120.0
MEBIBYTE = 1 << 20


def encoded(method, parameters=None, more=False):
    message = {"method": INTERFACE + method, "parameters": parameters or {}}
    if more:
        message["more"] = True
    return json.dumps(message).encode() + b"\0"


def error_of(reply):
    return reply.get("error", "").removeprefix(INTERFACE)


class Client:
    """One connection, one request at a time."""

    def __init__(self, path=SOCKET):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, parameters=None, more=False):
        self.socket.sendall(encoded(method, parameters, more))

    def receive(self):
        """The next message, or None at the end of the connection."""
        while b"\0" not in self.received:
            piece = self.socket.recv(65536)
            if not piece:
                return None
            self.received += piece
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, parameters=None):
        self.send(method, parameters)
        return self.receive()

    def result(self, method, parameters=None):
        reply = self.call(method, parameters)
        if reply is None or "error" in reply:
            raise RuntimeError(f"{method} {parameters}: {reply}")
        return reply["parameters"]


@dataclasses.dataclass(frozen=True)
class Root:
    """A root decoder: the bridges that it interleaves over, and the memdevs below each."""
    decoder: str
    bridges: tuple
    memdevs: tuple  # of tuples, in the order of bridges, sorted by serial


def roots_of(topology):
    """All root decoders, those of fewest bridges first."""
    ports = {port["port"]: port for port in topology["ports"]}
    below = {}
    for memdev in sorted(topology["memdevs"], key=lambda memdev: memdev["serial"]):
        port = ports[memdev["endpoint"]]
        while port["kind"] != "bridge":
            port = ports[port["parent"]]
        below.setdefault(port["parent_dport"], []).append(memdev["memdev"])
    roots = [Root(decoder["decoder"], tuple(decoder["targets"]), tuple(tuple(below[name]) for name in decoder["targets"]))
             for decoder in topology["decoders"] if decoder["kind"] == "root"]
    return sorted(roots, key=lambda root: (len(root.bridges), root.decoder))


def unit_property(name):
    return subprocess.run(["systemctl", "show", "-P", name, "cxl-regiond"], check=True, capture_output=True,
                          text=True).stdout.strip()


def unit_processes():
    """Main, spawner and workers."""
    path = pathlib.Path("/sys/fs/cgroup") / unit_property("ControlGroup").lstrip("/") / "cgroup.procs"
    return sorted(map(int, path.read_text().split()))


def traces(bus=BUS):
    """What the kernel shows of regions and of memory that is allocated to them."""
    found = sorted(path.name for path in bus.glob("region*"))
    for path in sorted(bus.glob("decoder*/dpa_size")):
        size = int(path.read_text(), 0)
        if size:
            found.append(f"{path.parent.name} holds {size} bytes")
    return found


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = False

    def check(self, good, description, details=()):
        self.count += 1
        self.failed |= not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {description}", flush=True)
        if not good:
            self.note(*details)

    def note(self, *lines):
        for line in lines:
            print(f"# {line}", flush=True)

    def plan(self):
        """Ends the output; returns the exit status."""
        print(f"1..{self.count}", flush=True)
        return int(self.failed)
