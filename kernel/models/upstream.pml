/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Upstream's fix, as in 6.12.115 and later of Debian 12: regions live in an
 * xarray of the root decoder, and look-up, deletion and creation run under its
 * regions_lock. There is no devres action: kill_regions() ends what is left
 * when the root decoder is unregistered, after nvdimm bridge and ports.
 *
 * Since 6.2 a region holds a reference to the bridge (cxlr->cxl_nvb). With
 * BRIDGE_OF_6_1 it does not, as on 6.1: what a mere backport would be.
 */

#ifndef BRIDGE_OF_6_1
#define BRIDGE_PINNED
#endif

#define on_release(r)		skip
#include "common.pml"

bit regions_lock, dead;
bit in_xarray[NR];

/* unregister_region(): xa_erase() comes first */
inline erase_and_delete(r)
{
	d_step { in_xarray[r] = 0; doomed[r] = 1 }
	body(r)
}

inline delete_by_name(r)
{
	lock(regions_lock);
	d_step {
		if
		:: in_xarray[0] && gen_of[0] == gen -> r = 0
		:: in_xarray[1] && gen_of[1] == gen && !in_xarray[0] -> r = 1
		:: else -> r = NONE
		fi;
		won = 0
	}
	if
	:: r == NONE			/* -ENODEV */
	:: else ->
		erase_and_delete(r);
		won = 1
	fi;
	unlock(regions_lock);
	if
	:: won -> success(r, won)
	:: else
	fi
}

/* cxl_add_to_region(), construct_region(): under the lock, looks it up there */
inline delete_in_kernel(r)
{
	lock(regions_lock);
	if
	:: in_xarray[r] -> erase_and_delete(r)
	:: else
	fi;
	unlock(regions_lock)
}

inline create(r)
{
	lock(regions_lock);
	if
	:: !dead ->
		if
		:: atomic { can_add(r) -> add(r) }
			in_xarray[r] = 1	/* xa_insert() */
		:: !can_add(r)
		fi
	:: dead				/* -ENXIO */
	fi;
	unlock(regions_lock)
}

#define devres_action(r)	skip
#define unbind_first()		skip

/* kill_regions() */
inline unregister_root()
{
	lock(regions_lock);
	dead = 1;
	if
	:: in_xarray[0] && gen_of[0] == gen -> erase_and_delete(0)
	:: else
	fi;
	if
	:: in_xarray[1] && gen_of[1] == gen -> erase_and_delete(1)
	:: else
	fi;
	unlock(regions_lock)
}

#define work(r)			skip
#define on_start()		act[0] = OFF; in_xarray[0] = 1
#define on_bind()		dead = 0

#include "actors.pml"
