# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the real main process with the scripted worker, and talks to it."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INTERFACE = "io.cxlregiond.Region"
PATIENCE = 30.0


def wait_until(condition, seconds: float = PATIENCE) -> None:
    """Poll, because what is waited for is another process's doing."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("what was waited for did not come")
        time.sleep(0.01)


class Client:
    def __init__(self, path: str):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE * 6)
        self.socket.connect(path)
        self.received = b""

    def send_raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send(self, method: str, parameters: dict | None = None, **flags) -> None:
        name = method if "." in method else f"{INTERFACE}.{method}"
        self.send_raw(json.dumps({"method": name, "parameters": parameters or {}, **flags}).encode() + b"\0")

    def receive(self) -> dict | None:
        """The next message, or None at the end of the connection."""
        while b"\0" not in self.received:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                return None
            self.received += piece
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def call(self, method: str, parameters: dict | None = None, **flags) -> dict:
        self.send(method, parameters, **flags)
        return self.receive()

    def result(self, method: str, parameters: dict | None = None) -> dict:
        reply = self.call(method, parameters)
        assert "error" not in reply, reply
        return reply["parameters"]

    def close(self) -> None:
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def error_of(reply: dict) -> str:
    return reply.get("error", "").removeprefix(INTERFACE + ".")


class Daemon:
    """One run, in a directory of its own."""

    def __init__(self, program: str, config: str = "", fix: str = "none", tokens: tuple = (), start: bool = True,
                 worker: str = f"{HERE}/daemon-worker.py"):
        self.program = program
        self.worker = worker
        self.base = tempfile.mkdtemp(prefix="cxl-regiond-test-")
        os.chmod(self.base, 0o755)
        os.mkdir(f"{self.base}/regions")
        self.socket_path = f"{self.base}/run/socket"
        self.config_path = f"{self.base}/test.conf"
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(config)
        for token in tokens:
            self.token(token)
        self.environment = {**os.environ, "DAEMON_TEST_DIR": self.base, "DAEMON_TEST_FIX": fix}
        self.log_file = open(f"{self.base}/log", "w+", encoding="utf-8")
        self.process = None
        if start:
            self.start()

    def arguments(self) -> list:
        return [self.program, "--socket", self.socket_path, "--config", self.config_path,
                "--worker", self.worker, "--jobs", f"{self.base}/jobs"]

    def start(self, wait: bool = True) -> None:
        self.process = subprocess.Popen(self.arguments(), env=self.environment, stderr=self.log_file)
        if wait:
            wait_until(lambda: os.path.exists(self.socket_path) or self.process.poll() is not None)

    def client(self) -> Client:
        return Client(self.socket_path)

    def token(self, name: str, text: str = "") -> None:
        with open(f"{self.base}/new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(f"{self.base}/new", f"{self.base}/{name}")

    def hung(self) -> list:
        return [name for name in os.listdir(self.base) if name.startswith("hung-")]

    def wait_hung(self, count: int = 1) -> None:
        wait_until(lambda: len(self.hung()) >= count)

    def interrupted(self, **result) -> None:
        """What the scripted worker finds when it looks for interrupted jobs."""
        with open(f"{self.base}/new", "w", encoding="utf-8") as file:
            json.dump(result, file)
        os.rename(f"{self.base}/new", f"{self.base}/interrupted")

    def release(self, worker: int | None = None) -> None:
        for name in self.hung():
            if worker is None or name == f"hung-{worker}":
                os.unlink(f"{self.base}/{name}")

    def region(self, name: str, generation: str, state: str = "active") -> None:
        with open(f"{self.base}/new", "w", encoding="ascii") as file:
            file.write(f"{generation} {state}")
        os.rename(f"{self.base}/new", f"{self.base}/regions/{name}")

    def calls(self, kind: str) -> list:
        if not os.path.exists(f"{self.base}/calls"):
            return []
        with open(f"{self.base}/calls", encoding="utf-8") as file:
            return [call for call in map(json.loads, file) if call["kind"] == kind]

    def log(self) -> str:
        self.log_file.flush()
        with open(f"{self.base}/log", encoding="utf-8") as file:
            return file.read()

    def children(self, pid: int) -> list:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]

    def spawner(self) -> int:
        return self.children(self.process.pid)[0]

    def workers(self) -> list:
        return self.children(self.spawner())

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:  # for whoever looks why
            print("".join(f"# {line}\n" for line in self.log().splitlines()[-30:]), end="")
        # A worker that a test left hanging must end too.
        for name in list(os.listdir(self.base)):
            if name.startswith(("hang-", "deaf-", "die-")):
                os.unlink(f"{self.base}/{name}")
        self.release()
        if self.process and self.process.poll() is None:
            status = self.stop() if kind is None else self.process.kill()
            self.process.wait()
            assert not status, f"exit status {status}: {self.log()}"
        self.log_file.close()
        shutil.rmtree(self.base, ignore_errors=True)
