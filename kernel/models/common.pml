/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * What all designs share: the driver core's devres, the unbind and bind of
 * ACPI0017, the body of a deletion, and who takes part. Function and file names
 * are those of Linux 6.1 (drivers/cxl/core/region.c unless told otherwise).
 *
 * A design (one file each) says what happens in
 *   delete_by_name(r)     delete_region_store(), r is the one it looks up
 *   delete_in_kernel(r)   a driver that cleans up region r, to which it
 *                         holds a reference
 *   create(r)             create_pmem_region_store()
 *   devres_action(r)      what devres_release_all() runs for region r
 *   unbind_first()        a devres action registered last by the probe
 *   unregister_root()     cxld_unregister() of the root decoder, before its
 *                         device_unregister()
 *   work(r)               a work item on cxl_bus_wq
 *   on_release(r)         cxl_region_release()
 *   on_start(), on_bind() the state at the start and after a bind
 *
 * Two region objects share one name, one after the other; two bindings of
 * ACPI0017 (gen 0 and 1) follow each other, each with a root decoder, nvdimm
 * bridge and window resources of its own. Everything is a step of its own that
 * the kernel does not do under one lock.
 *
 * Each fault is a property of its own: bit n of the variable `check` (CHECK in
 * the environment of the verifier) says that fault n ends the search. Deadlocks
 * are found by Spin itself.
 */

c_decl {
\#include <stdlib.h>
	static int check;
}

#define DOUBLE_RUN	1	/* the body ran twice for one region */
#define WARNING		2	/* devres did not know the action: a WARN */
#define FALSE_SUCCESS	3	/* a write succeeded that deleted nothing */
#define SURVIVOR	4	/* and the region is still there, unharmed */
#define TEARDOWN	5	/* what a running body uses was released */
#define LEAK		6	/* an action outlived the unbind: no bind */
#define USE_AFTER_FREE	7	/* memory used without a reference */

#define fault(n)							\
	if								\
	:: c_expr { check & (1 << n) } -> assert(false)		\
	:: else								\
	fi

#define NR		2
#define NONE		NR

mtype = { ABSENT, ADDED, GONE };	/* a region's device */
mtype = { OFF, LISTED, QUEUED };		/* a region's devres node: not there,
					 * on dev->devres_head, or on the list
					 * that devres_release_all() took */

mtype dev[NR] = ABSENT;
mtype act[NR] = OFF;
byte refs[NR];			/* of the region's struct device */
bit gen_of[NR];
bit in_body[NR], on_bridge[NR];
bit ran[NR];
bit doomed[NR];			/* somebody has set out to delete it */

bit gen;			/* the binding of now */
bit bridge[2], window[2];	/* there, per binding */
bit root_attrs;			/* the root decoder's attributes accept */
byte handlers;			/* and so many are inside (kernfs active) */
bit host_lock;			/* device_lock(ACPI0017) */
bit driver = 1;			/* host->driver */
bit pending[NR];		/* work items on cxl_bus_wq */

#define lock(l)		atomic { l == 0 -> l = 1 }
#define unlock(l)	l = 0

/* the memory of region r is touched */
#define use(r)		if :: refs[r] == 0 -> fault(USE_AFTER_FREE) :: else fi

/* get_device(), put_device() */
#define get(r)		refs[r]++
inline put(r)
{
	d_step {
		use(r);
		if
		:: refs[r] > 0 ->
			refs[r]--;
			if :: refs[r] == 0 -> on_release(r) :: else fi
		:: else
		fi
	}
}

/*
 * unregister_region(): device_del() takes the region out of sysfs and the
 * region's driver off, which for a pmem region ends in release_mappings()
 * (pmem.c), where cxlr_pmem->bridge is used, on 6.1 without a reference; then
 * targets are detached and the HPA goes back into its window.
 */
inline body(r)
{
	d_step {
		use(r);
		if :: ran[r] -> fault(DOUBLE_RUN) :: else fi;
		ran[r] = 1;
		doomed[r] = 1;
		in_body[r] = 1;
		dev[r] = GONE;
		on_bridge[r] = bridge[gen_of[r]]
	}
	d_step {
		if
#ifndef BRIDGE_PINNED
		:: on_bridge[r] && !bridge[gen_of[r]] -> fault(USE_AFTER_FREE)
#endif
		:: else
		fi;
		on_bridge[r] = 0
	}
	d_step {
		if
		:: !window[gen_of[r]] -> fault(USE_AFTER_FREE)
		:: else
		fi;
		in_body[r] = 0
	}
	put(r)
}

/* devres_remove() (drivers/base/devres.c): under devres_lock, so atomic */
#define take_action(r, found)						\
	d_step {							\
		found = (act[r] == LISTED);				\
		if :: found -> act[r] = OFF; doomed[r] = 1 :: else fi	\
	}

/* the region that carries the name now, with a reference; or NONE */
inline find(r)
{
	d_step {
		if
		:: dev[0] == ADDED && gen_of[0] == gen -> r = 0; get(0)
		:: else ->
			if
			:: dev[1] == ADDED && gen_of[1] == gen -> r = 1; get(1)
			:: else -> r = NONE
			fi
		fi
	}
}

/* device_add(): unless the name is taken, or the object was used before */
#define can_add(r)	(dev[r] == ABSENT &&				\
			 !(dev[0] == ADDED && gen_of[0] == gen))
inline add(r)
{
	d_step {
		dev[r] = ADDED;
		gen_of[r] = gen;
		refs[r] = 1
	}
}

/* a write to delete_region returns its length; did it delete the region? */
inline success(r, did)
{
	d_step {
		if :: !did -> fault(FALSE_SUCCESS) :: else fi;
		if :: !doomed[r] -> fault(SURVIVOR) :: else fi
	}
}

/* A bridge goes: whoever uses it without a reference is hit */
inline release_bridge()
{
	d_step {
		if
#ifndef BRIDGE_PINNED
		:: (on_bridge[0] && gen_of[0] == gen) ||
		   (on_bridge[1] && gen_of[1] == gen) -> fault(TEARDOWN)
#endif
		:: else
		fi;
		bridge[gen] = 0
	}
}

#define body_runs	((in_body[0] && gen_of[0] == gen) ||		\
			 (in_body[1] && gen_of[1] == gen))
