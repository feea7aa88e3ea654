# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs functions as tests, and prints TAP: a function test_NAME of a module is its test NAME."""
import time
import traceback


class Skip(Exception):
    """Why a test cannot run here."""


def run_test(number: int, name: str, test) -> bool:
    begin = time.monotonic()
    try:
        test()
    except Skip as skip:
        print(f"ok {number} - {name} # SKIP {skip}", flush=True)
        return True
    except BaseException:
        for line in traceback.format_exc().splitlines():
            print("#", line)
        print(f"not ok {number} - {name}", flush=True)
        return False
    print(f"ok {number} - {name} # {time.monotonic() - begin:.1f} s", flush=True)
    return True


def run_tests(module: dict, wanted: list[str]) -> int:
    """Runs the wanted tests, or all, of a module's globals(). Returns the exit status."""
    names = wanted or [name.removeprefix("test_") for name in module if name.startswith("test_")]
    print(f"1..{len(names)}", flush=True)
    passed = [run_test(number, name, module["test_" + name]) for number, name in enumerate(names, 1)]
    return 0 if all(passed) else 1
