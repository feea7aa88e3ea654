#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Leases, of clients and of cxlctl lock. Prints TAP.

usage: daemon-leases.py CXL-REGIOND [NAME...]
"""
import json
import os
import signal
import subprocess
import sys
import time

from daemon_driver import Client, Daemon, error_of, wait_until
from daemon_tests import CXLCTL, at, job_of, run_bridges, try_info, wait_state
from tap import run_tests


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


# -- cxlctl, with leases ---------------------------------------------------------


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

        def check_told(lock: subprocess.Popen, *reasons: str) -> None:
            told = lock.stderr.readline()
            assert "runs on without its locks: " in told and any(reason in told for reason in reasons), told
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
        # Killed before or after cxlctl has asked what became of its job.
        check_told(lock, "went away", "No cxl-regiond listens")
        assert lock.wait(20) == 41
        daemon.start(wait=False)
        wait_until(lambda: daemon.process.poll() is None and "vendor" in str(try_info(daemon)))


sys.exit(run_tests(globals(), sys.argv[2:]))
