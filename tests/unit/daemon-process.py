#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main process, run for real against a scripted worker. Prints TAP.

usage: daemon-process.py CXL-REGIOND [NAME...]

The worker and the cxlctl that go with it are those of the same build.
"""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import traceback

from daemon_driver import INTERFACE, Client, Daemon, error_of, wait_until

PROGRAM = sys.argv[1]
BUILD = os.path.dirname(os.path.dirname(os.path.abspath(PROGRAM)))
WORKER = f"{BUILD}/worker/cxl-regiond-worker"
CXLCTL = f"{BUILD}/cli/cxlctl"
# FRAME_REQUEST_MAX of protocol/frame.h.
REQUEST_MAX = 64 * 1024
NOBODY = 65534


class Skip(Exception):
    pass


def run(**options) -> Daemon:
    return Daemon(PROGRAM, **options)


# -- the wire ------------------------------------------------------------


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


# -- access --------------------------------------------------------------


def as_user(uid: int, gid: int, groups: list, call) -> bool:
    """Run call in a process of that user. Returns whether it found things as it expected."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            call()
            status = 0
        except AssertionError as error:
            print("# that user found:", error, flush=True)
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def test_access():
    if os.getuid() != 0:
        raise Skip("needs root, to be somebody else")
    config = "[Access]\nRegionGroup=games\n"
    with run(config=config) as daemon:

        def refused():
            with Client(daemon.socket_path) as client:
                client.result("GetStatus")
                client.result("ListRegions")
                reply = client.call("Create", {"request": {}})
                assert error_of(reply) == "NotPermitted" and "games" in reply["parameters"]["remedy"], reply
                assert error_of(client.call("Delete", {"region": "region0"})) == "NotPermitted"

        def granted():
            with Client(daemon.socket_path) as client:
                client.result("Create", {"request": {}})

        assert as_user(NOBODY, NOBODY, [], refused)
        assert as_user(NOBODY, NOBODY, [1, 60], granted)
        assert as_user(NOBODY, 60, [], granted)
    with run() as daemon:
        assert not as_user(NOBODY, NOBODY, [60], granted)


def test_privileges():
    with run() as daemon:
        with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
            status = dict(line.split(":\t", 1) for line in file)
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(status[name], 16) == 0, name
        assert int(status["NoNewPrivs"]) == 1
        wait_until(lambda: daemon.calls("discover"))
        assert all(call["extra_fds"] <= 0 for call in daemon.calls("discover"))


# -- jobs ----------------------------------------------------------------


def test_create_and_delete():
    with run() as daemon, daemon.client() as client:
        daemon.region("region0", "5")
        created = client.result("Create", {"request": {"size": 1}})["region"]
        assert created["region"] == "region1" and created["origin"] == "daemon"
        regions = client.result("ListRegions")["regions"]
        assert [region["origin"] for region in regions] == ["unknown", "daemon"]
        regions = client.result("GetTopology")["topology"]["regions"]
        assert [region["origin"] for region in regions] == ["unknown", "daemon"]
        gone = client.result("Delete", {"region": "region1"})
        assert gone == {"region": "region1", "generation": created["generation"]}
        assert error_of(client.call("Delete", {"region": "region1"})) == "NotFound"
        assert client.result("Disable", {"region": "region0", "generation": "5"})["region"]["state"] == "disabled"
        assert error_of(client.call("Enable", {"region": "region0", "generation": "6"})) == "NotFound"
        assert daemon.calls("create")[0]["parameters"] == {"request": {"size": 1}, "policy": {"guest_commit": False}}
        assert not daemon.calls("resolve"), "a job that finds the queue idle is bound by its worker"
        assert "job 1: create region1 for uid" in daemon.log()


def test_repair():
    with run(config="[Daemon]\nRepairWaitSec=7\n") as daemon, daemon.client() as client:
        assert client.result("PlanRepair") == {"findings": []}
        daemon.region("region0", "5", "damaged")
        daemon.region("region1", "6", "disabled")
        assert [finding["object"] for finding in client.result("PlanRepair")["findings"]] == ["region0", "region1"]
        status = client.result("GetStatus")["status"]
        assert status["damaged"] == 1 and status["problems"] == ["region0 is damaged."], status
        findings = client.result("Repair")["findings"]
        assert [finding["outcome"] for finding in findings] == ["done", "left"]
        assert daemon.calls("repair")[0]["parameters"] == {"wait_seconds": 7}
        assert client.result("GetStatus")["status"]["damaged"] == 0
        assert error_of(client.call("Repair", {"wait_seconds": 0})) == "InvalidRequest"
        assert "job 1: repair for uid" in daemon.log()


def test_ports():
    with run() as daemon, daemon.client() as client:
        daemon.region("region0", "5")

        def listed() -> dict:
            return {port["port"]: port["regions"] for port in client.result("ListPorts")["ports"] if port["bound"]}

        assert listed() == {"root0": ["region0"], "endpoint1": ["region0"]}
        assert error_of(client.call("UnbindPort", {"port": "endpoint1"})) == "RegionInUse"
        assert error_of(client.call("UnbindPort", {"port": "port9"})) == "NotFound"
        client.send("UnbindPort", {"port": "mem0", "force": True}, more=True)
        progress = client.receive()
        assert progress["continues"] and progress["parameters"]["progress"]["n"] == 1, progress
        assert client.receive()["parameters"] == {
            "port": "endpoint1", "uport": "mem0", "deleted": ["region0"], "changed": True}
        assert listed() == {"root0": []}
        assert client.result("UnbindPort", {"port": "mem0"})["changed"] is False
        assert client.result("BindPort", {"port": "mem0"}) == {"port": "endpoint1", "uport": "mem0", "changed": True}
        assert client.result("BindPort", {"port": "mem0"})["changed"] is False
        policy = {"policy": {"guest_commit": False}}
        assert daemon.calls("unbind-port")[0]["parameters"] == {"port": "endpoint1", "force": False, **policy}
        assert daemon.calls("bind-port")[0]["parameters"] == {"port": "mem0"}
        for port in ("", "a/b", "x" * 64, "port 1", "\u00e9", "port1\n"):
            assert error_of(client.call("UnbindPort", {"port": port})) == "InvalidRequest", port
            assert error_of(client.call("BindPort", {"port": port})) == "InvalidRequest", port
        assert error_of(client.call("BindPort", {"port": "mem0", "force": True})) == "InvalidRequest"
        assert error_of(client.call("UnbindPort", {})) == "InvalidRequest"
        assert "unbind-port mem0 for uid" in daemon.log()


def test_ports_when_the_kernel_does_not_answer():
    with run() as daemon, daemon.client() as client:
        daemon.region("region0", "5")
        client.result("ListPorts")
        daemon.token("hang-scan-1")
        reply = client.result("ListPorts")
        assert reply["age_seconds"] > 1 and reply["ports"][0]["regions"] == ["region0"], reply
        daemon.release()


def test_access_to_ports():
    if os.getuid() != 0:
        raise Skip("needs root, to be somebody else")
    with run(config="[Access]\nRegionGroup=games\nPortGroup=daemon\n") as daemon:

        def refused(parameters: dict, group: str) -> None:
            with Client(daemon.socket_path) as client:
                client.result("ListPorts")
                reply = client.call("UnbindPort", parameters)
                assert error_of(reply) == "NotPermitted" and group in reply["parameters"]["remedy"], reply

        def granted(parameters: dict) -> None:
            with Client(daemon.socket_path) as client:
                client.result("UnbindPort", parameters)
                client.result("BindPort", {"port": "mem0"})

        gentle, forced = {"port": "mem0"}, {"port": "mem0", "force": True}
        assert as_user(NOBODY, NOBODY, [60], lambda: refused(gentle, "daemon"))
        assert as_user(NOBODY, NOBODY, [1], lambda: granted(gentle))
        assert as_user(NOBODY, NOBODY, [1], lambda: refused(forced, "games"))
        assert as_user(NOBODY, NOBODY, [1, 60], lambda: granted(forced))


def test_a_worker_dies_at_a_port():
    with run(tokens=("die-unbind-port-1",)) as daemon, daemon.client() as client:
        reply = client.call("UnbindPort", {"port": "mem0"})
        assert reply["parameters"]["outcome"] == "unknown", reply
        # What it may have left is looked for first.
        wait_until(lambda: error_of(client.call("UnbindPort", {"port": "mem0"})) != "TooBusy")
        assert client.result("UnbindPort", {"port": "mem0"})["changed"] is False


def test_a_repair_waits_its_turn():
    with run(tokens=("hang-delete-1",)) as daemon, daemon.client() as first, daemon.client() as second:
        daemon.region("region0", "5", "damaged")
        daemon.region("region1", "6", "damaged")
        first.send("Delete", {"region": "region0"})
        daemon.wait_hung()
        second.send("Repair")
        with daemon.client() as third:
            found = third.result("PlanRepair")["findings"]
            assert [finding["object"] for finding in found] == ["region1"], "what a job works on is not found"
            assert third.result("GetStatus")["status"]["damaged"] == 1
        daemon.release()
        assert first.receive()["parameters"]["region"] == "region0"
        assert [finding["object"] for finding in second.receive()["parameters"]["findings"]] == ["region1"]


def test_origin_follows_the_generation():
    with run() as daemon, daemon.client() as client:
        client.result("Create", {"request": {}})
        daemon.region("region0", "5")
        assert client.result("ListRegions")["regions"][0]["origin"] == "unknown"


