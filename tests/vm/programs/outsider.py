# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody who takes memory devices from their drivers and gives them back, by sysfs, beside the daemon.

Endpoints lose cxl_port, memdevs lose cxl_mem, PCI functions lose cxl_pci, in random order and some at a time. A device that
was in a region keeps its decoders committed, in QEMU, and cannot be probed again before a reset of its function: so each
function gets one, which is a reset of its bus. Bridges stay: one that served a region could not be bound again.
"""
import pathlib
import threading
import time

from client import BUS
from lives import OUTSIDE, Request

DRIVERS = pathlib.Path("/sys/bus/cxl/drivers")
PCI_DRIVER = pathlib.Path("/sys/bus/pci/drivers/cxl_pci")
FLUSH = pathlib.Path("/sys/bus/cxl/flush")
PAUSE = (0.0, 0.5)  # seconds between two of its doings
AWAY_MAX = 3  # devices at a time
RETURN = 5.0  # seconds in which a device can be bound again


class Device:
    """A memory device by its PCI function: its memdev and its endpoint may have other names when they come back."""

    def __init__(self, serial):
        self.name = f"serial={serial:#x}"
        memdev = next(path.parent for path in BUS.glob("mem*/serial") if int(path.read_text(), 0) == serial)
        self.function = memdev.resolve().parent

    @property
    def memdev(self):
        return next(self.function.glob("mem*/serial")).parent

    @property
    def endpoint(self):
        """The one that has its driver."""
        memdev = self.memdev
        return next(path.parent for path in BUS.glob("endpoint*/uport")
                    if path.resolve() == memdev and (path.parent / "driver").exists())

    def lose_endpoint(self):
        (DRIVERS / "cxl_port/unbind").write_text(self.endpoint.name)
        FLUSH.write_text("1")  # it takes its memdev from its driver later

    def lose_memdev(self):
        (DRIVERS / "cxl_mem/unbind").write_text(self.memdev.name)

    def lose_function(self):
        (PCI_DRIVER / "unbind").write_text(self.function.name)

    def come_back(self):
        """What the kernel still does with a region that went can keep the device from its driver for a while."""
        end = time.monotonic() + RETURN
        while True:
            try:
                self._bind()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _bind(self):
        FLUSH.write_text("1")
        (self.function / "reset").write_text("1")
        if (self.function / "driver").exists():
            (DRIVERS / "cxl_mem/bind").write_text(self.memdev.name)
        else:
            (PCI_DRIVER / "bind").write_text(self.function.name)
        assert self.endpoint


class Outsider(threading.Thread):
    """Plays until stop(), and then gives back what it took. What it does goes into the history like requests."""

    def __init__(self, serials, generator, history):
        super().__init__(daemon=True)
        self.here = [Device(serial) for serial in serials]
        self.away = []
        self.random = generator
        self.history = history
        self.stopping = threading.Event()
        self.problems = []

    def run(self):
        try:
            while not self.stopping.wait(self.random.uniform(*PAUSE)):
                if self.away and (len(self.away) == AWAY_MAX or self.random.random() < 0.5):
                    self._give_back()
                else:
                    self._take()
            while self.away:
                self._give_back()
        except (OSError, StopIteration, AssertionError) as error:
            self.problems.append(repr(error))

    def stop(self):
        """All devices are there again, or problems say why not."""
        self.stopping.set()
        self.join()

    def _do(self, method, device, what):
        parameters = {"what": what.__name__, "device": device.name}
        request = Request(OUTSIDE, method, parameters, time.monotonic(), [], (), (device.name,))
        self.history.append(request)
        what()
        request.replies.append((time.monotonic(), {}))

    def _take(self):
        device = self.here.pop(self.random.randrange(len(self.here)))
        self.away.append(device)
        self._do("Take", device, self.random.choice([device.lose_endpoint, device.lose_memdev, device.lose_function]))

    def _give_back(self):
        device = self.away.pop(self.random.randrange(len(self.away)))
        self.here.append(device)
        self._do("GiveBack", device, device.come_back)
