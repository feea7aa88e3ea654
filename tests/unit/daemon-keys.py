#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests with keys: asked again, they are carried out once. Prints TAP.

usage: daemon-keys.py CXL-REGIOND [NAME...]
"""
import json
import os
import sys
import time

from daemon_driver import Client, error_of, wait_until
from daemon_tests import NOBODY, as_user, interrupted, run
from tap import Skip, run_tests


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


sys.exit(run_tests(globals(), sys.argv[2:]))
