// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware that takes its time to commit a decoder. The kernel waits for it with cxl_region_rwsem held for writing,
 * and whoever reads or writes a region waits for that.
 *
 * After a number was written to the parameter "seconds", the next commit takes so long, or until "held", which tells that it
 * waits, is written 0. cxl_decoder_commit() is entered by way of ftrace: so this is built for one kernel, and for tests.
 */
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/jiffies.h>
#include <linux/module.h>

#define FUNCTION "cxl_decoder_commit"

struct cxl_decoder;

static unsigned int seconds;
module_param(seconds, uint, 0644);
MODULE_PARM_DESC(seconds, "how long the next commit takes");

static bool held;
module_param(held, bool, 0644);
MODULE_PARM_DESC(held, "is one waiting?");

static int (*commit)(struct cxl_decoder *decoder);

static void wait_for_hardware(unsigned int limit)
{
	unsigned long end = jiffies + limit * HZ;

	WRITE_ONCE(held, true);
	while (READ_ONCE(held) && time_before(jiffies, end))
		msleep(20);
	WRITE_ONCE(held, false);
}

static int slow_commit(struct cxl_decoder *decoder)
{
	unsigned int limit = xchg(&seconds, 0);
	int r;

	if (limit > 0)
		wait_for_hardware(limit);
	r = commit(decoder);
	barrier(); /* no jump in place of the call: redirect() knows it by where it returns to */
	return r;
}

/* The call from here is let through. */
static void notrace redirect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	if (within_module(parent_ip, THIS_MODULE))
		return;
	WRITE_ONCE(commit, (void *)ip);
	ftrace_instruction_pointer_set(fregs, (unsigned long)slow_commit);
}

static struct ftrace_ops ops = {
	.func = redirect,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION,
};

static int __init slow_commit_init(void)
{
	int r = ftrace_set_filter(&ops, FUNCTION, sizeof(FUNCTION) - 1, 1);

	return r < 0 ? r : register_ftrace_function(&ops);
}
module_init(slow_commit_init);

MODULE_DESCRIPTION("A decoder that takes its time to commit");
MODULE_LICENSE("GPL");
