/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The code as it is in 6.0 up to upstream's fix: devm_release_action() decides.
 */

#define on_release(r)		skip
#include "common.pml"

/* drivers/base/devres.c: WARNs if the action is not there */
inline devm_release_action(r, found)
{
	take_action(r, found);
	if
	:: found -> body(r)
	:: else -> fault(WARNING)
	fi
}

inline delete_by_name(r)
{
	find(r);
	if
	:: r == NONE			/* -ENODEV */
	:: else ->
		devm_release_action(r, won);
		success(r, won);	/* returns len whatever happened */
		put(r)
	fi
}

#define delete_in_kernel(r)	devm_release_action(r, won)

/* devm_cxl_add_region() */
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
