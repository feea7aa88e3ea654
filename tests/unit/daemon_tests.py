# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the main process share: it is run for real, against a scripted worker."""
import os
import sys

from daemon_driver import Client, Daemon, wait_until

PROGRAM = sys.argv[1]
# The worker and the cxlctl that go with it are those of the same build.
BUILD = os.path.dirname(os.path.dirname(os.path.abspath(PROGRAM)))
WORKER = f"{BUILD}/worker/cxl-regiond-worker"
CXLCTL = f"{BUILD}/cli/cxlctl"
NOBODY = 65534


def run(**options) -> Daemon:
    return Daemon(PROGRAM, **options)


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


def interrupted(job: int, outcome: str, **more) -> dict:
    return {"job": job, "kind": "create", "object": "region7", "uid": 0, "outcome": outcome,
            "message": f"Job {job} was interrupted.", **more}


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


def is_dead(pid: int) -> bool:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"


def try_info(daemon: Daemon) -> dict | None:
    try:
        with daemon.client() as client:
            return client.result("org.varlink.service.GetInfo")
    except OSError:
        return None