def test_progress():
    with run() as daemon, daemon.client() as client:
        reply = client.call("Create", {"request": {}}, more=True)
        assert reply["continues"] and reply["parameters"]["progress"]["step"] == "commit"
        assert set(reply["parameters"]["progress"]) == {"job", "n", "m", "step", "object"}
        reply = client.receive()
        assert "continues" not in reply and "region" in reply["parameters"]


def test_one_after_another():
    with run(tokens=("hang-create-1",)) as daemon:
        clients = [daemon.client() for _ in range(4)]
        for client in clients:
            client.send("Create", {"request": {}})
        daemon.wait_hung()
        with daemon.client() as status:
            told = status.result("GetStatus")["status"]
        assert told["jobs"] == 4 and told["running"]["state"] == "running" and told["running"]["kind"] == "create"
        assert len(daemon.calls("create")) == 1
        daemon.release()
        names = [client.receive()["parameters"]["region"]["region"] for client in clients]
        assert names == ["region0", "region1", "region2", "region3"]


def test_a_waiting_job_means_what_its_sender_saw():
    with run(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as second:
        daemon.region("region7", "5")
        first.send("Create", {"request": {}})
        daemon.wait_hung()
        second.send("Delete", {"region": "region7"})
        wait_until(lambda: daemon.calls("resolve"))
        with daemon.client() as other:
            wait_until(lambda: other.result("GetStatus")["status"]["jobs"] == 2)
            assert error_of(other.call("Delete", {"region": "region8"})) == "NotFound", "told at once"
        daemon.region("region7", "6")
        daemon.release()
        first.receive()
        assert error_of(second.receive()) == "NotFound"
        assert daemon.calls("delete")[0]["parameters"] == {"policy": {"guest_commit": False}, "region": "region7", "generation": "5"}


def is_dead(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_job_without_a_worker_means_what_its_sender_saw():
    with run() as daemon, daemon.client() as client, daemon.client() as other:
        daemon.region("region0", "5")
        client.result("GetStatus")
        wait_until(lambda: len(daemon.workers()) == 4)
        spawner, workers = daemon.spawner(), daemon.workers()
        os.kill(spawner, signal.SIGSTOP)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: all(map(is_dead, workers)))
        other.result("org.varlink.service.GetInfo")
        client.send("Delete", {"region": "region0"})
        # The look-up has no worker either, and ends in what was read last.
        wait_until(lambda: other.result("GetStatus")["status"]["jobs"] == 1)
        daemon.region("region0", "6")
        os.kill(spawner, signal.SIGCONT)
        assert error_of(client.receive()) == "NotFound"
        assert os.listdir(f"{daemon.base}/regions") == ["region0"]


def test_nothing_starts_before_names_are_looked_up():
    with run(tokens=("hang-create-1", "hang-resolve-1")) as daemon, daemon.client() as first, \
            daemon.client() as second, daemon.client() as third:
        daemon.region("region7", "5")
        first.send("Create", {"request": {}})
        daemon.wait_hung(1)
        second.send("Create", {"request": {}})
        third.send("Delete", {"region": "region7"})
        daemon.wait_hung(2)
        create = f"{daemon.base}/hung-{daemon.calls('create')[0]['pid']}"
        os.unlink(create)
        first.receive()
        time.sleep(0.2)
        assert len(daemon.calls("create")) == 1
        daemon.release()
        assert "region" in second.receive()["parameters"]
        assert third.receive()["parameters"]["generation"] == "5"


def test_a_lookup_that_hangs_ends_in_the_inventory():
    tokens = ("hang-create-1", "hang-resolve-1", "hang-resolve-2")
    with run(start=False, tokens=tokens) as daemon:
        daemon.region("region7", "5")
        daemon.start()
        with daemon.client() as first, daemon.client() as second, daemon.client() as third:
            first.send("Create", {"request": {}})
            daemon.wait_hung(1)
            second.send("Delete", {"region": "region7"})
            third.send("Delete", {"region": "region8"})
            daemon.wait_hung(3)
            assert error_of(third.receive()) == "TooBusy"
            daemon.release()
            first.receive()
            assert second.receive()["parameters"]["generation"] == "5"


def test_a_region_at_work_is_incomplete():
    with run(tokens=("hang-delete-1",)) as daemon, daemon.client() as first, daemon.client() as second:
        daemon.region("region0", "5", "damaged")
        assert second.result("ListRegions")["regions"][0]["state"] == "damaged"
        assert second.result("GetStatus")["status"]["damaged"] == 1
        first.send("Delete", {"region": "region0"})
        daemon.wait_hung()
        assert second.result("ListRegions")["regions"][0]["state"] == "incomplete"
        assert second.result("GetStatus")["status"]["damaged"] == 0


def test_waiting_jobs_of_one_user():
    with run(tokens=("hang-create-1",)) as daemon:
        clients = [daemon.client() for _ in range(33)]
        for client in clients[:32]:
            client.send("Create", {"request": {}})
        daemon.wait_hung()
        with daemon.client() as status:
            wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 32)
        reply = clients[32].call("Create", {"request": {}})
        assert error_of(reply) == "TooBusy" and reply["parameters"]["outcome"] == "unchanged"
        daemon.release()
        for client in clients[:32]:
            assert "region" in client.receive()["parameters"]


def test_work_of_a_client_that_is_gone():
    with run(tokens=("hang-create-1",)) as daemon, daemon.client() as status:
        running, waiting = daemon.client(), daemon.client()
        running.send("Create", {"request": {}})
        daemon.wait_hung()
        waiting.send("Create", {"request": {}})
        wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 2)
        waiting.close()
        running.close()
        wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 1)
        daemon.release()
        wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 0)
        assert os.listdir(f"{daemon.base}/regions") == ["region0"]


def test_unfixed_kernel():
    config = "[Daemon]\nUnfixedKernel=refuse\n"
    for fix, error in (("none", "KernelUnfixed"), ("unknown", "KernelUnfixed"), ("upstream", "")):
        with run(config=config, fix=fix) as daemon, daemon.client() as client:
            assert error_of(client.call("Create", {"request": {}})) == error
            status = client.result("GetStatus")["status"]
            assert status["kernel_fix"] == fix and status["kernel"] == "6.1.0-test" and status["ready"]


# -- workers that die and hang ---------------------------------------------


def interrupted(job: int, outcome: str, **more) -> dict:
    return {"job": job, "kind": "create", "object": "region7", "uid": 0, "outcome": outcome,
            "message": f"Job {job} was interrupted.", **more}


def test_a_worker_dies_in_a_job():
    """What it left is put in order before the client hears of it, and before the next job begins."""
    for outcome, list_name in (("undone", "recovered"), ("done", "recovered"), ("unknown", "unfinished")):
        with run(tokens=("die-create-1",)) as daemon, daemon.client() as client:
            client.result("GetStatus")
            daemon.interrupted(**{list_name: [interrupted(1, outcome)]})
            reply = client.call("Create", {"request": {}})
            assert error_of(reply) == "InternalError", reply
            told = reply["parameters"]
            assert told["outcome"] == outcome and told["job"] == 1, told
            assert told["retryable"] == (outcome == "undone")
            assert told["message"] == "Job 1 was interrupted." and told["step"] == "commit", told
            status = client.result("GetStatus")["status"]
            assert [job["job"] for job in status[list_name]] == [1] and status[list_name][0]["time"] > 0
            wait_until(lambda: "error" not in client.call("Create", {"request": {}}))
            assert "Job 1 was interrupted." in daemon.log()


def test_a_job_that_a_worker_could_not_undo():
    """Another tries it by the log; the client hears what went wrong, and what became of it."""
    for outcome, list_name in (("undone", "recovered"), ("unknown", "unfinished")):
        with run(tokens=("unsure-create-1",)) as daemon, daemon.client() as client:
            client.result("GetStatus")
            daemon.interrupted(**{list_name: [interrupted(1, outcome)]})
            reply = client.call("Create", {"request": {}})
            assert error_of(reply) == "KernelRefused" and reply["parameters"]["outcome"] == outcome, reply
            assert reply["parameters"]["message"] == "The kernel refused commit.", reply
            assert [job["job"] for job in client.result("GetStatus")["status"][list_name]] == [1]
            assert "error" not in client.call("Create", {"request": {}})
            assert [call.get("parameters", {}).get("job") for call in daemon.calls("recover")] == [None, 1]


def test_a_job_that_nobody_could_undo_holds_up_no_other():
    """Nor does a job that hangs hold up the look for what it left."""
    with run_bridges(3, tokens=("hang-create.decoder0.2-1",)) as daemon, daemon.client() as first, \
            daemon.client() as client:
        first.send("Create", at(2))
        daemon.wait_hung()
        daemon.token("unsure-create-1")
        daemon.interrupted(unfinished=[interrupted(2, "unknown")])
        assert client.call("Create", at(0))["parameters"]["outcome"] == "unknown"
        assert "region" in client.result("Create", at(1))
        daemon.release()
        assert "region" in first.receive()["parameters"]


def test_a_lost_job_does_not_hide_what_others_left():
    left = interrupted(3, "unknown")
    with run(start=False, tokens=("die-create-1",)) as daemon:
        daemon.interrupted(unfinished=[left])
        daemon.start()
        with daemon.client() as client:
            assert [job["job"] for job in client.result("GetStatus")["status"]["unfinished"]] == [3]
            os.unlink(f"{daemon.base}/interrupted")
            assert "error" in client.call("Create", {"request": {}})
            assert [job["job"] for job in client.result("GetStatus")["status"]["unfinished"]] == [3]


