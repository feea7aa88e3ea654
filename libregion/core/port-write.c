/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port-write.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"
#include "settle.h"

/* A write that a signal ended is looked at and, if need be, made again this often. */
#define INTERRUPTED_TRIES 8

static const char *port_write_driver(const struct port_write *write)
{
	return write->memdev ? "cxl_mem" : "cxl_port";
}

static const char *port_write_attribute(const struct port_write *write)
{
	return write->bind ? "bind" : "unbind";
}

/* As messages and progress call it. */
static const char *port_write_step(const struct port_write *write)
{
	return write->bind ? "bind-port" : "unbind-port";
}

void port_progress_at(const struct port_plan *plan, unsigned int n, struct plan_progress *ret_progress)
{
	const struct port_write *write = &plan->writes[n - 1];

	*ret_progress = (struct plan_progress){ .n = n, .m = (unsigned int)plan->n_writes };
	ret_progress->step = port_write_step(write);
	strcpy(ret_progress->object, write->object);
	strcpy(ret_progress->attribute, port_write_attribute(write));
}

/* Is the object that the plan was made with there, and bound? 1, 0, -ENOENT when it is not there, or a negative errno. */
static int is_bound(struct sysfs *sysfs, const struct port_write *write)
{
	char path[SYSFS_PATH_MAX], driver[SNAPSHOT_DEVICE_MAX];
	uint64_t inode;
	int r = scan_generation(sysfs, write->object, &inode);

	if (r < 0)
		return r;
	if (inode != write->inode)
		return -ENOENT;
	sysfs_join(path, SCAN_DEVICES, write->object, "driver");
	r = sysfs_link_base(sysfs, SYSFS_ROOT, path, driver, sizeof(driver));
	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

/* What is gone is unbound: a switch's port goes with the last endpoint below it. 1, 0, or a negative errno. */
static int happened(struct sysfs *sysfs, const struct port_write *write)
{
	int r = is_bound(sysfs, write);

	if (!write->bind)
		return r == -ENOENT ? 1 : r < 0 ? r : !r;
	return r;
}

static int fail_gone(const struct port_write *write, struct failure *failure)
{
	return failure_set(failure, ERROR_PORT_GONE, write->object, "%s is gone", write->object);
}

static int fail(const struct port_write *write, int error, struct failure *failure)
{
	failure_set(failure, ERROR_KERNEL_REFUSED, write->object, "the kernel refused %s = \"%s\" on %s: %s",
		    port_write_attribute(write), write->object, port_write_driver(write), strerror(-error));
	snprintf(failure->step, sizeof(failure->step), "%s", port_write_step(write));
	snprintf(failure->attribute, sizeof(failure->attribute), "%s", port_write_attribute(write));
	snprintf(failure->value, sizeof(failure->value), "%s", write->object);
	failure->errno_value = -error;
	if (write->bind && write->memdev)
		failure_set_remedy(failure,
				   "The kernel log says why. What a device keeps of an earlier region is cleared by a "
				   "reset: write 1 to /sys/bus/pci/devices/%s/reset, and bind again.",
				   write->host);
	return failure->code;
}

static int open_driver(struct sysfs *sysfs, const struct port_write *write, int *ret_driver, struct failure *failure)
{
	char path[SYSFS_PATH_MAX];
	int r;

	sysfs_join(path, SCAN_DRIVERS, port_write_driver(write), NULL);
	r = sysfs_open(sysfs, SYSFS_ROOT, path);
	if (scan_is_gone(r))
		return failure_set(failure, ERROR_CONFLICT, write->object,
				   "the kernel has no driver %s: its module is not loaded", port_write_driver(write));
	if (r < 0)
		return failure_set_errno(failure, r, "opening a driver");
	*ret_driver = r;
	return 0;
}

/* A signal can end the write before or after its effect, and somebody else can be first. */
static int write_or_look(struct sysfs *sysfs, const struct port_write *write, int driver)
{
	int r = -EINTR;

	for (int i = 0; r == -EINTR && i < INTERRUPTED_TRIES; i++) {
		r = sysfs_write(sysfs, driver, port_write_attribute(write), write->object);
		if (r < 0 && happened(sysfs, write) == 1)
			r = 0;
	}
	return r;
}

/* Whoever unbinds or binds it next must find the kernel quiet; and it must have stayed so. */
static int check(struct sysfs *sysfs, const struct port_write *write, struct failure *failure)
{
	int r = settle_cxl(sysfs);

	if (r == 0)
		r = happened(sysfs, write);
	if (r == 1)
		return 0;
	if (r < 0 && r != -ENOENT)
		failure_set_errno(failure, r, "waiting for the kernel");
	else
		failure_set(failure, ERROR_PORT_GONE, write->object, "%s was %s, but it did not stay so", write->object,
			    write->bind ? "bound" : "unbound");
	failure->outcome = OUTCOME_UNKNOWN;
	return failure->code;
}

static int make(struct sysfs *sysfs, const struct port_write *write, struct failure *failure)
{
	int driver = SYSFS_ROOT, r = open_driver(sysfs, write, &driver, failure);

	if (r != 0)
		return r;
	r = write_or_look(sysfs, write, driver);
	sysfs_close(sysfs, driver);
	return r < 0 ? fail(write, r, failure) : check(sysfs, write, failure);
}

int port_write_carry_out(struct sysfs *sysfs, const struct port_write *write, struct failure *ret_failure)
{
	int r = settle_cxl(sysfs);

	if (r < 0)
		return failure_set_errno(ret_failure, r, "waiting for the kernel");
	r = happened(sysfs, write);
	if (r == 1)
		return 0;
	if (r < 0)
		return r == -ENOENT ? fail_gone(write, ret_failure)
				    : failure_set_errno(ret_failure, r, "looking at a port");
	return make(sysfs, write, ret_failure);
}
