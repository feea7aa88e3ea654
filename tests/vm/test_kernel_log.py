#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright cxl-regiond authors
"""The judge against lines that kernels really print."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from kernel_log import LOST_TIMER, SPLAT_LINES, Verdict, line_is_bad

BAD = """\
[   93.214517] WARNING: CPU: 1 PID: 213 at drivers/base/devres.c:756 devm_release_action+0x49/0x60
[   12.100000] ------------[ cut here ]------------
[   40.118203] BUG: kernel NULL pointer dereference, address: 0000000000000018
[   40.118999] Oops: 0000 [#1] PREEMPT SMP NOPTI
[   40.119500] Oops: general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1]
[   40.119000] Call Trace:
[   11.003141][  T213] Call Trace:
<4>[   11.003141] Call Trace:
[    5.482917] BUG: KASAN: slab-use-after-free in unregister_region+0x5c/0x120 [cxl_core]
[    5.100000] UBSAN: array-index-out-of-bounds in drivers/cxl/core/region.c:1102:20
[   21.000000] WARNING: possible circular locking dependency detected
[   21.000001] WARNING: possible recursive locking detected
[   21.000002] WARNING: suspicious RCU usage
[   30.000000] sysfs: cannot create duplicate filename '/devices/platform/ACPI0017:00/root0/decoder0.0/region0/pmem_region0'
[   33.000000] platform ACPI0017:00: Resources present before probing
[   34.000000] refcount_t: underflow; use-after-free.
[   35.000000] cxl_port endpoint3: decoder3.0: Committed with zero size
[  242.700000] INFO: task cxl:312 blocked for more than 120 seconds.
[   60.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [kworker/0:1:9]
[   61.000000] rcu: INFO: rcu_preempt self-detected stall on CPU
[   61.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
[    9.000000] Kernel panic - not syncing: Fatal exception
[    9.100000] list_del corruption. prev->next should be ffff8880, but was dead000000000122.
[    9.200000] cxl-regiond[211]: segfault at 10 ip 000055d3 sp 00007ffc error 4 in cxl-regiond[55d3+4000]
[    9.300000] traps: cxl-regiond[211] general protection fault ip:7f0 sp:7ff error:0 in libc.so.6[7f0+1000]
[    3.000000] cxl_pci 0000:21:00.0: probe with driver cxl_pci failed with error -6
[    3.000000] cxl_pci: probe of 0000:21:00.0 failed with error -6
[    4.000000] vm: cannot load cxl_pci.ko
[  100.000000] BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580
""".splitlines()

GOOD = """\
[    1.759710] ACPI BIOS Error (bug): Failure creating named object [\\_SB.CL30._UID], AE_ALREADY_EXISTS (20220331/dswload2-326)
[    1.760697] ACPI Error: AE_ALREADY_EXISTS, During name lookup/catalog (20220331/psobject-220)
[    1.816205] PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug
[    1.951921] acpi ACPI0016:00: _OSC: OS requested [CXLMemErrorReporting]
[    2.375707] pci 0000:30:00.0: bridge window [io  size 0x1000]: failed to assign
[    3.231822] AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a bug.
[    1.267948] Failed to access perfctr msr (MSR c0010007 is 0)
[    0.036000] tsc: Unable to calibrate against PIT
[    0.000000] RCU Tasks Trace: Setting shift to 1 and lim to 1 rcu_task_cb_adjust=1 rcu_task_cpu_ids=2.
[    0.000000] ftrace: allocating 45261 entries in 180 pages
[    3.451515] RAS: Correctable Errors collector initialized.
[    5.489514]  pci0000:30: host supports CXL
[    0.000000] Kernel command line: rdinit=/init hung_task_timeout_secs=5 panic=1
[    9.592379] systemd[1]: some.service: BUG in this unit, WARNING: ignored
[    6.816308] evm: overlay not supported
[    8.000000] livepatch: enabling patch 'cxl_delete_race'
[    5.603738] vm: 59cf9a844a80c4f1 end
Hostname set to <cxl-host>.
""".splitlines()


class LineTest(unittest.TestCase):
    def test_bad_lines(self):
        for line in BAD:
            with self.subTest(line):
                self.assertTrue(line_is_bad(line))

    def test_good_lines(self):
        for line in GOOD:
            with self.subTest(line):
                self.assertFalse(line_is_bad(line))

    def test_tolerated_line(self):
        line = "[   35.000000] cxl_port endpoint3: decoder3.0: Committed with zero size"
        self.assertFalse(line_is_bad(line, ["Committed with zero size"]))
        self.assertTrue(line_is_bad(line, ["another"]))


class VerdictTest(unittest.TestCase):
    SPLAT = BAD[2:4] + ["[   40.119] RIP: 0010:kill_device+0x5/0x20 [libnvdimm]"] + BAD[5:6]

    def test_clean_log(self):
        verdict = Verdict("\n".join(GOOD))
        self.assertEqual(verdict.bad, [])
        self.assertIsNone(verdict.expected)

    def test_bad_line_is_found_with_context(self):
        verdict = Verdict("\n".join(GOOD + BAD[:1] + GOOD[:2]))
        self.assertEqual(verdict.bad, [len(GOOD)])
        self.assertEqual(verdict.excerpt(), BAD[:1] + GOOD[:2])

    def test_expected_splat_stands_for_its_head_and_what_follows(self):
        verdict = Verdict("\n".join(GOOD + self.SPLAT + BAD), "kill_device")
        self.assertEqual(verdict.expected, len(GOOD) + 2)
        self.assertEqual(verdict.bad, [])

    def test_an_earlier_splat_is_not_excused(self):
        verdict = Verdict("\n".join(BAD[:1] + ["x"] * SPLAT_LINES + self.SPLAT), "kill_device")
        self.assertEqual(verdict.bad, [0])

    def test_lost_timer(self):
        line = "[   78.807665] rcu: \tPossible timer handling issue on cpu=0 timer-softirq=2347"
        self.assertTrue(LOST_TIMER.search("\n".join(GOOD + [line])))
        self.assertFalse(LOST_TIMER.search("\n".join(GOOD + BAD)))

    def test_expected_splat_is_missing(self):
        verdict = Verdict("\n".join(GOOD), "kill_device")
        self.assertIsNone(verdict.expected)
        self.assertEqual(verdict.bad, [])


if __name__ == "__main__":
    unittest.main()
