/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * patches/0001-*-6.1.patch. Names are the patch's.
 *
 * Each ingredient can be left out, and then something must break:
 *   NO_WAIT		the devres loser does not wait for `gone`
 *   NO_CREATE_LOCK	creation neither excludes teardown nor claims
 *   DRIVER_ATTACHED	the work item asks for a driver instead of `armed`
 *   QUEUE_FIRST	the work item is queued before the body
 *   NO_WORK_REF	the work item has no reference to the anchor
 *   NO_RETIRE		no last-registered action ends the regions
 */

/* cxl_region_release() */
#define on_release(r)	anchor_drop(r)
#include "common.pml"

bit claimed[NR], armed[NR], gone[NR];	/* struct cxl_region_anchor */
byte anchor_refs[NR];
bit create_lock, live;			/* struct cxl_root_decoder */

#define anchor_use(r)							\
	if :: anchor_refs[r] == 0 -> fault(USE_AFTER_FREE) :: else fi

inline anchor_drop(r)
{
	anchor_use(r);
	if :: anchor_refs[r] > 0 -> anchor_refs[r]-- :: else fi
}

#define anchor_put(r)	d_step { anchor_drop(r) }

#ifdef NO_CREATE_LOCK
#define create_locked		true
#define create_begin()		skip
#define create_end()		skip
#define may_create		true
#else
#define create_locked		(create_lock == 0)
#define create_begin()		lock(create_lock)
#define create_end()		unlock(create_lock)
#define may_create		live
#endif

/* cxl_region_claim(): short, so the lock is a condition here */
inline claim(r)
{
	atomic {
		create_locked ->
		anchor_use(r);
		won = !claimed[r];
		claimed[r] = 1;
		if :: won -> doomed[r] = 1 :: else fi
	}
}

/* cxl_region_delete() */
inline delete(r)
{
	claim(r);
	if
	:: won ->
#ifndef NO_WORK_REF
		d_step { anchor_use(r); anchor_refs[r]++ }
#endif
#ifdef QUEUE_FIRST
		pending[r] = 1;
		body(r);
#else
		body(r);
		pending[r] = 1;
#endif
		gone[r] = 1
	:: else
	fi
}

/* delete_region_store() */
inline delete_by_name(r)
{
	find(r);
	if
	:: r == NONE			/* -ENODEV */
	:: else ->
		delete(r);
		if
		:: won -> success(r, won)
		:: else			/* -ENODEV */
		fi;
		put(r)
	fi
}

#define delete_in_kernel(r)	delete(r)

/* create_pmem_region_store(), devm_cxl_add_region() */
inline create(r)
{
	create_begin();
	if
	:: may_create ->
		if
		:: atomic { can_add(r) -> add(r); anchor_refs[r] = 1 }
			anchor_refs[r]++;
			act[r] = LISTED;	/* devm_add_action() */
			armed[r] = 1
		:: !can_add(r)
		fi
	:: !(may_create)		/* -ENXIO */
	fi;
	create_end()
}

/* cxl_region_retire() */
inline retire(r)
{
	claim(r);
	if
	:: won -> body(r); gone[r] = 1
	:: else ->
#ifndef NO_WAIT
		gone[r];		/* wait_for_completion() */
#endif
		skip
	fi
}

/* cxl_region_disarm() */
#define disarm(r)	atomic { create_locked -> armed[r] = 0 }

/* cxl_region_devres() */
inline devres_action(r)
{
	retire(r);
	disarm(r);
	anchor_put(r)
}

/* cxl_root_decoder_retire() */
inline retire_root()
{
	atomic { create_locked -> live = 0 }
	if
	:: armed[1] && gen_of[1] == gen -> retire(1)
	:: else
	fi;
	if
	:: armed[0] && gen_of[0] == gen -> retire(0)
	:: else
	fi
}

/* devm_cxl_root_retire() */
#ifdef NO_RETIRE
#define unbind_first()	skip
#else
#define unbind_first()	retire_root()
#endif

/* devm_release_action() */
inline release_late(r)
{
	if
	:: armed[r] && gen_of[r] == gen ->
		take_action(r, found);
		if :: !found -> fault(WARNING) :: else fi;
		devres_action(r)
	:: else
	fi
}

/* cxl_root_decoder_close() */
inline unregister_root()
{
	retire_root();
	release_late(1);
	release_late(0)
}

#ifdef DRIVER_ATTACHED
#define still_registered(r)	driver
#else
#define still_registered(r)	armed[r]
#endif

/* cxl_region_disarm_work() */
inline work(r)
{
	d_step { anchor_use(r) }
	lock(host_lock);
	if
	:: still_registered(r) ->
		take_action(r, found);	/* devm_remove_action() */
		if
		:: !found -> fault(WARNING)
		:: else
		fi;
		disarm(r);
		anchor_put(r)
	:: else
	fi;
	unlock(host_lock);
	d_step {
#ifndef NO_WORK_REF
		anchor_drop(r)
#else
		anchor_use(r)
#endif
	}
}

/* cxl_root_decoder_open(), by the probe, once the root decoder has its window */
#define on_start()	anchor_refs[0] = 2; armed[0] = 1; live = 1
#define on_bind()	live = 1

#include "actors.pml"
