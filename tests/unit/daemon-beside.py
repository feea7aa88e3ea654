#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs beside each other: locks, timeouts, records, cancellation. Prints TAP.

usage: daemon-beside.py CXL-REGIOND [NAME...]
"""
import json
import os
import random
import sys
import time

from daemon_driver import Client, error_of, wait_until
from daemon_tests import NOBODY, as_user, at, job_of, run, run_bridges, wait_state
from tap import Skip, run_tests


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


# -- other locks than it seemed --------------------------------------------------


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


sys.exit(run_tests(globals(), sys.argv[2:]))
