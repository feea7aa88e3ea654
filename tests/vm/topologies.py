# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright cxl-regiond authors
"""The emulated CXL hosts, as data, and how QEMU is told about them.

A host is a list of bridges and a list of windows. A bridge is a list of
root ports; a root port has one Memdev or one Switch of Memdevs. A window
interleaves over bridges, named by their letter; it becomes a root decoder.

Serials are written as the tests name them: bridge letter, then number, so
0xa1 is the first memdev below bridge A. The kernel prints them in decimal
(`cxl list`) or hexadecimal (sysfs): 0xa1 is 161.

QEMU 7.2 gives every host bridge and switch one HDM decoder, so only one
region at a time fits through a bridge.
"""

from dataclasses import dataclass, field

WINDOW_GRANULARITY = 256


@dataclass(frozen=True)
class Memdev:
    serial: int
    size: str = "1G"


@dataclass(frozen=True)
class Switch:
    memdevs: list


@dataclass(frozen=True)
class Topology:
    bridges: dict  # letter -> list of Memdev or Switch, one for each root port
    windows: list = field(default_factory=list)  # strings of bridge letters: "A", "AB"
    window_size: str = "4G"

    def memdevs(self):
        found = []
        for ports in self.bridges.values():
            for child in ports:
                found += child.memdevs if isinstance(child, Switch) else [child]
        return found


TOPOLOGIES = {
    # No CXL at all: the daemon has to start here too.
    "none": Topology(bridges={}),

    #  window A (x1, 4G)
    #     |
    #  bridge A -- port -- 0xa1
    "one": Topology(
        bridges={"A": [Memdev(0xA1)]},
        windows=["A"],
    ),

    #  window A (x1)   window AB (x2)   window B (x1)      4G each
    #        \________ /          \ ________/
    #         bridge A             bridge B
    #         /      \             /      \
    #      0xa1      0xa2       0xb1      0xb2
    "two": Topology(
        bridges={"A": [Memdev(0xA1), Memdev(0xA2)],
                 "B": [Memdev(0xB1), Memdev(0xB2)]},
        windows=["A", "B", "AB"],
    ),

    #  one x1 window a bridge, AB (x2), CD (x2) and ABCD (x4); 2 memdevs a bridge
    #      bridge A       bridge B       bridge C       bridge D
    #      /    \         /    \         /    \         /    \
    #    0xa1  0xa2     0xb1  0xb2     0xc1  0xc2     0xd1  0xd2
    "four": Topology(
        bridges={letter: [Memdev(first), Memdev(first + 1)]
                 for letter, first in (("A", 0xA1), ("B", 0xB1), ("C", 0xC1), ("D", 0xD1))},
        windows=["A", "B", "C", "D", "AB", "CD", "ABCD"],
    ),

    #  window A (x1)
    #     |
    #  bridge A -- port -- switch --+-- 0xa1
    #                               +-- 0xa2
    #                               +-- 0xa3
    #                               +-- 0xa4
    "switch": Topology(
        bridges={"A": [Switch([Memdev(0xA1), Memdev(0xA2), Memdev(0xA3), Memdev(0xA4)])]},
        windows=["A"],
    ),
}


def qemu_machine_options(topology):
    """What belongs to -M: the fixed memory windows."""
    if not topology.bridges:
        return ""
    options = ["", "cxl=on"]
    for number, bridges in enumerate(topology.windows):
        window = f"cxl-fmw.{number}"
        options += [f"{window}.targets.{i}=bridge{letter}" for i, letter in enumerate(bridges)]
        options.append(f"{window}.size={topology.window_size}")
        if len(bridges) > 1:
            options.append(f"{window}.interleave-granularity={WINDOW_GRANULARITY}")
    return ",".join(options)


def qemu_device_arguments(topology):
    """The bridges and all below them. Each bridge gets 16 bus numbers of its own."""
    arguments = []
    slot = 0  # (chassis, slot) must differ for every port of the host
    for number, (letter, ports) in enumerate(topology.bridges.items()):
        bridge = f"bridge{letter}"
        arguments += ["-device", f"pxb-cxl,id={bridge},bus=pcie.0,bus_nr={32 + 16 * number}"]
        for index, child in enumerate(ports):
            port = f"port{letter}{index}"
            arguments += ["-device", f"cxl-rp,id={port},bus={bridge},port={index},chassis=1,slot={slot}"]
            slot += 1
            if isinstance(child, Switch):
                slot = _switch_arguments(arguments, child, port, slot)
            else:
                arguments += _memdev_arguments(child, port)
    return arguments


def _switch_arguments(arguments, switch, port, slot):
    upstream = f"{port}-up"
    arguments += ["-device", f"cxl-upstream,id={upstream},bus={port}"]
    for index, memdev in enumerate(switch.memdevs):
        downstream = f"{port}-down{index}"
        arguments += ["-device", f"cxl-downstream,id={downstream},bus={upstream},port={index},chassis=1,slot={slot}"]
        arguments += _memdev_arguments(memdev, downstream)
        slot += 1
    return slot


def _memdev_arguments(memdev, bus):
    name = f"{memdev.serial:x}"
    return ["-object", f"memory-backend-ram,id=media-{name},share=on,size={memdev.size}",
            "-object", f"memory-backend-ram,id=lsa-{name},share=on,size=1M",
            "-device", f"cxl-type3,id=memdev-{name},bus={bus},memdev=media-{name},lsa=lsa-{name},sn={memdev.serial:#x}"]
