#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire of the main process: methods, framing, connections. Prints TAP.

usage: daemon-wire.py CXL-REGIOND [NAME...]
"""
import json
import os
import socket
import sys
import time

from daemon_driver import INTERFACE, error_of, wait_until
from daemon_tests import WORKER, run
from tap import run_tests

# FRAME_REQUEST_MAX of protocol/frame.h.
REQUEST_MAX = 64 * 1024


def test_introspection():
    with run() as daemon, daemon.client() as client:
        info = client.result("org.varlink.service.GetInfo")
        assert info["interfaces"] == ["org.varlink.service", "io.cxlregiond.Region"]
        for interface in info["interfaces"]:
            text = client.result("org.varlink.service.GetInterfaceDescription", {"interface": interface})
            assert f"interface {interface}" in text["description"]
        reply = client.call("org.varlink.service.GetInterfaceDescription", {"interface": "no.such"})
        assert reply["error"] == "org.varlink.service.InterfaceNotFound"
        reply = client.call("org.varlink.service.GetInterfaceDescription")
        assert reply == {"error": "org.varlink.service.InvalidParameter", "parameters": {"parameter": "interface"}}


def test_unknown_methods():
    with run() as daemon, daemon.client() as client:
        reply = client.call("NoSuch")
        assert reply["error"] == "org.varlink.service.MethodNotFound"
        assert reply["parameters"] == {"method": "io.cxlregiond.Region.NoSuch"}
        reply = client.call("no.such.Method")
        assert reply == {"error": "org.varlink.service.InterfaceNotFound", "parameters": {"interface": "no.such"}}
        client.send_raw(b'{"method":"nodot"}\0')
        assert client.receive()["error"] == "org.varlink.service.InterfaceNotFound"
        assert client.call("GetStatus", upgrade=True)["error"] == "org.varlink.service.MethodNotImplemented"
        # What is too long to be repeated is cut, and may not be cut inside a character.
        for lead in ("", "x"):
            reply = client.call(lead + "\u00e9" * 100 + ".Method")
            assert reply["error"] == "org.varlink.service.InterfaceNotFound"
            assert reply["parameters"]["interface"].startswith(lead + "\u00e9" * 60)


def test_wrong_parameters():
    with run() as daemon, daemon.client() as client:
        for method, parameters in (("GetStatus", {"x": 1}), ("Delete", {}), ("Delete", {"region": 1}),
                                   ("Delete", {"region": "../x"}), ("Delete", {"region": "region0", "generation": ""}),
                                   ("Delete", {"region": "region0", "generation": "1" * 64}),
                                   ("ListRegions", {"regions": ["decoder0.0"]}), ("Create", {"request": []})):
            reply = client.call(method, parameters)
            assert error_of(reply) == "InvalidRequest", (method, parameters, reply)
            assert reply["parameters"]["outcome"] == "unchanged"


def test_pipelined_in_turn():
    with run() as daemon, daemon.client() as client:
        daemon.region("region0", "5")
        for _ in range(50):
            client.send("org.varlink.service.GetInfo")
            client.send("ListRegions")
        for _ in range(50):
            assert "vendor" in client.receive()["parameters"]
            assert client.receive()["parameters"]["regions"][0]["generation"] == "5"


def test_half_closed():
    with run() as daemon, daemon.client() as client:
        client.send("GetStatus")
        client.send("GetTopology")
        client.socket.shutdown(socket.SHUT_WR)
        assert "status" in client.receive()["parameters"]
        assert "topology" in client.receive()["parameters"]
        assert client.receive() is None


def test_oneway_has_no_reply():
    with run() as daemon, daemon.client() as client:
        client.send("GetStatus", oneway=True)
        client.send("NoSuch", oneway=True)
        client.send("Create", {"request": {}}, oneway=True)
        assert "vendor" in client.result("org.varlink.service.GetInfo")
        wait_until(lambda: os.listdir(f"{daemon.base}/regions"))


def test_garbage_ends_the_connection():
    with run() as daemon:
        for garbage in (b"hello\0", b"[]\0", b"{}\0", b'{"method":1}\0', b'{"method":"a.b","x":1}\0', b"\0",
                        b'{"method":"a.b","parameters":[]}\0', b'{"method":"a.b","more":true,"oneway":true}\0',
                        b"{" * 70000, b'{"method":"' + b"x" * 70000 + b'"}\0'):
            with daemon.client() as client:
                try:
                    client.send_raw(garbage)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                assert client.receive() is None, garbage[:40]
        with daemon.client() as client:
            client.result("GetStatus")


def request_of(size: int) -> bytes:
    """A PlanCreate so long, most of it in what a worker gets to see: text whose escapes stay as long as they are."""
    def request(names: list, padding: str) -> bytes:
        parameters = {"request": {"memdevs": names}}
        return json.dumps({"method": f"{INTERFACE}.PlanCreate", "parameters": parameters}).encode() + padding.encode()

    names = ["\u0001" * 256] * (size // 1600)
    return request(names, " " * (size - len(request(names, "")))) + b"\0"


def test_the_largest_request_reaches_a_real_worker():
    with run(worker=WORKER) as daemon:
        with daemon.client() as client:
            client.send_raw(request_of(REQUEST_MAX))
            reply = client.receive()
            assert error_of(reply) == "InvalidRequest" and "40 memdevs are named" in reply["parameters"]["message"], reply
            client.result("ListRegions")
        with daemon.client() as client:
            client.send_raw(request_of(REQUEST_MAX + 1))
            assert client.receive() is None
        with daemon.client() as client:
            client.result("ListRegions")
        assert "worker" not in daemon.log(), daemon.log()


def test_a_byte_at_a_time():
    with run() as daemon, daemon.client() as client:
        for byte in b'{"method":"org.varlink.service.GetInfo"}\0':
            client.send_raw(bytes([byte]))
        assert "vendor" in client.receive()["parameters"]


def test_slow_reader_gets_all():
    with run() as daemon, daemon.client() as client, daemon.client() as other:
        client.send("PlanDelete", {"region": "region0"})
        client.send("PlanDelete", {"region": "region0"})
        wait_until(lambda: daemon.calls("plan-delete"))
        time.sleep(0.3)
        other.result("GetStatus")
        assert len(daemon.calls("plan-delete")) == 1, "the second waits until the first answer is read"
        for _ in range(2):
            assert len(client.receive()["parameters"]["steps"]) == 4000


def test_connections_of_one_user():
    with run() as daemon:
        clients = [daemon.client() for _ in range(64)]
        for client in clients:
            client.result("org.varlink.service.GetInfo")
        with daemon.client() as one_more:
            reply = one_more.receive()
            assert error_of(reply) == "TooBusy" and reply["parameters"]["retryable"]
            assert one_more.receive() is None
        clients.pop().close()

        def is_served() -> bool:
            with daemon.client() as client:
                try:
                    reply = client.call("org.varlink.service.GetInfo")
                except BrokenPipeError:
                    return False
                return "error" not in reply

        wait_until(is_served)
        for client in clients:
            client.close()


sys.exit(run_tests(globals(), sys.argv[2:]))
