/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The marks: upstream's fix gave struct cxl_root_decoder a member "regions"; this project's patch (kernel/patches)
 * gives struct cxl_region a member "anchor"; its livepatch is a module "livepatch_cxl_region_delete". The
 * CXL core is part of vmlinux on Debian; elsewhere it can be the module cxl_core.
 */
#include "kernel-fix.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIVEPATCH "kernel/livepatch/livepatch_cxl_region_delete"

static void cleanup_btf(struct btf **btf)
{
	btf__free(*btf);
}

#define CLEANUP_BTF __attribute__((cleanup(cleanup_btf)))

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

static bool has_member(const struct btf *btf, const char *structure, const char *member)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *type;
	const struct btf_member *members;

	if (id < 0)
		return false;
	type = btf__type_by_id(btf, (unsigned int)id);
	members = btf_members(type);
	for (unsigned int i = 0; i < btf_vlen(type); i++)
		if (strcmp(btf__name_by_offset(btf, members[i].name_off), member) == 0)
			return true;
	return false;
}

/* Enabled, and no task runs the old code any more. */
bool kernel_livepatch_is_active(struct sysfs *sysfs)
{
	uint64_t enabled = 0, transition = 1;

	return sysfs_read_u64(sysfs, SYSFS_ROOT, LIVEPATCH "/enabled", &enabled) == 0 && enabled == 1 &&
	       sysfs_read_u64(sysfs, SYSFS_ROOT, LIVEPATCH "/transition", &transition) == 0 && transition == 0;
}

/* cxl_detach_ep() looks for the ports of a memdev by a struct detach_ctx since it finds host bridges as well. */
static bool forgets_memdevs(const struct btf *core)
{
	return btf__find_by_name_kind(core, "detach_ctx", BTF_KIND_STRUCT) > 0;
}

static void judge(const struct btf *core, struct kernel_facts *facts)
{
	facts->keeps_memdevs = !forgets_memdevs(core);
	if (has_member(core, "cxl_root_decoder", "regions")) {
		facts->fix = KERNEL_FIX_UPSTREAM;
		snprintf(facts->detail, sizeof(facts->detail),
			 "upstream's fix of the region deletion race (CVE-2026-74272) is in this kernel");
	} else if (has_member(core, "cxl_region", "anchor")) {
		facts->fix = KERNEL_FIX_PATCH;
		snprintf(facts->detail, sizeof(facts->detail),
			 "cxl-regiond's patch against the region deletion race (CVE-2026-74272) is in this kernel");
	} else {
		facts->fix = KERNEL_FIX_NONE;
		snprintf(
			facts->detail, sizeof(facts->detail),
			"this kernel has the region deletion race (CVE-2026-74272): cxl-regiond never deletes a region "
			"twice at a time; writers of delete_region and unbinds of ports beside it remain exposed");
	}
}

void kernel_facts_read(const char *root, struct kernel_facts *ret_facts)
{
	struct kernel_facts facts = {
		.fix = KERNEL_FIX_UNKNOWN,
		.checks_cache_invalidation = true,
		.keeps_memdevs = true,
	};
	CLEANUP_BTF struct btf *module = NULL;
	CLEANUP_BTF struct btf *vmlinux = NULL;
	const struct btf *core = NULL;
	char path[SYSFS_PATH_MAX];

	libbpf_set_print(silent);
	snprintf(path, sizeof(path), "%s/kernel/btf/vmlinux", root);
	vmlinux = btf__parse(path, NULL);
	if (!vmlinux) {
		snprintf(facts.detail, sizeof(facts.detail), "the kernel tells no types (kernel/btf/vmlinux: %s)",
			 strerror(errno));
		*ret_facts = facts;
		return;
	}
	facts.checks_cache_invalidation =
		btf__find_by_name_kind(vmlinux, "cpu_cache_has_invalidate_memregion", BTF_KIND_FUNC) > 0;
	if (btf__find_by_name_kind(vmlinux, "cxl_root_decoder", BTF_KIND_STRUCT) > 0) {
		core = vmlinux;
	} else {
		snprintf(path, sizeof(path), "%s/kernel/btf/cxl_core", root);
		core = module = btf__parse_split(path, vmlinux);
	}
	if (core && btf__find_by_name_kind(core, "cxl_root_decoder", BTF_KIND_STRUCT) > 0)
		judge(core, &facts);
	else
		snprintf(facts.detail, sizeof(facts.detail),
			 "the CXL core is not loaded, or tells no types: load cxl_core and restart cxl-regiond");
	*ret_facts = facts;
}

const char *kernel_fix_name(enum kernel_fix fix)
{
	switch (fix) {
	case KERNEL_FIX_UPSTREAM:
		return "upstream";
	case KERNEL_FIX_PATCH:
		return "patch";
	case KERNEL_FIX_NONE:
		return "none";
	case KERNEL_FIX_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}