def test_a_worker_dies_before_it_began():
    with run(tokens=("die-create-1",)) as daemon, daemon.client() as client:
        told = client.call("Create", {"request": {}})["parameters"]
        assert told["outcome"] == "unchanged" and told["retryable"]
        assert "step commit" in told["message"]
        client.result("Create", {"request": {}})
        wait_until(lambda: len(daemon.workers()) == 4)
        wait_until(lambda: "killed by signal 9" in daemon.log())


def test_workers_that_recover_die_too():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        for token in ("die-create-1", *(f"die-recover-{i}" for i in range(3))):
            daemon.token(token)
        told = client.call("Create", {"request": {}})["parameters"]
        assert told["outcome"] == "unknown" and "cxlctl status" in told["remedy"], told
        wait_until(lambda: "error" not in client.call("Create", {"request": {}}))


def test_a_lost_worker_that_lives_on():
    """It was let go, but its log says that it has not ended: nothing is known then, and nobody is told otherwise."""
    with run(tokens=("die-create-1",)) as daemon, daemon.client() as client:
        client.result("GetStatus")
        daemon.interrupted(living=[interrupted(1, "unknown")])
        told = client.call("Create", {"request": {}})["parameters"]
        assert told["outcome"] == "unknown" and told["message"] == "Job 1 was interrupted.", told
        assert len(daemon.calls("recover")) >= 1 + 3
        assert [job["job"] for job in client.result("GetStatus")["status"]["stuck"]] == [1]
        assert error_of(client.call("Create", {"request": {}})) == "TooBusy"
        daemon.interrupted(recovered=[interrupted(1, "undone")])
        wait_until(lambda: "error" not in client.call("Create", {"request": {}}))


def test_nothing_is_changed_before_the_host_is_in_order():
    with run(tokens=("deaf-recover-1",)) as daemon, daemon.client() as client:
        reply = client.call("Create", {"request": {}})
        assert error_of(reply) == "TooBusy" and "put in order" in reply["parameters"]["message"], reply
        assert reply["parameters"]["retryable"]
        daemon.release()
        wait_until(lambda: "error" not in client.call("Create", {"request": {}}))


def test_the_next_job_waits_for_recovery():
    with run() as daemon, daemon.client() as first, daemon.client() as second:
        first.result("GetStatus")
        for token in ("die-create-1", "deaf-recover-1"):
            daemon.token(token)
        first.send("Create", {"request": {}})
        wait_until(lambda: daemon.hung())
        second.send("Create", {"request": {}})
        time.sleep(0.3)
        assert len(daemon.calls("create")) == 1, "the second must not begin"
        daemon.release()
        assert error_of(first.receive()) == "InternalError"
        assert "region" in second.receive()["parameters"]


def test_stop_waits_for_recovery():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        for token in ("die-create-1", "deaf-recover-1"):
            daemon.token(token)
        client.send("Create", {"request": {}})
        wait_until(lambda: daemon.hung())
        daemon.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert daemon.process.poll() is None
        daemon.release()
        assert error_of(client.receive()) == "InternalError"
        assert daemon.process.wait(10) == 0


def test_recovered_at_start():
    with run(start=False) as daemon:
        daemon.interrupted(recovered=[interrupted(41, "undone")], set_aside=["That file is set aside."], last_job=41)
        daemon.start()
        with daemon.client() as client:
            status = client.result("GetStatus")["status"]
            assert [job["job"] for job in status["recovered"]] == [41] and status["stuck"] == []
            assert "Job 41 was interrupted." in daemon.log() and "That file is set aside." in daemon.log()
            daemon.token("die-create-1")
            assert client.call("Create", {"request": {}})["parameters"]["job"] == 42, "ids go on"


def test_recovery_comes_before_the_first_look():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        assert daemon.calls("recover") and daemon.calls("discover")
        with open(f"{daemon.base}/calls", encoding="utf-8") as file:
            text = file.read()
        assert text.index('"recover"') < text.index('"discover"')


def test_a_job_of_an_earlier_daemon_that_is_stuck():
    with run(start=False) as daemon:
        daemon.interrupted(living=[interrupted(5, "unknown", step="commit")], last_job=5)
        daemon.start()
        with daemon.client() as client:
            reply = client.call("Create", {"request": {}})
            assert error_of(reply) == "TooBusy" and "Job 5 was interrupted." in reply["parameters"]["message"]
            assert [job["job"] for job in client.result("GetStatus")["status"]["stuck"]] == [5]
            daemon.interrupted(recovered=[interrupted(5, "undone")], last_job=5)
            wait_until(lambda: not client.result("GetStatus")["status"]["stuck"])
            assert [job["job"] for job in client.result("GetStatus")["status"]["recovered"]] == [5]
            client.result("Create", {"request": {}})


def test_a_recovery_that_fails_does_not_stop_the_start():
    with run(tokens=("die-recover-1",)) as daemon, daemon.client() as client:
        status = client.result("GetStatus")["status"]
        assert any("could not be looked for" in problem for problem in status["problems"]), status
        assert error_of(client.call("Create", {"request": {}})) == "TooBusy", "nobody knows what is half-built"
        wait_until(lambda: "error" not in client.call("Create", {"request": {}}))
        assert len(daemon.calls("recover")) == 2, "it is tried again"


def test_a_worker_dies_in_a_read():
    with run(tokens=("die-scan-1",)) as daemon, daemon.client() as client:
        reply = client.call("GetStatus")
        assert error_of(reply) == "InternalError" and reply["parameters"]["outcome"] == "unchanged"
        client.result("GetStatus")


def test_a_worker_dies_in_a_lookup():
    """The next job begins in a worker that lives, though the one that dies is the first that would be asked."""
    with run(tokens=("hang-scan-1", "hang-create-1", "hang-resolve-1")) as daemon, daemon.client() as status, \
            daemon.client() as first, daemon.client() as second, daemon.client() as third:
        daemon.region("region7", "5")
        status.send("GetStatus", {})
        daemon.wait_hung(1)
        first.send("Create", {"request": {}})
        daemon.wait_hung(2)
        os.unlink(f"{daemon.base}/hung-{daemon.calls('scan')[0]['pid']}")
        status.receive()
        second.send("Create", {"request": {}})
        third.send("Delete", {"region": "region7"})
        daemon.wait_hung(2)
        assert daemon.calls("resolve")[0]["pid"] == daemon.calls("scan")[0]["pid"]
        os.unlink(f"{daemon.base}/hung-{daemon.calls('create')[0]['pid']}")
        first.receive()
        os.kill(daemon.calls("resolve")[0]["pid"], signal.SIGKILL)
        assert error_of(third.receive()) == "InternalError"
        assert "region" in second.receive()["parameters"]


def test_idle_workers_die():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        wait_until(lambda: len(daemon.workers()) == 4)
        before = daemon.workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(daemon.workers()) == 4 and not set(before) & set(daemon.workers()))
        client.result("Create", {"request": {}})


def test_workers_that_die_at_once_are_no_storm():
    tokens = tuple(f"die-{kind}-{i}" for kind in ("probe", "discover", "scan") for i in range(40))
    with run(tokens=tokens) as daemon, daemon.client() as client:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            client.call("GetStatus")
        assert daemon.log().count("killed by signal 9") < 16, daemon.log()


