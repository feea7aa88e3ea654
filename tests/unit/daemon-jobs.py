#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs one after another: what they do to regions and ports, and what a name means while they wait. Prints TAP.

usage: daemon-jobs.py CXL-REGIOND [NAME...]
"""
import os
import signal
import sys
import time

from daemon_driver import Client, error_of, wait_until
from daemon_tests import NOBODY, as_user, is_dead, run
from tap import Skip, run_tests


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
        wait_until(lambda: "job 1: create region1 for uid" in daemon.log())


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
        wait_until(lambda: "job 1: repair for uid" in daemon.log())


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
        wait_until(lambda: "unbind-port mem0 for uid" in daemon.log())


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


sys.exit(run_tests(globals(), sys.argv[2:]))
