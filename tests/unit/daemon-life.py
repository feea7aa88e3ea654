#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Start and stop of the main process. Prints TAP.

usage: daemon-life.py CXL-REGIOND [NAME...]
"""
import os
import signal
import socket
import subprocess
import sys
import time

from daemon_driver import error_of, wait_until
from daemon_tests import PROGRAM, at, run, run_bridges, try_info
from tap import run_tests


def test_stop_when_idle():
    with run() as daemon, daemon.client() as client:
        client.result("GetStatus")
        workers = daemon.workers()
        assert daemon.stop() == 0
        assert client.receive() is None
        assert not os.path.exists(daemon.socket_path)
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))


def test_stop_writes_what_is_to_be_logged():
    with run() as daemon, daemon.client() as client:
        client.result("Create", {"request": {"size": 1}})
        assert daemon.stop() == 0
        assert "job 1: create region0 for uid" in daemon.log(), daemon.log()


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


sys.exit(run_tests(globals(), sys.argv[2:]))
