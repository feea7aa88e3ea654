/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The device lock of ACPI0017 is taken by delete_region_store() itself: the
 * unbind cannot overtake any more, but waits, with that lock held, for the
 * handler to leave (device_unregister() of the root decoder).
 */

#define DELETE_TAKES_HOST_LOCK
#define on_release(r)		skip
#include "common.pml"

inline delete_locked(r)
{
	lock(host_lock);
	take_action(r, won);
	if
	:: won -> body(r)
	:: else
	fi;
	unlock(host_lock)
}

inline delete_by_name(r)
{
	find(r);
	if
	:: r == NONE			/* -ENODEV */
	:: else ->
		delete_locked(r);
		if
		:: won -> success(r, won)
		:: else			/* -ENODEV */
		fi;
		put(r)
	fi
}

#define delete_in_kernel(r)	delete_locked(r)

/* devm_cxl_add_region(), as before */
inline create(r)
{
	if
	:: atomic { can_add(r) -> add(r) }
		act[r] = LISTED		/* devm_add_action_or_reset() */
	:: !can_add(r)
	fi
}

#define devres_action(r)	body(r)
#define unbind_first()		skip
#define unregister_root()	skip
#define work(r)			skip
#define on_start()		skip
#define on_bind()		skip

#include "actors.pml"