def test_a_writer_that_hangs():
    with run(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as second:
        first.send("Create", {"request": {}})
        daemon.wait_hung()
        wait_until(lambda: second.result("GetStatus")["status"]["running"]["state"] == "hanging")
        status = second.result("GetStatus")["status"]
        assert status["running"]["attribute"] == "commit" and status["running"]["step_object"] == "region7"
        assert any("attribute commit" in problem for problem in status["problems"]), status
        begin = time.monotonic()
        for _ in range(20):
            second.result("ListRegions")
        assert time.monotonic() - begin < 1
        daemon.release()
        assert "region" in first.receive()["parameters"]


def test_reads_that_hang():
    with run(tokens=("hang-scan-1", "hang-scan-2", "hang-list-1")) as daemon:
        clients = [daemon.client() for _ in range(5)]
        clients[0].send("GetStatus")
        daemon.wait_hung(1)
        clients[1].send("GetTopology")
        daemon.wait_hung(2)
        clients[2].send("ListRegions")
        daemon.wait_hung(3)
        clients[3].send("PlanCreate", {"request": {}})
        created = clients[4].result("Create", {"request": {}})
        assert created["region"]["region"] == "region0", "a job has its worker although no read is answered"
        status = clients[0].receive()["parameters"]["status"]
        assert status["age_seconds"] > 1 and any("does not answer" in problem for problem in status["problems"])
        assert clients[1].receive()["parameters"]["age_seconds"] > 1
        regions = clients[2].receive()["parameters"]["regions"]
        assert [region["region"] for region in regions] == ["region0"], "what a job made is known without a look"
        assert error_of(clients[3].receive()) == "TooBusy"
        # Those that hang are replaced, as soon as they count as hanging.
        wait_until(lambda: len(daemon.workers()) == 7)
        wait_until(lambda: clients[0].result("GetStatus")["status"]["age_seconds"] < 1)
        daemon.release()
        wait_until(lambda: len(daemon.workers()) == 4)


def test_equal_reads_share_an_answer():
    with run(tokens=("hang-scan-1", "hang-scan-2", "hang-scan-3")) as daemon:
        clients = [daemon.client() for _ in range(20)]
        for client in clients[:3]:
            client.send("GetStatus")
        daemon.wait_hung(1)
        for client in clients[3:]:
            client.send("GetTopology")
        time.sleep(0.3)
        for name in os.listdir(daemon.base):
            if name.startswith("hang-"):
                os.unlink(f"{daemon.base}/{name}")
        daemon.release()
        for client in clients:
            assert "error" not in client.receive()
        assert len(daemon.calls("scan")) <= 6


def test_a_first_scan_that_fails():
    with run(tokens=("die-discover-1",)) as daemon, daemon.client() as client:
        assert client.result("GetStatus")["status"]["ready"]
        assert "the first look at the host failed" in daemon.log()


def test_a_first_scan_that_hangs():
    with run(start=False, tokens=("hang-probe-1", "hang-discover-1", "hang-scan-1")) as daemon:
        daemon.start(wait=False)
        wait_until(lambda: os.path.exists(daemon.socket_path) and "callers are served" in daemon.log(), 15)
        with daemon.client() as client:
            status = client.result("GetStatus")["status"]
            assert not status["ready"], status
            assert any("not answered the first scan" in problem for problem in status["problems"]), status
            assert any("which fix it has" in problem for problem in status["problems"]), status
            assert not any("what is shown was read" in problem for problem in status["problems"]), status
            daemon.release()
            wait_until(lambda: client.result("GetStatus")["status"]["ready"])
            wait_until(lambda: not client.result("GetStatus")["status"]["problems"])


def test_a_probe_that_fails():
    with run(tokens=("die-probe-1",)) as daemon, daemon.client() as client:
        status = client.result("GetStatus")["status"]
        assert status["kernel_fix"] == "unknown" and status["kernel"] == os.uname().release
        assert any("could not be looked for" in problem for problem in status["problems"]), status


# -- keys ------------------------------------------------------------------


def create(key: str, **request) -> dict:
    return {"request": request, "key": key}


def kept(key: str, **more) -> dict:
    """What a worker tells of a job that it kept the log of."""
    return {"uid": 0, "key": key, "hash": hash_of("create", {"request": {}}), "kind": "create", "job": 41,
            "object": "region3", "generation": "33", "age_seconds": 5, **more}


def hash_of(kind: str, parameters: dict) -> int:
    value = 0xcbf29ce484222325
    for byte in (kind + json.dumps(parameters, separators=(",", ":"))).encode():
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def test_the_same_request_again():
    with run() as daemon, daemon.client() as client:
        first = client.result("Create", create("order-1", size=1))
        with daemon.client() as other:
            assert other.result("Create", create("order-1", size=1)) == first
        assert os.listdir(f"{daemon.base}/regions") == ["region0"]
        call, = daemon.calls("create")
        assert call["key"] == "order-1" and call["hash"] == hash_of("create", {"request": {"size": 1}}), call
        assert client.result("Create", create("order-2", size=1)) != first
        # A delete, too: the region of that name is gone when it comes again.
        gone = client.result("Delete", {"region": "region0", "key": "order-3"})
        assert client.result("Delete", {"key": "order-3", "region": "region0", "generation": None}) == gone
        assert len(daemon.calls("delete")) == 1
        assert client.result("Create", create("order-1", size=1)) == first, "it is the first one's result"
        client.result("Create", {"request": {}})
        assert "key" not in daemon.calls("create")[-1]


def test_a_key_with_another_request():
    with run() as daemon, daemon.client() as client:
        client.result("Create", create("order-1", size=1))
        for method, parameters in (("Create", create("order-1", size=2)),
                                   ("Delete", {"region": "region0", "key": "order-1"})):
            reply = client.call(method, parameters)
            assert error_of(reply) == "KeyReused", reply
            told = reply["parameters"]
            assert not told["retryable"] and told["outcome"] == "unchanged" and "create, job 1" in told["message"], told
        assert os.listdir(f"{daemon.base}/regions") == ["region0"]


def test_what_is_no_key():
    with run() as daemon, daemon.client() as client:
        for key in ("", "x" * 65, "a b", "a/b", "\u00e9", 5):
            for method, parameters in (("Create", {"request": {}}), ("Delete", {"region": "region0"})):
                reply = client.call(method, {**parameters, "key": key})
                assert error_of(reply) == "InvalidRequest", (key, reply)
        for method in ("Enable", "Disable", "PlanDelete"):
            assert error_of(client.call(method, {"region": "region0", "key": "a"})) == "InvalidRequest"
        client.result("Create", create("x" * 64))


def test_a_key_of_another_user():
    if os.getuid() != 0:
        raise Skip("needs root, to be somebody else")
    with run(config="[Access]\nRegionGroup=games\n") as daemon, daemon.client() as client:
        client.result("Create", create("order-1", size=1))

        def other_request():
            with Client(daemon.socket_path) as other:
                assert other.result("Create", create("order-1", size=2))["region"]["region"] == "region1"

        assert as_user(NOBODY, 60, [], other_request)


def test_a_keyed_job_waits_without_its_client():
    with run(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as status:
        first.send("Create", {"request": {}})
        daemon.wait_hung()
        waiting = daemon.client()
        waiting.send("Create", create("order-1"))
        wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 2)
        with daemon.client() as second:
            reply = second.call("Create", create("order-1"))
            told = reply["parameters"]
            assert error_of(reply) == "TooBusy" and told["retryable"] and told["job"] == 2, reply
        waiting.close()
        status.result("GetStatus")
        with daemon.client() as second:
            second.send("Create", create("order-1"))
            second.send("GetStatus")
            time.sleep(0.2)
            assert status.result("GetStatus")["status"]["jobs"] == 2
            daemon.release()
            assert second.receive()["parameters"]["region"]["region"] == "region1"
        first.receive()
        assert len(daemon.calls("create")) == 2


def test_a_keyed_job_runs_without_its_client():
    with run(tokens=("hang-create-1",)) as daemon, daemon.client() as status:
        gone = daemon.client()
        gone.send("Create", create("order-1"))
        daemon.wait_hung()
        gone.close()
        status.result("GetStatus")
        with daemon.client() as second:
            second.send("Create", create("order-1"), more=True)
            time.sleep(0.2)
            daemon.release()
            reply = second.receive()
            assert reply["parameters"]["region"]["region"] == "region0", reply
        # And when nobody came back meanwhile.
        daemon.token("hang-create-2")
        gone = daemon.client()
        gone.send("Create", create("order-2"))
        daemon.wait_hung()
        gone.close()
        daemon.release()
        wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 0)
        assert status.result("Create", create("order-2"))["region"]["region"] == "region1"
        assert len(daemon.calls("create")) == 2


def test_a_failure_leaves_its_key():
    with run() as daemon, daemon.client() as client:
        wanted = {"region": "region0", "key": "order-1"}
        assert error_of(client.call("Delete", wanted)) == "NotFound"
        daemon.region("region0", "5")
        assert client.result("Delete", wanted) == {"region": "region0", "generation": "5"}
        daemon.token("die-create-1")
        assert client.call("Create", create("order-2"))["parameters"]["outcome"] == "unchanged"
        client.result("Create", create("order-2", size=2))


def test_a_keyed_job_whose_worker_dies():
    """It was done, as the next worker finds: who sends it again gets the region, and no second one."""
    with run(tokens=("die-create-1",)) as daemon, daemon.client() as client:
        client.result("GetStatus")
        daemon.region("region3", "33")
        daemon.interrupted(recovered=[interrupted(1, "done", object="region3", generation="33")],
                           kept=[kept("order-1", job=1)])
        told = client.call("Create", create("order-1"))["parameters"]
        assert told["outcome"] == "done", told
        region = client.result("Create", create("order-1"))["region"]
        assert region["region"] == "region3" and region["generation"] == "33"
        assert len(daemon.calls("create")) == 1
        daemon.interrupted(recovered=[interrupted(2, "undone")])
        daemon.token("die-create-2")
        assert client.call("Create", create("order-2"))["parameters"]["outcome"] == "undone"
        assert client.result("Create", create("order-2"))["region"]["region"] == "region0"


def test_keys_of_an_earlier_daemon():
    delete = {"region": "region9", "generation": "99"}
    with run(start=False) as daemon:
        daemon.region("region3", "33")
        daemon.region("region4", "45")
        daemon.interrupted(last_job=44, kept=[
            kept("made"), kept("gone", object="region5"), kept("another-now", object="region4", job=42),
            kept("theirs", uid=NOBODY), kept("old", age_seconds=24 * 60 * 60),
            kept("deleted", kind="delete", hash=hash_of("delete", delete), object="region9", generation="99", job=44)])
        daemon.start()
        with daemon.client() as client:
            client.result("GetStatus")
            assert [call["parameters"] for call in daemon.calls("recover")] == [{"patience_ms": 3000, "kept": True}]
            region = client.result("Create", create("made"))["region"]
            assert region["region"] == "region3" and region["generation"] == "33"
            for key, job in (("gone", 41), ("another-now", 42)):
                told = client.call("Create", create(key))
                assert error_of(told) == "NotFound" and "deleted since" in told["parameters"]["message"], told
                assert told["parameters"]["outcome"] == "done" and told["parameters"]["job"] == job, told
            assert client.result("Delete", {**delete, "key": "deleted"}) == delete
            assert error_of(client.call("Create", create("made", size=1))) == "KeyReused"
            assert not daemon.calls("create") and not daemon.calls("delete")
            for key in ("theirs", "old"):
                client.result("Create", create(key))
            assert daemon.calls("create")[0]["job"] == 45, "ids go on"


def test_a_kernel_that_does_not_tell_of_a_keyed_region():
    with run(start=False, tokens=("hang-list-1", "hang-list-2")) as daemon:
        daemon.region("region3", "33")
        daemon.interrupted(kept=[kept("made")])
        daemon.start()
        with daemon.client() as client, daemon.client() as gone:
            gone.send("Create", create("made"))
            daemon.wait_hung(1)
            client.send("Create", create("made"))
            daemon.wait_hung(2)
            gone.close()
            reply = client.receive()
            assert error_of(reply) == "TooBusy" and reply["parameters"]["outcome"] == "done", reply
            daemon.release()
            assert client.result("Create", create("made"))["region"]["region"] == "region3"


