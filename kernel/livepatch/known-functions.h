/* SPDX-License-Identifier: GPL-2.0-only */
/* made by fingerprint: do not edit */
/* clang-format off */

/*
 * 6.1.0-50-amd64, 6.1.0-51-amd64, 6.1.0-52-amd64, 6.1.0-53-amd64, 6.1.0-54-amd64,
 * 6.1.0-55-amd64, 6.1.0-56-amd64
 */
static const struct known_hole delete_region_store_0[] = {
	{ 0x0, 5, KNOWN_ANY },
	{ 0x15, 4, KNOWN_RELATIVE, "to_cxl_root_decoder" },
	{ 0x21, 4, KNOWN_RELATIVE, "to_cxl_port" },
	{ 0x30, 4, KNOWN_RELATIVE, "device_find_child_by_name" },
	{ 0x44, 4, KNOWN_RELATIVE, "to_cxl_region" },
	{ 0x60, 4, KNOWN_ABSOLUTE, "unregister_region" },
	{ 0x65, 4, KNOWN_RELATIVE, "devm_release_action" },
	{ 0x6d, 4, KNOWN_RELATIVE, "put_device" },
	{ 0x7a, 5, KNOWN_ANY },
};

/*
 * 6.1.0-50-amd64, 6.1.0-51-amd64, 6.1.0-52-amd64, 6.1.0-53-amd64, 6.1.0-54-amd64,
 * 6.1.0-55-amd64, 6.1.0-56-amd64
 */
static const struct known_hole create_pmem_region_store_1[] = {
	{ 0x0, 5, KNOWN_ANY },
	{ 0x28, 4, KNOWN_RELATIVE, "to_cxl_root_decoder" },
	{ 0x2f, 4, KNOWN_ANY },
	{ 0x47, 4, KNOWN_RELATIVE, "sscanf" },
	{ 0x5a, 4, KNOWN_RELATIVE, "memregion_alloc" },
	{ 0x6e, 1, KNOWN_ANY },
	{ 0x86, 4, KNOWN_RELATIVE, "to_cxl_port" },
	{ 0x97, 4, KNOWN_ANY },
	{ 0x9f, 4, KNOWN_RELATIVE, "kmalloc_trace" },
	{ 0xb3, 4, KNOWN_RELATIVE, "device_initialize" },
	{ 0xc0, 4, KNOWN_RELATIVE, "get_device" },
	{ 0xd6, 4, KNOWN_ABSOLUTE, "cxl_bus_type" },
	{ 0xde, 4, KNOWN_ABSOLUTE, "cxl_region_type" },
	{ 0x106, 4, KNOWN_ANY },
	{ 0x115, 4, KNOWN_RELATIVE, "dev_set_name" },
	{ 0x127, 4, KNOWN_RELATIVE, "put_device" },
	{ 0x157, 5, KNOWN_ANY },
	{ 0x160, 4, KNOWN_RELATIVE, "device_add" },
	{ 0x178, 4, KNOWN_ABSOLUTE, "unregister_region" },
	{ 0x17d, 4, KNOWN_RELATIVE, "devm_add_action" },
	{ 0x18f, 4, KNOWN_RELATIVE, "unregister_region" },
	{ 0x195, 2, KNOWN_ANY },
	{ 0x1a4, 4, KNOWN_RELATIVE, "memregion_free" },
	{ 0x1cd, 4, KNOWN_ANY },
	{ 0x1d4, 4, KNOWN_ANY },
	{ 0x1d9, 4, KNOWN_RELATIVE, "__dynamic_dev_dbg" },
	{ 0x1ef, 4, KNOWN_RELATIVE, "memregion_free" },
	{ 0x205, 4, KNOWN_RELATIVE, "__stack_chk_fail" },
};

/*
 * 6.1.0-50-amd64, 6.1.0-51-amd64, 6.1.0-52-amd64, 6.1.0-53-amd64, 6.1.0-54-amd64,
 * 6.1.0-55-amd64, 6.1.0-56-amd64
 */
