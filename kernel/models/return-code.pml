/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The first patches: take the action off the list, look whether it was there,
 * and run it oneself if so.
 */

#define on_release(r)		skip
#include "common.pml"

inline delete_by_name(r)
{
	find(r);
	if
	:: r == NONE			/* -ENODEV */
	:: else ->
		take_action(r, won);
		if
		:: won -> body(r); success(r, won)
		:: else			/* -ENODEV */
		fi;
		put(r)
	fi
}

inline delete_in_kernel(r)
{
	take_action(r, won);
	if
	:: won -> body(r)
	:: else
	fi
}

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
