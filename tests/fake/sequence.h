/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scripted sequence: what is written to sysfs and read from it, and what comes of it, as text. The same text runs
 * on the fake and on a real kernel.
 *
 *     # a comment
 *     topology two four                    the emulated hosts that it fits
 *     kernel 6.12                          only there; without it, on both
 *     note first things first
 *     let region $root_a/create_pmem_region
 *     write $root_a/create_pmem_region $region -> OK
 *     write $region/uuid "x\n" -> EINVAL
 *     write $root_a/delete_region junk -> 6.1 ENODEV, 6.12 EINVAL
 *     read $region/size -> 0x0
 *     link $region/driver -> ENOENT
 *     inode before $region
 *     differs $before $region
 *     await $region/target0 gone
 *     settle
 *
 * A path starts at bus/cxl/devices, or with a slash at the top of sysfs. A text in quotes can have \n and spaces.
 * What is read is compared without its last newline.
 *
 * Names that differ from boot to boot stand for themselves: $root_ab is the root decoder over bridges A and B, $a1
 * the first endpoint decoder of the memdev with serial 0xa1, $a1_1 the second, $a1_endpoint its port, $a1_memdev the
 * memdev, $port_a the port of bridge A, $port_switch that of a switch, $port_a_decoder its first decoder.
 */
#ifndef CXL_REGIOND_TESTS_SEQUENCE_H
#define CXL_REGIOND_TESTS_SEQUENCE_H

#include <stdio.h>

#include "sysfs.h"

/* sequence_fits() - is it meant for that host and kernel ("two", "6.12")? False too when it cannot be read. */
bool sequence_fits(const char *path, const char *topology, const char *kernel);

/*
 * sequence_run() - run it.
 *
 * @sysfs: the fake's, or the kernel's
 * @kernel: "6.1" or "6.12": whose results hold
 * @out: gets a line an operation, and what was wrong with it
 * @ret_lines: how many operations there were
 *
 * Returns how many did not give what they should, or -1 when the text cannot be read or understood.
 */
int sequence_run(struct sysfs *sysfs, const char *path, const char *kernel, FILE *out, unsigned int *ret_lines);

#endif