static const struct known_hole unregister_region_2[] = {
	{ 0x0, 5, KNOWN_ANY },
	{ 0xd, 4, KNOWN_RELATIVE, "to_cxl_region" },
	{ 0x18, 4, KNOWN_RELATIVE, "device_del" },
	{ 0x2b, 4, KNOWN_ABSOLUTE, "cxl_region_rwsem" },
	{ 0x30, 4, KNOWN_RELATIVE, "down_write_killable" },
	{ 0x3e, 4, KNOWN_RELATIVE, "detach_target.part.0" },
	{ 0x5a, 4, KNOWN_RELATIVE, "remove_resource" },
	{ 0x66, 4, KNOWN_RELATIVE, "kfree" },
	{ 0x7d, 4, KNOWN_RELATIVE, "put_device" },
};

/*
 * 6.1.0-50-amd64, 6.1.0-51-amd64, 6.1.0-52-amd64, 6.1.0-53-amd64, 6.1.0-54-amd64,
 * 6.1.0-55-amd64, 6.1.0-56-amd64
 */
static const struct known_hole devm_action_release_3[] = {
	{ 0x0, 5, KNOWN_ANY },
	{ 0xc, 5, KNOWN_ANY },
};

/*
 * 6.1.0-50-amd64, 6.1.0-51-amd64, 6.1.0-52-amd64, 6.1.0-53-amd64, 6.1.0-54-amd64,
 * 6.1.0-55-amd64, 6.1.0-56-amd64
 */
static const struct known_hole devm_cxl_add_port_4[] = {
	{ 0x0, 5, KNOWN_ANY },
	{ 0x2c, 4, KNOWN_ANY },
	{ 0x31, 4, KNOWN_RELATIVE, "kmalloc_trace" },
	{ 0x50, 4, KNOWN_ABSOLUTE, "cxl_port_ida" },
	{ 0x55, 4, KNOWN_RELATIVE, "ida_alloc_range" },
	{ 0xac, 4, KNOWN_RELATIVE, "to_cxl_port" },
	{ 0xc4, 4, KNOWN_RELATIVE, "to_cxl_port" },
	{ 0xef, 5, KNOWN_ANY },
	{ 0x168, 4, KNOWN_RELATIVE, "device_initialize" },
	{ 0x17e, 4, KNOWN_ABSOLUTE, "cxl_bus_type" },
	{ 0x186, 4, KNOWN_ABSOLUTE, "cxl_port_type" },
	{ 0x19b, 4, KNOWN_RELATIVE, "is_cxl_memdev" },
	{ 0x1b9, 4, KNOWN_ANY },
	{ 0x1c1, 4, KNOWN_RELATIVE, "dev_set_name" },
	{ 0x1d6, 4, KNOWN_RELATIVE, "put_device" },
	{ 0x1ec, 2, KNOWN_ANY },
	{ 0x1ff, 5, KNOWN_ANY },
	{ 0x214, 4, KNOWN_ANY },
	{ 0x21e, 4, KNOWN_ANY },
	{ 0x223, 4, KNOWN_RELATIVE, "__dynamic_dev_dbg" },
	{ 0x23d, 4, KNOWN_ANY },
	{ 0x244, 4, KNOWN_ANY },
	{ 0x262, 4, KNOWN_ANY },
	{ 0x26c, 4, KNOWN_ANY },
	{ 0x271, 4, KNOWN_RELATIVE, "__dynamic_dev_dbg" },
	{ 0x27e, 4, KNOWN_ANY },
	{ 0x286, 4, KNOWN_RELATIVE, "dev_set_name" },
	{ 0x294, 4, KNOWN_RELATIVE, "device_add" },
	{ 0x2a4, 4, KNOWN_ABSOLUTE, "unregister_port" },
	{ 0x2ac, 4, KNOWN_RELATIVE, "devm_add_action" },
	{ 0x2c4, 4, KNOWN_RELATIVE, "to_cxl_port" },
	{ 0x2d6, 4, KNOWN_RELATIVE, "device_unregister" },
	{ 0x2e3, 4, KNOWN_RELATIVE, "put_device" },
	{ 0x301, 4, KNOWN_ANY },
	{ 0x309, 4, KNOWN_RELATIVE, "dev_set_name" },
	{ 0x31e, 4, KNOWN_RELATIVE, "put_device" },
	{ 0x331, 4, KNOWN_ANY },
	{ 0x339, 4, KNOWN_RELATIVE, "sysfs_create_link" },
	{ 0x352, 4, KNOWN_RELATIVE, "kfree" },
	{ 0x367, 4, KNOWN_ANY },
	{ 0x36e, 4, KNOWN_ANY },
	{ 0x38d, 2, KNOWN_ANY },
	{ 0x3a5, 4, KNOWN_ANY },
	{ 0x3ac, 4, KNOWN_ANY },
	{ 0x3bd, 4, KNOWN_ANY },
	{ 0x3c7, 4, KNOWN_ANY },
	{ 0x3cc, 4, KNOWN_RELATIVE, "__dynamic_dev_dbg" },
	{ 0x3dc, 4, KNOWN_ABSOLUTE, "cxl_unlink_uport" },
	{ 0x3e4, 4, KNOWN_RELATIVE, "devm_add_action" },
	{ 0x41f, 4, KNOWN_ANY },
	{ 0x427, 4, KNOWN_RELATIVE, "sysfs_remove_link" },
	{ 0x437, 4, KNOWN_ANY },
	{ 0x43e, 4, KNOWN_ANY },
};

