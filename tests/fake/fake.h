/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sysfs for tests that follows the kernel's rules for CXL regions, behind the one door: a model of a host in
 * memory, whose attributes are shown and stored as drivers/cxl/core does it, refusals included.
 *
 * What the emulated host can show is held against it: sequences/ runs on both. Taken from the kernel's source
 * alone, because QEMU 7.2 has neither, are ram regions and their DPA, ports with more than one decoder, and what
 * happens when memory runs out or a decoder does not answer.
 *
 * Not imitated: regions that the kernel assembles from firmware, a root that loses its driver, a memdev that is
 * probed with decoders committed (QEMU keeps them so until a bus reset), security, poison, performance attributes.
 */
#ifndef CXL_REGIOND_TESTS_FAKE_H
#define CXL_REGIOND_TESTS_FAKE_H

#include <stddef.h>
#include <stdint.h>

#include "sysfs.h"

enum fake_kernel {
	FAKE_KERNEL_6_1,
	FAKE_KERNEL_6_12,
};

/*
 * A host in a few words.
 *
 * @bridges: a word a bridge: how many memdevs it has, each below a root port of its own ("2"), or behind a switch
 *   ("s4"). The first bridge is A; its memdevs have the serials 0xa1, 0xa2 and so on.
 * @windows: a word a root decoder, the letters of the bridges it interleaves over: "A B AB"
 * @pmem, @ram: bytes of each memdev
 * @decoders: of each port; 1 as in QEMU
 * @granularity: of windows of more than one way; 0 for 256
 */
struct fake_host {
	enum fake_kernel kernel;
	const char *bridges;
	const char *windows;
	uint64_t window_size;
	uint64_t pmem, ram;
	unsigned int decoders;
	unsigned int granularity;
};

/*
 * The hosts of the emulator by their name there: "two", "four", "switch"; and "mixed", as "two" with ram beside pmem
 * and three decoders a port, which is the fake's alone. NULL when there is none of that name.
 */
const struct fake_host *fake_host_find(const char *topology, enum fake_kernel kernel);

struct fake;

/* fake_new() - build a host. NULL when memory runs out; a description that makes no sense aborts. */
struct fake *fake_new(const struct fake_host *host);
void fake_free(struct fake *fake);

/* fake_copy() - make a host what another is, without its faults and hook; handles that were open on it are closed. */
void fake_copy(struct fake *to, const struct fake *from);

/* fake_sysfs() - the door to it. */
struct sysfs *fake_sysfs(struct fake *fake);

/* -- what goes wrong ---------------------------------------------------- */

/*
 * A write that fails.
 *
 * @at: the how manieth write from now on, counted from 1, for a @attribute of NULL; else the how manieth to it
 * @attribute: "dpa_size"; "target" is each of target0 to target15
 * @error: its negative errno
 * @after: it has its effect all the same
 * @times: so often in a row; 0 for once, UINT32_MAX for good
 */
struct fake_fault {
	unsigned int at;
	const char *attribute;
	int error;
	bool after;
	unsigned int times;
};

#define FAKE_FAULTS_MAX 4

/* fake_fail() - let a write fail; up to FAKE_FAULTS_MAX side by side. */
void fake_fail(struct fake *fake, const struct fake_fault *fault);
void fake_fail_none(struct fake *fake);

/* A write that is about to be made. */
struct fake_write {
	unsigned int number; /* from 1, since the host was made or copied */
	const char *object;  /* "region0", "cxl_region" */
	const char *attribute;
	const char *value;
};

/*
 * Called before each write. It may write itself (that is not counted), or leave by longjmp() as a killed process does:
 * then fake_hook() is called again, with the next hook or NULL, before anything else is written.
 */
typedef void (*fake_hook_fn)(struct fake *fake, const struct fake_write *write, void *userdata);
void fake_hook(struct fake *fake, fake_hook_fn hook, void *userdata);

/* fake_writes() - how many there were since the host was made or copied. */
unsigned int fake_writes(const struct fake *fake);

/* fake_splat() - what a real kernel would have crashed or warned of; empty when all is well. */
const char *fake_splat(const struct fake *fake);

/* -- what happens on a host beside writes ------------------------------- */

/*
 * fake_unbind_endpoint() - what follows when an endpoint loses cxl_port: its decoders leave their regions, which are
 * reset and unbound; endpoint and decoders are gone; its memdev loses its driver.
 *
 * Returns 0 or -ENODEV.
 */
int fake_unbind_endpoint(struct fake *fake, const char *endpoint);

/* fake_bind_memdev() - a memdev without driver gets it back, and with it a new endpoint under a name that was not there before. */
int fake_bind_memdev(struct fake *fake, const char *memdev);

/* fake_unload_pmem() - modprobe -r cxl_pmem. */
void fake_unload_pmem(struct fake *fake);

/* -- is it as before? --------------------------------------------------- */

/*
 * fake_digest() - the host in its normal form: what no undo brings back is left out (the mode of an endpoint decoder
 * without DPA; the range, interleave and targets of a decoder without a region).
 *
 * Returns the text, to be freed.
 */
char *fake_digest(const struct fake *fake);

/* fake_same_normal_form() - are two hosts the same? If not, difference gets the first line that differs, of both. */
bool fake_same_normal_form(const struct fake *a, const struct fake *b, char *difference, size_t size);

#endif
