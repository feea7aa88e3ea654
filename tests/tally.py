#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts TAP: reads the results of a suite on standard input, shows what is worth seeing, and adds to a file.

usage: tally.py SUITE TOTALS-FILE    TAP on standard input
       tally.py --meson LOG.json SUITE TOTALS-FILE
       tally.py --total TOTALS-FILE  the closing line; exit status 1 if anything failed
"""

import json
import pathlib
import sys


def add(totals, suite, passed, failed, skipped):
    print(f"{suite}: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    with open(totals, "a", encoding="utf-8") as file:
        file.write(f"{passed} {failed} {skipped}\n")


def count(lines, show_passed=False):
    passed = failed = skipped = 0
    for line in lines:
        if line.startswith("ok ") and "# SKIP" in line:
            skipped += 1
        elif line.startswith("ok "):
            passed += 1
        elif line.startswith("not ok "):
            failed += 1
        if line.startswith(("not ok ", "# ")) or "# SKIP" in line or show_passed:
            print("    " + line.rstrip("\n"), flush=True)
    return passed, failed, skipped


def count_meson(log):
    passed = failed = skipped = 0
    for line in pathlib.Path(log).read_text(encoding="utf-8").split("\n"):
        if not line:
            continue
        test = json.loads(line)
        one = count(test.get("stdout", "").split("\n"))
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), one))
        # A test that died without a line of its own about it.
        if test["result"] not in ("OK", "SKIP") and one[1] == 0:
            failed += 1
            print(f"    {test['name']}: {test['result']}\n{test.get('stderr', '')[-2000:]}")
    return passed, failed, skipped


def main():
    if sys.argv[1] == "--total":
        rows = [[int(word) for word in line.split()] for line in open(sys.argv[2], encoding="utf-8")]
        passed, failed, skipped = (sum(column) for column in zip(*rows))
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
        sys.exit(failed > 0 or passed == 0)
    if sys.argv[1] == "--meson":
        add(sys.argv[4], sys.argv[3], *count_meson(sys.argv[2]))
    else:
        add(sys.argv[2], sys.argv[1], *count(sys.stdin))


main()
