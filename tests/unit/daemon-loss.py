#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers that die and hang, and what they leave. Prints TAP.

usage: daemon-loss.py CXL-REGIOND [NAME...]
"""
import os
import signal
import sys
import time

from daemon_driver import error_of, wait_until
from daemon_tests import at, interrupted, run, run_bridges
from tap import run_tests


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


def test_who_made_a_region_whose_worker_died():
    with run(tokens=("die-create-1",)) as daemon, daemon.client() as client:
        client.result("GetStatus")
        daemon.region("region7", "7")
        daemon.interrupted(recovered=[interrupted(1, "done", generation="7")])
        assert client.call("Create", {"request": {}})["parameters"]["outcome"] == "done"
        assert client.result("ListRegions")["regions"][0]["origin"] == "daemon"


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


def test_what_a_port_job_left_is_looked_for_again_when_nobody_could():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        before = len(daemon.calls("recover"))
        for token in ("die-unbind-port-1", *(f"die-recover-{i}" for i in range(3))):
            daemon.token(token)
        assert client.call("UnbindPort", {"port": "mem0"})["parameters"]["outcome"] == "unknown"
        wait_until(lambda: len(daemon.calls("recover")) > before + 3)
        wait_until(lambda: "error" not in client.call("UnbindPort", {"port": "mem0"}))


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


sys.exit(run_tests(globals(), sys.argv[2:]))
