// SPDX-License-Identifier: GPL-2.0-only
/*
 * A deleter of regions inside the kernel, for the races: what is written into
 * /sys/kernel/debug/cxl_region_deleter/delete is the name of a region, deleted as
 * by a driver that cleans up a region of its own; with "delete_locked" as by one
 * that holds the device lock of the regions' host. No attribute of the root decoder
 * is involved.
 *
 * With the patch that is cxl_region_delete(). The kernel without it offers nothing,
 * and a driver would have to do what delete_region_store() does: release the devres
 * action, whose function is static there. Here its address is a parameter of the
 * module, taken from /proc/kallsyms.
 */

#include "cxl.h"
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/uaccess.h>

static struct dentry *directory;
static struct device *host;

#ifdef HAVE_CXL_REGION_DELETE
static int deletion_prepare(void)
{
	return 0;
}

static int deletion_run(struct device *region)
{
	return cxl_region_delete(container_of(region, struct cxl_region, dev));
}
#else
static unsigned long unregister_region;
module_param(unregister_region, ulong, 0);

static int deletion_prepare(void)
{
	return unregister_region ? 0 : -EINVAL;
}

static int deletion_run(struct device *region)
{
	devm_release_action(host, (void (*)(void *))unregister_region, container_of(region, struct cxl_region, dev));
	return 0;
}
#endif

static int delete_by_name(const char *name)
{
	struct device *region = bus_find_device_by_name(&cxl_bus_type, NULL, name);
	int rc;

	if (!region)
		return -ENODEV;
	rc = is_cxl_region(region) ? deletion_run(region) : -EINVAL;
	put_device(region);
	return rc;
}

static ssize_t delete_write(struct file *file, const char __user *data, size_t size, loff_t *offset)
{
	bool locked = file_inode(file)->i_private;
	char name[32];
	int rc;

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, data, size))
		return -EFAULT;
	name[size] = '\0';
	if (locked)
		device_lock(host);
	rc = delete_by_name(strim(name));
	if (locked)
		device_unlock(host);
	return rc ? rc : size;
}

static const struct file_operations delete_operations = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = delete_write,
};

static int is_root(struct device *dev, const void *data)
{
	return is_root_decoder(dev);
}

static int __init deleter_init(void)
{
	struct device *decoder = bus_find_device(&cxl_bus_type, NULL, NULL, is_root);
	int rc;

	if (!decoder)
		return -ENODEV;
	host = get_device(to_cxl_port(decoder->parent)->uport);
	put_device(decoder);
	rc = deletion_prepare();
	if (rc) {
		put_device(host);
		return rc;
	}
	directory = debugfs_create_dir("cxl_region_deleter", NULL);
	debugfs_create_file("delete", 0200, directory, NULL, &delete_operations);
	debugfs_create_file("delete_locked", 0200, directory, (void *)1, &delete_operations);
	return 0;
}

static void __exit deleter_exit(void)
{
	debugfs_remove(directory);
	put_device(host);
}

module_init(deleter_init);
module_exit(deleter_exit);
MODULE_DESCRIPTION("Deletes CXL regions from inside the kernel, for tests");
MODULE_IMPORT_NS(CXL);
MODULE_LICENSE("GPL");
