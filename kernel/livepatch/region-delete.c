// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch against the races of CXL region deletion (CVE-2026-74272, CVE-2026-74273) for
 * Debian's stock 6.1, whose CXL core is part of vmlinux.
 *
 * What goes wrong there: a region is tied to the driver of its host (ACPI0017) by a devres action,
 * unregister_region(). A write to delete_region takes that action off the host's list and runs it.
 * The unbind of the host takes the whole list and runs what is on it. The creation of a region adds
 * to it. Only the list's spinlock orders these three:
 *
 * 1. of two writers of one name, the loser finds no action: WARN, and success;
 * 2. so does a writer between device_add() and the creation's devm_add_action(), but the region
 *    lives;
 * 3. an unbind does not find the action of a region that is just being deleted, and tears down
 *    nvdimm bridge, ports, windows and root decoder under that deletion;
 * 4. a creation beside an unbind adds its action after the list was taken: a dead region stays, and
 *    the host cannot be bound again.
 *
 * What this module does about it:
 *
 * - It replaces delete_region_store(). The new one takes the action off the list itself, by
 *   devres_remove(), whose result says who was first: the loser gets -ENODEV (1, 2).
 * - It listens on the platform bus for drivers that are about to be unbound, or that failed to
 *   probe. That call comes under the host's device lock, before any of its resources is released.
 *   There it removes create_pmem_region and delete_region of the host's root decoders, which waits
 *   for their handlers to leave, and lets nobody in again. Then it releases the regions that are
 *   left, in the order in which devres would have done it. What follows is the kernel's own
 *   teardown, alone (3, 4).
 *
 * Why nothing deadlocks: the handlers that are waited for take no device lock of the host, and wait
 * for nothing that its holder has to do. The kernel itself waits for them under that lock when it
 * removes the root decoder; here it happens earlier.
 *
 * There is no state. Neither regions nor devices carry anything of this module, so it can come when
 * regions exist, and go, too. While livepatch moves tasks from the old function to the new one,
 * both may run: until "transition" reads 0, a writer in the old one can still lose with a WARN.
 *
 * What it needs and the kernel does not export: the addresses of devm_action_release(), by which
 * devres_remove() knows an action, and of unregister_region(), which tells regions from other
 * actions. They come from a kprobe that is never armed. Before anything is replaced, the code of
 * these functions is compared with what is known (known.c), and the layout of an action is tried
 * out on a device made for it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "cxl.h"
#include "known.h"

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

/* livepatch nudges sleeping tasks after 15 seconds */
#define TRANSITION_LIMIT (30 * HZ)

/* As in drivers/base/devres.c */
struct action_devres {
	void *data;
	void (*action)(void *data);
};

/* devm_action_release() and unregister_region() */
static dr_release_t action_release;
static void (*region_action)(void *data);

/* Any region matches if none is given. It begins with its device. Runs under a spinlock. */
static int region_action_match(struct device *host, void *res, void *region)
{
	const struct action_devres *devres = res;

	return devres->action == region_action && (!region || devres->data == region);
}

/*
 * Deletes a region, or, if none is given, the one that was created last. Returns false if there is
 * none, or somebody else deletes it.
 */
static bool region_release(struct device *host, struct device *region)
{
	struct action_devres *devres;

	devres = devres_remove(host, action_release, region_action_match, region);
	if (!devres)
		return false;
	devres->action(devres->data);
	devres_free(devres);
	return true;
}

/* Replaces delete_region_store(); @dev is a root decoder. */
static ssize_t region_delete_store(struct device *dev, struct device_attribute *attr,
				   const char *buf, size_t len)
{
	/* the parent of a root port is its uport, in whose devres the regions are */
	struct device *host = dev->parent->parent;
	struct device *region;
	ssize_t rc = -ENODEV;

	region = device_find_child_by_name(dev, buf);
	if (!region)
		return -ENODEV;
	if (is_cxl_region(region) && region_release(host, region))
		rc = len;
	put_device(region);
	return rc;
}

