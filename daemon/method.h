/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of methods: what each is called, what it takes, who may call it, who answers it. */
#ifndef CXL_REGIOND_DAEMON_METHOD_H
#define CXL_REGIOND_DAEMON_METHOD_H

#include "access.h"
#include "call.h"
#include "param.h"

struct daemon;

struct method {
	const char *name; /* full: interface and method */
	const struct param *params;
	enum access_level access;
	void (*handler)(struct daemon *daemon, struct call *call);
};

/* method_find() - the row of a full name, or NULL. */
const struct method *method_find(const char *name);

/* method_interface_exists() - is there a method whose interface is that of this full method name? */
bool method_interface_exists(const char *name);

/* method_dispatch() - check a call against its row, and have it answered. */
void method_dispatch(struct daemon *daemon, struct call *call);

#endif
