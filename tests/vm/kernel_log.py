# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright cxl-regiond authors
"""The judge of a run: does the kernel log hold a line that must not be there?

usage: kernel_log.py LOG [REGEX]    exit status 0: it does, and nothing is wrong before the splat with a line that matches, or
                                    before an emulated processor lost its timer
"""

import pathlib
import re
import sys

# Whatever the kernel prints when it noticed something wrong with itself.
BAD = [
    r"WARNING:", r"\bBUG\b", r"\bOops\b", r"general protection", r"Kernel panic", r"Unable to handle", r"kernel NULL pointer",
    r"Call Trace", r"cut here",
    r"KASAN", r"UBSAN", r"KCSAN", r"KFENCE", r"KMSAN", r"kmemleak: \d+ new",
    r"possible (recursive|circular|irq) lock", r"inconsistent lock state", r"suspicious RCU usage", r"lock held when returning",
    r"held lock freed", r"bad unlock balance", r"sleeping function called", r"scheduling while atomic", r"Invalid wait context",
    r"(soft|hard) lockup", r"blocked for more than", r"rcu.*(stall|self-detected)", r"hung.?task",
    r"refcount_t", r"use-after-free", r"double free", r"list_(add|del) corruption", r"ODEBUG", r"slab-out-of-bounds",
    r"cannot create duplicate filename", r"Resources present before probing", r"Committed with zero size", r"kobject.*(tried|error)",
    r"(cxl|nd|dax).*probe.*failed", r"segfault at", r"^traps: ", r"Out of memory", r"Killed process",
    r"^vm: cannot",  # guest/init says so
]

# Lines that are no fault, each with the reason. Clean boots of Debian's 6.1.192 and 6.12.117 in both guests and
# all topologies print none that BAD matches ("ACPI BIOS Error (bug)", "bridge window: failed to assign" and
# "Failed to access perfctr msr" come close), so what is here repeats what users typed.
HARMLESS = [
    r"[Cc]ommand line: ",  # echoes --append, such as hung_task_timeout_secs=5
]

# A splat is one thing: a match in its middle (the RIP line) stands for its head as well.
SPLAT_LINES = 60

_STAMP = re.compile(r"^(<\d+>)?\[\s*\d+\.\d+\](\[\s*[TC]\d+\])? ?")
_USER_SPACE = re.compile(r"^(systemd|systemd-[a-z-]+|\(\S+\))\[\d+\]: ")
_BAD = re.compile("|".join(BAD))
_HARMLESS = [re.compile(pattern) for pattern in HARMLESS]


def line_is_bad(line, tolerated=()):
    """TOLERATED: patterns that a test adds to HARMLESS."""
    text = _STAMP.sub("", line.rstrip())
    if not _BAD.search(text) or _USER_SPACE.match(text):
        return False
    return not any(harmless.search(text) for harmless in [*_HARMLESS, *map(re.compile, tolerated)])


# An emulated processor whose timer does not come any more: it sleeps, and so does whatever waits for it.
LOST_TIMER = re.compile(r"rcu:\s+Possible timer handling issue on cpu=")
STALL = re.compile(r"rcu: INFO: .* (self-)?detected|soft lockup|hung_task|blocked for more than")


class Verdict:
    """bad: indexes of the lines that must not be there; expected: index of the expected line or None."""

    def __init__(self, text, expected_splat=None, tolerated=()):
        self.lines = text.splitlines()
        self.expected = self._find(expected_splat) if expected_splat else None
        # what an expected splat leads to is part of it
        end = len(self.lines) if self.expected is None else max(0, self.expected - SPLAT_LINES)
        self.bad = [i for i in range(end) if line_is_bad(self.lines[i], tolerated)]

    def _find(self, pattern):
        expected = re.compile(pattern)
        return next((i for i, line in enumerate(self.lines) if expected.search(line)), None)

    def is_clean_but_for_stalls(self):
        """An emulated processor that hangs shows as a stall, and in what the kernel prints about it."""
        return not self.bad or STALL.search(self.lines[self.bad[0]]) is not None

    def excerpt(self, limit=60):
        """The bad lines with what follows them, as a reader wants to see it."""
        shown = []
        for start in self.bad:
            for i in range(start, min(start + 25, len(self.lines))):
                if i not in shown:
                    shown.append(i)
        shown = sorted(shown)
        text = [self.lines[i] for i in shown[:limit]]
        if len(shown) > limit:
            text.append(f"... {len(shown) - limit} lines more")
        return text


def main():
    pattern = "|".join([LOST_TIMER.pattern, *sys.argv[2:]])
    verdict = Verdict(pathlib.Path(sys.argv[1]).read_text(errors="replace"), pattern)
    if verdict.expected is None or verdict.bad:
        return 1
    print(f"# not what was tested: {verdict.lines[verdict.expected].strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
