/* SPDX-License-Identifier: GPL-2.0-only */

/* Who takes part, the same for every design. */

/* a handler of a root decoder's attribute: kernfs_get_active() ... */
#define enter	d_step { root_attrs -> handlers++ }
#define leave	handlers--

/* The sysfs core refuses an open file whose attribute is gone: ENODEV */
#define handler(what)							\
	if								\
	:: enter -> what; leave						\
	:: !root_attrs -> skip						\
	fi

proctype writer()
{
	byte r;
	bit won;

	handler(delete_by_name(r));
	d_step { r = 0; won = 0 }	/* fewer states */
}

proctype in_kernel_deleter()
{
	bit won;

	/*
	 * It holds a reference to region 0 since before the start; and the
	 * host's device lock, or not, as test-module does both.
	 */
	if
#ifndef DELETE_TAKES_HOST_LOCK
	:: lock(host_lock); delete_in_kernel(0); unlock(host_lock)
#endif
	:: delete_in_kernel(0)
	fi;
	put(0);
	won = 0
}

proctype creator()
{
	/* the name is free again, or the write ends with EBUSY */
	handler(create(1))
}

inline devres_release_all()
{
	d_step {
		if
		:: act[0] == LISTED -> act[0] = QUEUED; doomed[0] = 1
		:: else
		fi;
		if
		:: act[1] == LISTED -> act[1] = QUEUED; doomed[1] = 1
		:: else
		fi
	}
	/* last in, first out: regions were added after the probe */
	if
	:: act[1] == QUEUED -> devres_action(1); act[1] = OFF
	:: else
	fi;
	if
	:: act[0] == QUEUED -> devres_action(0); act[0] = OFF
	:: else
	fi;
	unbind_first();
	release_bridge();		/* unregister_nvb() */
	/*
	 * Host bridge ports: their endpoint decoders leave their regions
	 * under cxl_region_rwsem (cxl_decoder_kill_region()), so a body and
	 * they do not disturb each other.
	 */
	unregister_root();		/* cxld_unregister() */
	root_attrs = 0;			/* device_unregister(): kernfs drain */
	handlers == 0;
	d_step {			/* remove_cxl_resources(), acpi.c */
		if :: body_runs -> fault(TEARDOWN) :: else fi;
		window[gen] = 0
	}
}

proctype unbind_and_bind()
{
	bit won, found;

	lock(host_lock);
	devres_release_all();
	driver = 0;
	unlock(host_lock);

	lock(host_lock);
	d_step {
		/* really_probe(): "Resources present before probing" */
		if
		:: act[0] != OFF || act[1] != OFF -> fault(LEAK)
		:: dev[0] == ADDED || dev[1] == ADDED -> fault(LEAK)
		:: else
		fi;
		gen = 1;
		bridge[1] = 1;
		window[1] = 1;
		on_bind();
		driver = 1;
		root_attrs = 1
	}
	unlock(host_lock);
	d_step { won = 0; found = 0 }
}

/* cxl_bus_wq, an ordered queue */
proctype worker()
{
	bit found;

end:	do
	:: atomic { pending[0] -> pending[0] = 0 } work(0); found = 0
	:: atomic { pending[1] -> pending[1] = 0 } work(1); found = 0
	od
}

init {
	d_step {
		c_code {
			check = getenv("CHECK") ? atoi(getenv("CHECK")) : 0;
		};
		/* region 0 is there, and the in-kernel deleter knows it */
		bridge[0] = 1;
		window[0] = 1;
		dev[0] = ADDED;
		act[0] = LISTED;
		refs[0] = 2;
		on_start();
		root_attrs = 1
	}
	atomic {
		run writer();
		run writer();
		run in_kernel_deleter();
		run creator();
		run unbind_and_bind();
		run worker()
	}
}
