// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is this the kernel that the livepatch was written for? Neither a version number nor the module's
 * checksums of exported symbols tell what a static function does, so the code itself is compared.
 *
 * Of each function, known-functions.h has the SHA-256 of its code, and the holes that are left out
 * of it: what differs between boots (KASLR, mitigations, ftrace) and between builds of the same
 * source (where other code lies). Where a hole holds an address, the symbol at that address is
 * compared instead, so that a call of another function is noticed, too.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "known.h"

#include <crypto/sha2.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/string.h>

enum known_kind {
	KNOWN_ANY,	/* patched at boot, or data without a name */
	KNOWN_RELATIVE, /* an address, counted from the end of the hole */
	KNOWN_ABSOLUTE, /* an address, sign-extended */
};

struct known_hole {
	u16 offset;
	u8 size;
	enum known_kind kind;
	const char *symbol;
};

struct known_function {
	const char *name;
	u16 length;
	u16 nr_holes;
	const struct known_hole *holes;
	u8 sha256[SHA256_DIGEST_SIZE];
};

#include "known-functions.h"

void *function_find(const char *name)
{
	/* Disabled: it finds the address, and changes no code. */
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	void *address;

	if (register_kprobe(&probe) < 0)
		return NULL;
	address = probe.addr;
	unregister_kprobe(&probe);
	return address;
}

static bool symbol_is(unsigned long address, const char *name)
{
	char text[KSYM_SYMBOL_LEN];
	size_t length = strlen(name);

	sprint_symbol(text, address);
	return strncmp(text, name, length) == 0 && strncmp(text + length, "+0x0/", 5) == 0;
}

static unsigned long hole_address(const u8 *code, const struct known_hole *hole)
{
	const u8 *at = code + hole->offset;
	s32 value;

	memcpy(&value, at, sizeof(value));
	if (hole->kind == KNOWN_RELATIVE)
		return (unsigned long)at + sizeof(value) + value;
	return (long)value;
}

/* Says what differs only if it is asked to: another entry may have the same name. */
static bool function_is(const u8 *code, const struct known_function *known, u8 *scratch, bool tell)
{
	u8 digest[SHA256_DIGEST_SIZE];

	memcpy(scratch, code, known->length);
	for (int i = 0; i < known->nr_holes; i++) {
		const struct known_hole *hole = &known->holes[i];

		memset(scratch + hole->offset, 0, hole->size);
		if (hole->kind == KNOWN_ANY || symbol_is(hole_address(code, hole), hole->symbol))
			continue;
		if (tell)
			pr_err("%s does not refer to %s at offset 0x%x\n", known->name,
			       hole->symbol, hole->offset);
		return false;
	}
	sha256(scratch, known->length, digest);
	if (memcmp(digest, known->sha256, sizeof(digest)) == 0)
		return true;
	if (tell)
		pr_err("the code of %s is another one\n", known->name);
	return false;
}

static bool function_is_known(const char *name, u8 *scratch)
{
	const struct known_function *known = NULL;
	const u8 *code = function_find(name);

	if (!code) {
		pr_err("this kernel has no function %s\n", name);
		return false;
	}
	for (int i = 0; i < ARRAY_SIZE(known_functions); i++) {
		if (strcmp(known_functions[i].name, name) != 0)
			continue;
		known = &known_functions[i];
		if (function_is(code, known, scratch, false))
			return true;
	}
	function_is(code, known, scratch, true);
	return false;
}

int known_functions_check(void)
{
	u8 *scratch = kmalloc(U16_MAX, GFP_KERNEL);
	int rc = 0;

	if (!scratch)
		return -ENOMEM;
	for (int i = 0; i < ARRAY_SIZE(known_functions); i++)
		if (!function_is_known(known_functions[i].name, scratch))
			rc = -ENODEV;
	kfree(scratch);
	return rc;
}