def test_no_key_is_new_before_those_of_earlier_daemons_are_known():
    with run(start=False, tokens=("die-recover-1", "die-recover-2", "die-recover-3")) as daemon:
        daemon.region("region3", "33")
        daemon.interrupted(kept=[kept("made")])
        daemon.start()
        with daemon.client() as client:
            reply = client.call("Create", create("made"))
            assert error_of(reply) == "TooBusy" and reply["parameters"]["outcome"] == "unchanged", reply
            wait_until(lambda: not client.result("GetStatus")["status"]["problems"])
            assert client.result("Create", create("made"))["region"]["region"] == "region3"


# -- jobs beside each other ----------------------------------------------------


def run_bridges(bridges: int = 2, **options) -> Daemon:
    """A host of so many bridges, each with a window of its own and two memdevs."""
    daemon = run(start=False, **options)
    daemon.token("bridges", str(bridges))
    daemon.start()
    with daemon.client() as client:
        client.result("GetTopology")
    return daemon


def at(bridge: int, **more) -> dict:
    """A create behind one bridge."""
    return {"request": {"root_decoder": f"decoder0.{bridge}", "memdevs": [f"mem{2 * bridge}"]}, **more}


def job_of(client: Client, number: int) -> dict:
    return client.result("GetJob", {"job": number})["job"]


def wait_state(client: Client, number: int, state: str) -> None:
    wait_until(lambda: job_of(client, number)["state"] == state)


def overlap(one: dict, other: dict) -> bool:
    return one["started"] < other["ended"] and other["started"] < one["ended"]


def test_two_bridges_at_the_same_time():
    with run_bridges(tokens=("hang-create.decoder0.0-1", "hang-create.decoder0.1-1")) as daemon, \
            daemon.client() as first, daemon.client() as second, daemon.client() as status:
        first.send("Create", at(0))
        second.send("Create", at(1))
        daemon.wait_hung(2)
        jobs = status.result("ListJobs")["jobs"]
        assert [job["state"] for job in jobs] == ["running", "running"], jobs
        assert jobs[0]["locks"] == ["decoder0.0", "mem0", "pci0000:00", "root0 (shared)"], jobs[0]["locks"]
        told = status.result("GetStatus")["status"]
        assert told["jobs"] == 2 and told["waiting"] == 0, told
        daemon.release()
        for client in (first, second):
            assert "region" in client.receive()["parameters"]
        assert overlap(job_of(status, 1), job_of(status, 2))
        told = {call["job"]: call["locks"] for call in daemon.calls("create")}
        assert told == {job["job"]: job["locks"] for job in jobs}, told


def test_one_bridge_one_after_another():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as second, \
            daemon.client() as status:
        first.send("Create", at(0))
        daemon.wait_hung()
        # Another memdev behind the same bridge is as much in the way as the same one.
        second.send("Create", {"request": {"root_decoder": "decoder0.0", "memdevs": ["0000:01:00.0"]}})
        wait_until(lambda: len(status.result("ListJobs")["jobs"]) == 2)
        waiting = status.result("ListJobs")["jobs"][1]
        assert waiting["state"] == "waiting" and waiting["blocked_by"] == 1, waiting
        assert waiting["waits_for"] == "decoder0.0" and "started" not in waiting, waiting
        assert status.result("GetStatus")["status"]["waiting"] == 1
        daemon.release()
        first.receive()
        second.receive()
        one, other = job_of(status, 1), job_of(status, 2)
        assert one["ended"] <= other["started"], (one, other)
        assert one["arrived"] <= one["started"] <= one["ended"]
        assert one["state"] == "done" and one["outcome"] == "done" and one["object"] == "region0", one


def test_a_slow_port_does_not_slow_the_others():
    """Each port's jobs take their own time: all ends when the slowest port is through, and not when their sum is over."""
    slow, fast = 2.0, 0.2
    with run_bridges(4, config="[Daemon]\nWorkers=5\n") as daemon, daemon.client() as client:
        for bridge in range(4):
            daemon.token(f"slow-decoder0.{bridge}", str(slow if bridge == 3 else fast))
        load = [3] * 2 + [0, 1, 2] * 8
        random.Random(4).shuffle(load)
        begin = time.monotonic()
        jobs = [client.result("Create", at(bridge, detach=True))["job"] for bridge in load]
        ended = {bridge: 0.0 for bridge in load}
        for bridge, job in zip(load, jobs):
            record = client.result("WaitJob", {"job": job})["job"]
            ended[bridge] = max(ended[bridge], record["ended"])
        took = time.monotonic() - begin
        assert took >= 2 * slow, took
        # 4 s of the slow port against 8.8 s of all together; a busy machine may take some more.
        assert took < 2 * slow + 2, f"{took} s: the others' {24 * fast} s came on top"
        assert max(ended[bridge] for bridge in range(3)) < ended[3], "the others were through before"


def test_a_timeout_names_who_was_in_the_way():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as second, \
            daemon.client() as third, daemon.client() as status:
        first.send("Create", at(0))
        daemon.wait_hung()
        second.send("Create", at(0))
        wait_until(lambda: len(status.result("ListJobs")["jobs"]) == 2)
        begin = time.monotonic()
        reply = third.call("Create", at(0, timeout=1))
        assert 0.9 < time.monotonic() - begin < 4
        assert error_of(reply) == "TimedOut", reply
        told = reply["parameters"]
        assert told["outcome"] == "unchanged" and told["job"] == 3 and told["retryable"], told
        expected = f"waited 1 s for decoder0.0, which job 1 (create of region7 by uid {os.getuid()}, pid {os.getpid()}) "
        expected += "has held for "
        assert expected in told["message"], told["message"]
        daemon.release()
        first.receive()
        second.receive()
        # Who is only before it is named as such.
        daemon.token("hang-create-2")
        first.send("Create", at(0))
        daemon.wait_hung()
        second.send("Repair")
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 1)
        told = third.call("Create", at(1, timeout=1))["parameters"]
        assert "for root0, behind job 5 (repair by uid" in told["message"], told["message"]
        assert not [call for call in daemon.calls("create") if call["job"] in (3, 6)], "nothing began"
        daemon.release()
        first.receive()
        second.receive()


def test_a_timeout_of_the_configuration():
    config = "[Daemon]\nLockTimeoutSec=1\n"
    with run_bridges(tokens=("hang-create-1",), config=config) as daemon, daemon.client() as first, \
            daemon.client() as second, daemon.client() as third, daemon.client() as status:
        first.send("Create", at(0))
        daemon.wait_hung()
        third.send("Create", at(0, timeout=0))
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 1)
        assert error_of(second.call("Create", at(0))) == "TimedOut"
        assert error_of(second.call("Create", at(0, timeout=86401))) == "InvalidRequest"
        daemon.release()
        first.receive()
        assert "region" in third.receive()["parameters"], "0 is for ever"


def test_who_does_not_wait():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as client:
        assert client.result("Create", at(0, detach=True)) == {"job": 1}
        daemon.wait_hung()
        assert job_of(client, 1)["detached"] and job_of(client, 1)["state"] == "running"
        with daemon.client() as gone:
            assert gone.result("Create", at(0, detach=True)) == {"job": 2}
        with daemon.client() as waiter, daemon.client() as other:
            waiter.send("WaitJob", {"job": 1}, more=True)
            other.send("WaitJob", {"job": 1})
            # One that goes away before the end is none that the daemon misses.
            with daemon.client() as impatient:
                impatient.send("WaitJob", {"job": 1})
                job_of(client, 1)
            daemon.release()
            for one in (waiter, other):
                reply = one.receive()["parameters"]
                assert reply["job"]["state"] == "done" and reply["region"]["region"] == "region0", reply
        assert client.result("WaitJob", {"job": 2})["region"]["region"] == "region1", "its client went, it did not"
        # And when it ended before.
        assert client.result("WaitJob", {"job": 1})["region"]["region"] == "region0"
        delete = client.result("Delete", {"region": "region0", "detach": True})["job"]
        reply = client.result("WaitJob", {"job": delete})
        assert reply["job"]["kind"] == "delete" and reply["job"]["object"] == "region0" and "region" not in reply, reply
        for number in (99, 0):
            for method in ("WaitJob", "GetJob", "CancelJob"):
                assert error_of(client.call(method, {"job": number})) == "NotFound", method
        assert [job["job"] for job in client.result("ListJobs")["jobs"]] == [3, 2, 1], "the last one first"


def test_progress_for_who_waits():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as client:
        first.send("Create", at(0))
        daemon.wait_hung()
        job = client.result("Create", at(0, detach=True))["job"]
        client.send("WaitJob", {"job": job}, more=True)
        time.sleep(0.1)
        daemon.release()
        progress = client.receive()
        assert progress["continues"] and progress["parameters"]["progress"]["job"] == job, progress
        assert client.receive()["parameters"]["job"]["state"] == "done"


def test_waiting_for_a_job_that_fails():
    with run_bridges(tokens=("hang-delete-1",)) as daemon, daemon.client() as client, daemon.client() as waiter:
        job = client.result("Delete", {"region": "region9", "detach": True})["job"]
        daemon.wait_hung()
        waiter.send("WaitJob", {"job": job})
        time.sleep(0.1)
        daemon.release()
        early, late = waiter.receive(), client.call("WaitJob", {"job": job})
        assert error_of(early) == "NotFound" and early["parameters"]["job"] == job, early
        assert early == late
        record = job_of(client, job)
        assert record["state"] == "failed" and record["outcome"] == "unchanged", record
        assert record["failure"]["error"] == "NotFound" and "region9" in record["failure"]["message"], record