static int root_decoder_close(struct device *dev, void *unused)
{
	static const struct attribute create = { .name = "create_pmem_region" };
	static const struct attribute delete = { .name = "delete_region" };

	if (is_root_decoder(dev)) {
		sysfs_remove_file(&dev->kobj, &create);
		sysfs_remove_file(&dev->kobj, &delete);
	}
	return 0;
}

static int root_port_close(struct device *dev, void *unused)
{
	if (!is_cxl_port(dev))
		return 0;
	return device_for_each_child(dev, NULL, root_decoder_close);
}

static int platform_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct device *host = data;

	/* the second one: root decoders appear before the probe is over */
	if (event != BUS_NOTIFY_UNBIND_DRIVER && event != BUS_NOTIFY_DRIVER_NOT_BOUND)
		return NOTIFY_DONE;
	device_for_each_child(host, NULL, root_port_close);
	while (region_release(host, NULL))
		;
	return NOTIFY_OK;
}

static DECLARE_COMPLETION(transition_over);
static struct notifier_block platform_events = { .notifier_call = platform_event };

static int events_begin(struct klp_object *object)
{
	return bus_register_notifier(&platform_bus_type, &platform_events);
}

/* No task is in the old function any more. */
static void transition_is_over(struct klp_object *object)
{
	complete(&transition_over);
}

/* No task is in the new function any more. */
static void events_end(struct klp_object *object)
{
	bus_unregister_notifier(&platform_bus_type, &platform_events);
}

static struct klp_func functions[] = {
	{
		.old_name = "delete_region_store",
		.new_func = region_delete_store,
	},
	{},
};

/* An object without a name is vmlinux. */
static struct klp_object objects[] = {
	{
		.funcs = functions,
		.callbacks.pre_patch = events_begin,
		.callbacks.post_patch = transition_is_over,
		.callbacks.post_unpatch = events_end,
	},
	{},
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static void trial_action(void *data)
{
}

static int trial_match(struct device *dev, void *res, void *data)
{
	const struct action_devres *devres = res;

	return devres->action == trial_action && devres->data == data;
}

static void trial_device_release(struct device *dev)
{
	kfree(dev);
}

/* Whether devres_remove() finds an action by what is known of it. */
static int action_devres_try(void)
{
	struct device *dev;
	void *devres;
	int rc;

	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	device_initialize(dev);
	dev->release = trial_device_release;
	rc = devm_add_action(dev, trial_action, dev);
	if (rc)
		goto out;
	devres = devres_remove(dev, action_release, trial_match, dev);
	if (devres) {
		devres_free(devres);
	} else {
		pr_err("devres actions are not laid out as known\n");
		rc = -ENODEV;
	}
out:
	put_device(dev);
	return rc;
}

static int __init region_delete_init(void)
{
	int rc;

	rc = known_functions_check();
	if (rc == -ENODEV)
		pr_err("not loaded: this kernel is not one that it was written for\n");
	if (rc)
		return rc;
	action_release = function_find("devm_action_release");
	region_action = function_find("unregister_region");
	if (!action_release || !region_action)
		return -ENODEV;
	rc = action_devres_try();
	if (rc)
		return rc;
	rc = klp_enable_patch(&patch);
	if (rc)
		return rc;
	/* So that what is started after the load, at boot for one, finds it in force. */
	if (!wait_for_completion_timeout(&transition_over, TRANSITION_LIMIT))
		pr_warn("not in force yet: some task does not leave delete_region\n");
	return 0;
}

/* Unloading is possible once it is disabled, and no task runs the new function. */
static void __exit region_delete_exit(void)
{
}

module_init(region_delete_init);
module_exit(region_delete_exit);
MODULE_DESCRIPTION("Livepatch against the races of CXL region deletion");
MODULE_AUTHOR("cxl-regiond authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("1");
MODULE_IMPORT_NS(CXL);
MODULE_INFO(livepatch, "Y");
