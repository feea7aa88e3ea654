#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the sources against the rules of the house: who may include whom, SPDX lines, formatting. Prints TAP."""

import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent

# Whose headers a folder may include, beside its own. A header is known by its name.
MAY_INCLUDE = {
    "protocol": [],
    "libregion": ["protocol"],
    "libregion/core": ["protocol", "libregion"],
    "worker": ["protocol", "libregion", "libregion/core"],
    "daemon": ["protocol", "libregion"],
    "cli": ["libregion"],
}
# What a folder may not know of: the engine has neither sockets nor threads nor a log; the lock's place neither
# sockets nor udev; only the daemon's main process knows systemd and udev.
NEVER = {
    "libregion/core": r"sys/socket\.h|pthread\.h|syslog\.h|systemd/|libudev\.h",
    "worker": r"systemd/|libudev\.h",
    "daemon/job": r"sys/socket\.h|libudev\.h|sd-event\.h",
    "daemon/lock-[st]": r"sys/socket\.h|libudev\.h|systemd/|json-c/|time\.h",
    "daemon": r"cxl/libcxl\.h|daxctl/|bpf/",
    "cli": r"systemd/|libudev\.h|cxl/libcxl\.h",
}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def tracked(*patterns):
    listing = subprocess.run(["git", "-C", TOP, "ls-files", *patterns], check=True, capture_output=True, text=True)
    return [line for line in listing.stdout.split("\n") if line]


def wrong_includes(sources):
    homes = {pathlib.Path(name).name: str(pathlib.Path(name).parent) for name in sources if name.endswith(".h")}
    for name in sources:
        folder = str(pathlib.Path(name).parent)
        text = (TOP / name).read_text()
        if folder in MAY_INCLUDE:
            for header in INCLUDE.findall(text):
                home = folder if f"{folder}/{header}" in sources else homes.get(header, folder)
                if home != folder and home not in MAY_INCLUDE[folder]:
                    yield f"{name}: {header} of {home}"
        for prefix, never in NEVER.items():
            if name.startswith(prefix) and re.search(rf"^#include <({never})", text, re.M):
                yield f"{name}: a system header that {prefix} may not know"


def without_license(files):
    for name in files:
        head = (TOP / name).read_text(errors="replace")[:300]
        if "SPDX-License-Identifier: " not in head:
            yield name


def unformatted(sources):
    run = subprocess.run(["clang-format", "--dry-run", *sources], cwd=TOP, capture_output=True, text=True, check=False)
    for line in run.stderr.split("\n"):
        if "clang-formatted" in line or "error:" in line:
            yield line


def main():
    c_files = tracked("*.c", "*.h")
    others = tracked("*.sh", "*.py", "meson.build", "**/meson.build", "check", "demo", ".ci/run", "tests/fuzz/run", "units/*", "man/*.scd")
    checks = [
        ("each folder includes only what lies below it", list(wrong_includes(c_files))),
        ("each file names its license", list(without_license(c_files + [o for o in others if not o.endswith(".scd")]))),
        ("clang-format has nothing to change", list(unformatted(c_files))),
    ]
    for number, (description, wrong) in enumerate(checks, 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {description}")
        for line in wrong[:20]:
            print("#   " + line)
    print(f"1..{len(checks)}")
    sys.exit(any(wrong for _, wrong in checks))


main()