def test_what_a_repair_found_is_told_to_who_waits():
    with run() as daemon, daemon.client() as client:
        daemon.region("region0", "5", "damaged")
        job = client.result("Repair", {"detach": True})["job"]
        reply = client.result("WaitJob", {"job": job})
        assert [finding["outcome"] for finding in reply["findings"]] == ["done"], reply
        job = client.result("UnbindPort", {"port": "mem0", "detach": True})["job"]
        reply = client.result("WaitJob", {"job": job})
        assert reply["port"] == "endpoint1" and reply["changed"] and reply["deleted"] == [], reply


def test_cancel_one_that_waits():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as second, \
            daemon.client() as client:
        first.send("Create", at(0))
        daemon.wait_hung()
        second.send("Create", at(0))
        wait_until(lambda: client.result("GetStatus")["status"]["waiting"] == 1)
        job = client.result("CancelJob", {"job": 2})["job"]
        assert job["state"] == "failed" and job["failure"]["error"] == "Cancelled", job
        reply = second.receive()
        assert error_of(reply) == "Cancelled" and reply["parameters"]["outcome"] == "unchanged", reply
        assert job_of(client, 1)["state"] == "running", "the other goes on"
        daemon.release()
        assert "region" in first.receive()["parameters"]
        assert client.result("CancelJob", {"job": 1})["job"]["state"] == "done", "too late"
        assert len(daemon.calls("create")) == 1


def test_cancel_one_that_runs():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as client:
        first.send("Create", at(0))
        daemon.wait_hung()
        job = client.result("CancelJob", {"job": 1})["job"]
        assert job["job"] == 1 and job["state"] in ("running", "failed"), job
        reply = first.receive()
        assert error_of(reply) == "Cancelled" and reply["parameters"]["outcome"] == "undone", reply
        assert job_of(client, 1)["outcome"] == "undone"
        assert not os.listdir(f"{daemon.base}/regions")
        assert "region" in client.result("Create", at(0))


def test_cancel_is_for_ones_own():
    if os.getuid() != 0:
        raise Skip("needs root, to be somebody else")
    config = "[Access]\nRegionGroup=games\nPortGroup=daemon\n"
    with run_bridges(tokens=("hang-create-1",), config=config) as daemon, daemon.client() as first, \
            daemon.client() as client:
        first.send("Create", at(0))
        daemon.wait_hung()

        def refused():
            with Client(daemon.socket_path) as other:
                assert error_of(other.call("CancelJob", {"job": 1})) == "NotPermitted"
                assert job_of(other, 1)["uid"] == 0
                assert error_of(other.call("AcquireLocks", {"objects": ["mem0"]})) == "NotPermitted"

        def own():
            with Client(daemon.socket_path) as other:
                job = other.result("Create", at(0, detach=True))["job"]
                assert other.result("CancelJob", {"job": job})["job"]["state"] == "failed"
                job = other.result("Create", at(0, detach=True))["job"]
                assert error_of(other.call("CancelJob", {"job": 1})) == "NotPermitted"

        def own_port():
            with Client(daemon.socket_path) as other:
                job = other.result("UnbindPort", {"port": "mem0", "detach": True})["job"]
                assert other.result("CancelJob", {"job": job})["job"]["state"] == "failed"

        assert as_user(NOBODY, NOBODY, [], refused)
        assert as_user(NOBODY, 60, [], own)
        assert as_user(NOBODY, 1, [], own_port)
        assert job_of(client, 1)["state"] == "running"
        job, = (job for job in client.result("ListJobs")["jobs"] if job["state"] == "waiting")
        assert client.result("CancelJob", {"job": job["job"]})["job"]["state"] == "failed", "root's to cancel"
        daemon.release()
        assert "region" in first.receive()["parameters"]


def test_a_client_that_goes_away_while_it_waits():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as third, \
            daemon.client() as status:
        first.send("Create", at(0))
        daemon.wait_hung()
        gone = daemon.client()
        gone.send("Repair")
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 1)
        third.send("Create", at(1))
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 2)
        gone.close()
        assert "region" in third.receive()["parameters"], "nothing is before it any more"
        record = job_of(status, 2)
        assert record["failure"]["error"] == "Cancelled" and "went away" in record["failure"]["message"], record
        daemon.release()
        first.receive()
        assert not daemon.calls("repair")


# -- other locks than it seemed ------------------------------------------------


def test_a_job_that_needs_other_locks_waits_for_them():
    with run_bridges(3, tokens=("hang-create.decoder0.1-1",)) as daemon, daemon.client() as first, \
            daemon.client() as second, daemon.client() as client:
        first.send("Create", at(1))
        daemon.wait_hung()
        daemon.token("needs-create-1", json.dumps(["decoder0.1", "pci0000:01", "mem2"]))
        second.send("Create", at(0))
        wait_until(lambda: len(daemon.calls("create")) == 2)
        wait_state(client, 2, "waiting")
        record = job_of(client, 2)
        assert record["locks"] == ["decoder0.1", "mem2", "pci0000:01", "root0 (shared)"] and record["blocked_by"] == 1, record
        assert "region" in client.result("Create", at(0)), "what it gave up is free"
        daemon.release()
        assert "region" in first.receive()["parameters"] and "region" in second.receive()["parameters"]
        assert job_of(client, 1)["ended"] <= job_of(client, 2)["started"]
        assert daemon.calls("create")[-1]["locks"] == record["locks"], "the worker was told of the new ones"


def test_a_second_wait_has_a_limit_as_the_first():
    with run_bridges(3, tokens=("hang-create.decoder0.1-1",)) as daemon, daemon.client() as first, \
            daemon.client() as second:
        first.send("Create", at(1))
        daemon.wait_hung()
        daemon.token("needs-create-1", json.dumps(["decoder0.1"]))
        reply = second.call("Create", at(0, timeout=1))
        assert error_of(reply) == "TimedOut" and "decoder0.1, which job 1" in reply["parameters"]["message"], reply
        daemon.release()
        first.receive()


def test_locks_are_exchanged_once():
    with run_bridges() as daemon, daemon.client() as client:
        for number in (1, 2):
            daemon.token(f"needs-create-{number}", json.dumps(["decoder0.1", "pci0000:01"]))
        reply = client.call("Create", at(0))
        assert error_of(reply) == "Conflict" and reply["parameters"]["outcome"] == "unchanged", reply
        assert reply["parameters"]["retryable"], reply
        assert len(daemon.calls("create")) == 2
        assert "region" in client.result("Create", at(0))


def test_a_cancelled_job_does_not_wait_for_other_locks():
    with run_bridges(tokens=("deaf-create-1",)) as daemon, daemon.client() as first, daemon.client() as client:
        daemon.token("needs-create-1", json.dumps(["decoder0.1", "pci0000:01"]))
        first.send("Create", at(0))
        daemon.wait_hung()
        client.result("CancelJob", {"job": 1})
        daemon.release()
        reply = first.receive()
        assert error_of(reply) == "Cancelled" and reply["parameters"]["outcome"] == "unchanged", reply
        assert len(daemon.calls("create")) == 1 and not os.listdir(f"{daemon.base}/regions")


def test_a_job_that_hung_does_not_hang_when_it_begins_anew():
    with run_bridges(tokens=("deaf-create-1",)) as daemon, daemon.client() as first, daemon.client() as client:
        daemon.token("needs-create-1", json.dumps(["decoder0.1", "pci0000:01"]))
        first.send("Create", at(0))
        wait_state(client, 1, "hanging")
        daemon.token("deaf-create-2")
        daemon.release()
        wait_until(lambda: len(daemon.calls("create")) == 2)
        assert job_of(client, 1)["state"] == "running"
        daemon.wait_hung()
        daemon.release()
        assert "region" in first.receive()["parameters"]


def test_a_port_job_that_needs_other_locks_waits_for_the_host():
    with run_bridges(3, tokens=("hang-create.decoder0.2-1",)) as daemon, daemon.client() as first, \
            daemon.client() as second, daemon.client() as client:
        first.send("Create", at(2))
        daemon.wait_hung()
        daemon.token("needs-unbind-port-1", json.dumps(["decoder0.1", "pci0000:01", "mem2"]))
        second.send("UnbindPort", {"port": "mem0", "force": True})
        wait_until(lambda: len(daemon.calls("unbind-port")) == 1)
        wait_state(client, 2, "waiting")
        record = job_of(client, 2)
        assert record["locks"] == ["root0"] and record["blocked_by"] == 1, record
        daemon.release()
        assert "region" in first.receive()["parameters"] and "port" in second.receive()["parameters"]
        assert "locks" not in daemon.calls("unbind-port")[-1], "it may touch all"


def test_a_detached_request_again_does_not_wait():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as client:
        job = client.result("Create", at(0, key="k", detach=True))["job"]
        daemon.wait_hung()
        client.socket.settimeout(5)
        assert client.result("Create", at(0, key="k", detach=True)) == {"job": job}
        daemon.release()
        wait_state(client, job, "done")


# -- leases ----------------------------------------------------------------------


