/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The design that was discussed before upstream's fix, taken by its word: a
 * flag lets unregister_region() run once; delete_region_store() calls it
 * directly; a work item then takes ACPI0017's device lock and releases the
 * action while that device has a driver. Who finds the flag set leaves at once,
 * also on the devres path, and creation is as before.
 */

#define on_release(r)		skip
#include "common.pml"

bit flag[NR];

inline delete(r)
{
	d_step {
		use(r);
		won = !flag[r];
		flag[r] = 1;
		if :: won -> doomed[r] = 1; get(r) :: else fi
	}
	if
	:: won ->
		body(r);
		pending[r] = 1		/* with the reference just taken */
	:: else
	fi
}

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

/* devm_cxl_add_region(), as before */
inline create(r)
{
	if
	:: atomic { can_add(r) -> add(r) }
		act[r] = LISTED		/* devm_add_action_or_reset() */
	:: !can_add(r)
	fi
}

inline devres_action(r)
{
	d_step {
		use(r);
		won = !flag[r];
		flag[r] = 1
	}
	if
	:: won -> body(r)
	:: else				/* the loser does not wait */
	fi
}

inline work(r)
{
	lock(host_lock);
	if
	:: driver ->
		/* devm_release_action(): the action itself finds the flag */
		take_action(r, found);
		if :: !found -> fault(WARNING) :: else fi
	:: else
	fi;
	unlock(host_lock);
	put(r)
}

#define unbind_first()		skip
#define unregister_root()	skip
#define on_start()		skip
#define on_bind()		skip

#include "actors.pml"