static const struct known_function known_functions[] = {
	{
		.name = "delete_region_store",
		.length = 127,
		.holes = delete_region_store_0,
		.nr_holes = ARRAY_SIZE(delete_region_store_0),
		.sha256 = {
			0x1e, 0xd5, 0xd2, 0x60, 0x3c, 0x33, 0xe9, 0x31,
			0x5d, 0x7b, 0x58, 0x87, 0xf7, 0xd4, 0xf1, 0xfc,
			0x48, 0xb0, 0xe8, 0x59, 0xc7, 0x99, 0x53, 0x61,
			0x01, 0x13, 0xc5, 0x49, 0x4b, 0x4a, 0x50, 0x19,
		},
	},
	{
		.name = "create_pmem_region_store",
		.length = 521,
		.holes = create_pmem_region_store_1,
		.nr_holes = ARRAY_SIZE(create_pmem_region_store_1),
		.sha256 = {
			0x54, 0x7f, 0xc1, 0x37, 0x92, 0x99, 0xf4, 0x9f,
			0xf2, 0x07, 0xe9, 0x10, 0x4d, 0x5f, 0x4d, 0x26,
			0x76, 0x51, 0x72, 0x84, 0xf7, 0x18, 0x96, 0x0b,
			0x83, 0xd6, 0x34, 0xa7, 0x24, 0xa6, 0xb8, 0xf4,
		},
	},
	{
		.name = "unregister_region",
		.length = 129,
		.holes = unregister_region_2,
		.nr_holes = ARRAY_SIZE(unregister_region_2),
		.sha256 = {
			0xa1, 0xf1, 0xb4, 0x9f, 0xa0, 0x56, 0xb8, 0xb4,
			0xd9, 0x5c, 0x84, 0x16, 0xdf, 0x2c, 0xc4, 0xfd,
			0x3d, 0xe5, 0x31, 0x28, 0xa7, 0x97, 0x72, 0x07,
			0x9f, 0xe9, 0x5f, 0x68, 0x99, 0xe1, 0xff, 0xe8,
		},
	},
	{
		.name = "devm_action_release",
		.length = 17,
		.holes = devm_action_release_3,
		.nr_holes = ARRAY_SIZE(devm_action_release_3),
		.sha256 = {
			0x69, 0xd0, 0x75, 0x00, 0x1d, 0xc9, 0x36, 0x27,
			0xab, 0x20, 0x4a, 0xe7, 0xa1, 0x13, 0x55, 0xc7,
			0x4f, 0x09, 0x9c, 0x40, 0xdf, 0x3c, 0x6d, 0xb7,
			0xa4, 0x1a, 0x35, 0x72, 0x31, 0x5a, 0xd9, 0x9a,
		},
	},
	{
		.name = "devm_cxl_add_port",
		.length = 1132,
		.holes = devm_cxl_add_port_4,
		.nr_holes = ARRAY_SIZE(devm_cxl_add_port_4),
		.sha256 = {
			0x91, 0xda, 0x6c, 0x2a, 0x3a, 0x41, 0x32, 0xcf,
			0x6f, 0xba, 0xd7, 0x88, 0x23, 0x0f, 0x5a, 0xc9,
			0xec, 0x60, 0xa2, 0xe8, 0x3d, 0x43, 0x43, 0xc9,
			0x02, 0x10, 0xb8, 0x6c, 0x9a, 0x80, 0x9e, 0xe3,
		},
	},
};