def test_a_lease():
    with run_bridges() as daemon, daemon.client() as holder, daemon.client() as member, daemon.client() as other, \
            daemon.client() as status:
        lease = holder.result("AcquireLocks", {"objects": ["decoder0.0"]})
        assert lease["job"] == 1 and "decoder0.0" in lease["locks"] and "mem1:device" in lease["locks"], lease
        record = job_of(status, 1)
        assert record["kind"] == "lease" and record["state"] == "running" and record["locks"] == lease["locks"], record
        other.send("Create", at(0))
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 1)
        assert "region" in status.result("Create", at(1)), "it is nobody else's business"
        for _ in range(2):
            assert "region" in member.result("Create", at(0, lease=lease["lease"]))
        assert member.result("Delete", {"region": "region1", "lease": lease["lease"]})["region"] == "region1"
        jobs = {job["job"]: job for job in status.result("ListJobs")["jobs"]}
        assert jobs[2]["state"] == "waiting" and jobs[2]["blocked_by"] == 1, jobs[2]
        assert jobs[4]["lease"] == 1 and jobs[4]["state"] == "done", jobs[4]
        # What it does not cover.
        reply = member.call("Create", at(1, lease=lease["lease"]))
        assert error_of(reply) == "Conflict" and "(job 1) does not cover" in reply["parameters"]["message"], reply
        assert not reply["parameters"]["retryable"]
        assert error_of(member.call("Create", {"request": {}, "lease": lease["lease"]})) == "Conflict"
        assert error_of(member.call("Repair", {"lease": lease["lease"]})) == "Conflict"
        daemon.token("needs-create-1", json.dumps(["decoder0.1"]))
        reply = member.call("Create", at(0, lease=lease["lease"]))
        assert error_of(reply) == "Conflict" and "lease" in reply["parameters"]["message"], reply
        assert error_of(member.call("Create", at(0, lease="no such"))) == "NotFound"
        assert error_of(holder.call("AcquireLocks", {"objects": ["decoder0.1"]})) == "Conflict", "one a connection"
        holder.close()
        assert "region" in other.receive()["parameters"]
        assert job_of(status, 1)["state"] == "done"
        assert error_of(member.call("Create", at(0, lease=lease["lease"]))) == "NotFound"


def test_the_host_is_looked_at_when_a_lease_ends():
    """Whoever had it may have changed what the daemon knows: the next request is placed by how it is now."""
    with run_bridges() as daemon, daemon.client() as holder, daemon.client() as client:
        holder.result("AcquireLocks", {"objects": ["mem0"]})
        time.sleep(0.3)
        before = len(daemon.calls("scan"))
        time.sleep(0.3)
        assert len(daemon.calls("scan")) == before, "nothing else has it looked at"
        holder.close()
        wait_until(lambda: len(daemon.calls("scan")) > before)
        wait_state(client, 1, "done")


def test_what_cannot_be_locked():
    with run_bridges() as daemon, daemon.client() as client:
        assert error_of(client.call("AcquireLocks", {"objects": []})) == "InvalidRequest"
        for seconds in (0, 86401):
            assert error_of(client.call("AcquireLocks", {"objects": ["mem0"], "max_seconds": seconds})) == "InvalidRequest"
        assert error_of(client.call("AcquireLocks", {"objects": ["mem0", "mem9"]})) == "NotFound"
        assert client.result("ListJobs")["jobs"] == []


def test_a_lease_ends_with_the_last_who_has_its_connection():
    with run_bridges() as daemon, daemon.client() as other, daemon.client() as status:
        inherited = daemon.client()
        inherited.result("AcquireLocks", {"objects": ["mem0", "decoder0.0"]})
        ready, start = os.pipe()
        first = os.fork()
        if first == 0:
            second = os.fork()
            if second == 0:
                os.close(ready)
                signal.pause()
                os._exit(0)
            os.write(start, str(second).encode())
            signal.pause()
            os._exit(0)
        second = int(os.read(ready, 20))
        os.close(ready)
        os.close(start)
        inherited.close()
        other.send("Create", at(0))
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 1)
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        time.sleep(0.2)
        assert status.result("GetStatus")["status"]["waiting"] == 1, "one has it still"
        os.kill(second, signal.SIGKILL)
        assert "region" in other.receive()["parameters"]


def test_the_time_of_a_lease():
    with run_bridges() as daemon, daemon.client() as holder, daemon.client() as member, daemon.client() as waiter, \
            daemon.client() as other:
        lease = holder.result("AcquireLocks", {"objects": ["decoder0.0"], "max_seconds": 1})
        waiter.send("WaitJob", {"job": lease["job"]})
        daemon.token("hang-create-1")
        member.send("Create", at(0, lease=lease["lease"]))
        daemon.wait_hung()
        reply = waiter.receive()
        assert error_of(reply) == "TimedOut" and "lasted 1 s" in reply["parameters"]["message"], reply
        assert error_of(other.call("Create", at(0, lease=lease["lease"]))) == "NotFound"
        other.send("Create", at(0))
        wait_until(lambda: holder.result("GetStatus")["status"]["waiting"] == 1)
        daemon.release()
        assert "region" in member.receive()["parameters"], "what it began under the lease it ends with its locks"
        assert "region" in other.receive()["parameters"]
        assert holder.result("AcquireLocks", {"objects": ["decoder0.0"]})["job"] > 1, "the connection may have another"


def test_a_lease_is_cancelled():
    with run_bridges() as daemon, daemon.client() as holder, daemon.client() as waiter, daemon.client() as client:
        lease = holder.result("AcquireLocks", {"objects": ["decoder0.0"]})
        waiter.send("WaitJob", {"job": lease["job"]})
        job_of(client, 1)
        assert client.result("CancelJob", {"job": lease["job"]})["job"]["state"] == "failed"
        assert error_of(waiter.receive()) == "Cancelled"
        assert "region" in client.result("Create", at(0))


def test_a_lease_waits_for_its_locks():
    with run_bridges(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as holder, \
            daemon.client() as client:
        first.send("Create", at(0))
        daemon.wait_hung()
        reply = holder.call("AcquireLocks", {"objects": ["mem1"], "timeout": 1})
        assert error_of(reply) == "TimedOut" and "pci0000:00, which job 1" in reply["parameters"]["message"], reply
        gone = daemon.client()
        gone.send("AcquireLocks", {"objects": ["mem0"]})
        wait_until(lambda: client.result("GetStatus")["status"]["waiting"] == 1)
        gone.close()
        wait_until(lambda: client.result("GetStatus")["status"]["waiting"] == 0)
        holder.send("AcquireLocks", {"objects": ["mem0"]})
        wait_until(lambda: client.result("GetStatus")["status"]["waiting"] == 1)
        daemon.release()
        first.receive()
        assert "lease" in holder.receive()["parameters"]
        begin = time.monotonic()
        assert daemon.stop() == 0 and time.monotonic() - begin < 5, "a lease does not hold a stop up"


# -- cxlctl, with leases ------------------------------------------------------------


def cxlctl(daemon: Daemon, *arguments) -> subprocess.Popen:
    return subprocess.Popen([CXLCTL, "--socket", daemon.socket_path, *arguments], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def leases(client: Client) -> list:
    return [job for job in client.result("ListJobs")["jobs"] if job["kind"] == "lease" and job["state"] == "running"]


def test_cxlctl_within_cxlctl_lock():
    with run_bridges() as daemon, daemon.client() as client:
        create = [CXLCTL, "--socket", daemon.socket_path, "region", "create", "-d", "decoder0.0", "mem0"]
        done = cxlctl(daemon, "lock", "decoder0.0", "--", *create)
        out, err = done.communicate(timeout=20)
        assert done.returncode == 0 and out.startswith("region0:") and err == "", (done.returncode, out, err)
        lease, created = sorted((job_of(client, number) for number in (1, 2)), key=lambda job: job["job"])
        assert created["lease"] == lease["job"] and created["state"] == "done", created
        wait_until(lambda: not leases(client))
        # From the socket's path on it is the same cxlctl, which then is told that it may not.
        done = cxlctl(daemon, "lock", "decoder0.1", "--", *create)
        out, err = done.communicate(timeout=20)
        assert done.returncode == 4 and "does not cover" in err, (done.returncode, out, err)


def test_cxlctl_lock_is_killed():
    """Its locks stay until the command, and what the command started, has ended."""
    with run_bridges() as daemon, daemon.client() as client, daemon.client() as other:
        lock = cxlctl(daemon, "lock", "mem0", "decoder0.0", "--", "sh", "-c", "sleep 1000 & echo $! $$; wait")
        grandchild, child = map(int, lock.stdout.readline().split())
        assert leases(client)
        other.send("Create", at(0))
        wait_until(lambda: client.result("GetStatus")["status"]["waiting"] == 1)
        for pid in (lock.pid, child):
            os.kill(pid, signal.SIGKILL)
            if pid == lock.pid:
                lock.wait()
            time.sleep(0.2)
            assert client.result("GetStatus")["status"]["waiting"] == 1, pid
        os.kill(grandchild, signal.SIGKILL)
        assert "region" in other.receive()["parameters"]
        assert not leases(client)
        lock.communicate(timeout=20)


def test_cxlctl_lock_loses_its_locks():
    with run_bridges() as daemon, daemon.client() as client:

        def check_told(lock: subprocess.Popen, why: str) -> None:
            told = lock.stderr.readline()
            assert "runs on without its locks: " in told and why in told, told
            assert lock.poll() is None, "it runs on"

        lock = cxlctl(daemon, "lock", "--max", "1", "mem0", "--", "sleep", "3")
        check_told(lock, "lasted 1 s")
        assert lock.wait(20) == 8, "a success that was had without locks is none"
        lock = cxlctl(daemon, "lock", "mem0", "--", "sleep", "2")
        wait_until(lambda: leases(client))
        client.result("CancelJob", {"job": leases(client)[0]["job"]})
        check_told(lock, "cancelled")
        assert lock.wait(20) == 8
        lock = cxlctl(daemon, "lock", "mem0", "--", "sh", "-c", "sleep 2; exit 41")
        wait_until(lambda: leases(client))
        daemon.process.kill()
        daemon.process.wait()
        check_told(lock, "went away")
        assert lock.wait(20) == 41
        daemon.start(wait=False)
        wait_until(lambda: daemon.process.poll() is None and "vendor" in str(try_info(daemon)))


# -- start and stop ----------------------------------------------------------


def test_stop_when_idle():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        workers = daemon.workers()
        assert daemon.stop() == 0
        assert client.receive() is None
        assert not os.path.exists(daemon.socket_path)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))


def seconds_to_stop_in_a_read() -> float:
    with run(tokens=("hang-scan-1",)) as daemon, daemon.client() as client:
        client.send("GetStatus")
        daemon.wait_hung()
        begin = time.monotonic()
        daemon.process.send_signal(signal.SIGTERM)
        assert error_of(client.receive()) == "Cancelled"
        daemon.release()
        assert daemon.process.wait(5) == 0
        return time.monotonic() - begin


def test_stop_ends_with_the_read_under_way():
    # It may take a second at the most; the best of some tries, for the machine may be busy.
    assert min(seconds_to_stop_in_a_read() for _ in range(3)) < 0.8


def test_stop_undoes_what_runs():
    with run(tokens=("hang-create-1",)) as daemon, daemon.client() as first, daemon.client() as second:
        first.send("Create", {"request": {}})
        daemon.wait_hung()
        second.send("Create", {"request": {}})
        with daemon.client() as status:
            wait_until(lambda: status.result("GetStatus")["status"]["jobs"] == 2)
        assert daemon.stop() == 0
        reply = first.receive()
        assert error_of(reply) == "Cancelled" and reply["parameters"]["outcome"] == "undone"
        reply = second.receive()
        assert error_of(reply) == "Cancelled" and reply["parameters"]["outcome"] == "unchanged"


def test_stop_begins_nothing_where_a_lease_ends():
    with run_bridges() as daemon, daemon.client() as holder, daemon.client() as client, daemon.client() as status:
        holder.result("AcquireLocks", {"objects": ["decoder0.0"]})
        client.send("Create", at(0))
        wait_until(lambda: status.result("GetStatus")["status"]["waiting"] == 1)
        assert daemon.stop() == 0
        reply = client.receive()
        assert error_of(reply) == "Cancelled" and reply["parameters"]["outcome"] == "unchanged", reply
        assert not daemon.calls("create") and not os.listdir(f"{daemon.base}/regions")


def test_stop_waits_for_what_goes_on():
    with run(tokens=("deaf-delete-1",)) as daemon, daemon.client() as client, daemon.client() as late:
        daemon.region("region0", "5")
        client.send("Delete", {"region": "region0"})
        daemon.wait_hung()
        daemon.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not os.path.exists(daemon.socket_path))
        assert error_of(late.call("Create", {"request": {}})) == "Cancelled"
        assert "status" in late.call("GetStatus")["parameters"], "it still answers"
        daemon.release()
        assert client.receive()["parameters"]["region"] == "region0"
        assert daemon.process.wait(5) == 0


def test_stop_while_a_worker_hangs():
    with run(tokens=("deaf-create-1",), config="[Daemon]\nStopTimeoutSec=1\n") as daemon, daemon.client() as client:
        client.send("Create", {"request": {}})
        daemon.wait_hung()
        worker = daemon.calls("create")[0]["pid"]
        begin = time.monotonic()
        assert daemon.stop() == 0
        assert 0.5 < time.monotonic() - begin < 4
        assert client.receive() is None
        assert os.path.exists(f"/proc/{worker}"), "it is left to finish"
        assert "attribute commit" in daemon.log(), daemon.log()
        daemon.release()
        wait_until(lambda: os.listdir(f"{daemon.base}/regions"))
        wait_until(lambda: not os.path.exists(f"/proc/{worker}"))


def test_main_is_killed():
    with run(tokens=("deaf-create-1",)) as daemon, daemon.client() as client:
        client.send("Create", {"request": {}})
        daemon.wait_hung()
        worker, spawner = daemon.calls("create")[0]["pid"], daemon.spawner()
        others = [daemon.client() for _ in range(32)]
        for number, other in enumerate(others):
            other.send(*(("Create", {"request": {}}), ("WaitJob", {"job": 1}), ("GetStatus",))[number % 3])
        begin = time.monotonic()
        daemon.process.kill()
        daemon.process.wait()
        assert client.receive() is None
        for other in others:
            while other.receive() is not None:
                pass
        assert time.monotonic() - begin < 1
        wait_until(lambda: not os.path.exists(f"/proc/{spawner}"))
        assert os.path.exists(f"/proc/{worker}")
        daemon.start(wait=False)
        wait_until(lambda: daemon.process.poll() is None and "vendor" in str(try_info(daemon)))


def try_info(daemon: Daemon) -> dict | None:
    try:
        with daemon.client() as client:
            return client.result("org.varlink.service.GetInfo")
    except OSError:
        return None


def test_spawner_is_killed():
    with run(tokens=("deaf-create-1",)) as daemon, daemon.client() as client:
        client.send("Create", {"request": {}})
        daemon.wait_hung()
        os.kill(daemon.spawner(), signal.SIGKILL)
        wait_until(lambda: not os.path.exists(daemon.socket_path))
        daemon.release()
        assert "region" in client.receive()["parameters"], "what runs is finished"
        assert daemon.process.wait(5) == 1


def test_second_daemon_at_the_same_socket():
    with run() as daemon:
        second = subprocess.run(daemon.arguments(), env=daemon.environment, capture_output=True, timeout=10)
        assert second.returncode == 1 and b"another daemon" in second.stderr
        with daemon.client() as client:
            client.result("GetStatus")


def refused_start(config: str) -> str:
    with run(config=config, start=False) as daemon:
        daemon.start(wait=False)
        assert daemon.process.wait(5) == 1
        return daemon.log()


def test_wrong_configuration():
    assert "test.conf:3: [Daemon] Workers=1: expected" in refused_start("# c\n[Daemon]\nWorkers=1\n")
    assert "test.conf:2: [Access] RegionGroup=no-such" in refused_start("[Access]\nRegionGroup=no-such\n")
    with run(config="[Access]\nDestroyGroup=x\nTypo=1\n") as daemon:
        log = daemon.log()
        assert "test.conf:2: [Access] DestroyGroup: not supported" in log
        assert "test.conf:3: [Access] Typo: no such key" in log


def test_command_line():
    def output(*arguments) -> tuple:
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=10)
        return done.returncode, done.stdout, done.stderr

    assert output("--version")[0] == 0 and output("--version")[1].startswith("cxl-regiond ")
    assert output("--help")[0] == 0 and "--socket PATH" in output("--help")[1]
    assert output("--no-such")[0] == 2
    assert output("more")[0] == 2
    assert output("--worker", "/no/such")[0] == 1 and "/no/such" in output("--worker", "/no/such")[2]


def test_activation_and_notification():
    with run(start=False) as daemon:
        os.mkdir(f"{daemon.base}/run")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(daemon.socket_path)
        listening.listen()
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(f"{daemon.base}/notify")
        notify.settimeout(5)
        pid = os.fork()
        if pid == 0:
            os.dup2(daemon.log_file.fileno(), 2)
            os.dup2(listening.fileno(), 3)
            environment = {**daemon.environment, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()),
                           "NOTIFY_SOCKET": f"{daemon.base}/notify"}
            os.execve(PROGRAM, daemon.arguments(), environment)
        try:
            assert notify.recv(100) == b"READY=1"
            with daemon.client() as client:
                client.result("GetStatus")
            assert all(call["extra_fds"] <= 0 for call in daemon.calls("discover"))
        finally:
            os.kill(pid, signal.SIGTERM)
            status = os.waitpid(pid, 0)[1]
        assert notify.recv(100) == b"STOPPING=1" and status == 0
        assert os.path.exists(daemon.socket_path), "it is the service manager's"


def test_the_watchdog_is_fed():
    interval = 0.8
    with run(start=False, tokens=("hang-scan-1",)) as daemon:
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(f"{daemon.base}/notify")
        notify.settimeout(5)
        daemon.environment |= {"NOTIFY_SOCKET": f"{daemon.base}/notify", "WATCHDOG_USEC": str(int(interval * 1000000))}
        daemon.start()

        def receive_fed(times: int) -> None:
            end = time.monotonic() + interval * times
            while times:
                times -= notify.recv(100) == b"WATCHDOG=1"
                assert time.monotonic() < end, "the service manager would have killed it"

        receive_fed(4)
        with daemon.client() as client:
            client.send("GetStatus")
            daemon.wait_hung()
            receive_fed(4)
            daemon.release()


def run_test(number: int, name: str) -> bool:
    begin = time.monotonic()
    try:
        globals()["test_" + name]()
    except Skip as skip:
        print(f"ok {number} - {name} # SKIP {skip}", flush=True)
        return True
    except BaseException:
        for line in traceback.format_exc().splitlines():
            print("#", line)
        print(f"not ok {number} - {name}", flush=True)
        return False
    print(f"ok {number} - {name} # {time.monotonic() - begin:.1f} s", flush=True)
    return True


def main() -> int:
    names = sys.argv[2:] or [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    print(f"1..{len(names)}", flush=True)
    passed = [run_test(number, name) for number, name in enumerate(names, 1)]
    return 0 if all(passed) else 1


sys.exit(main())
