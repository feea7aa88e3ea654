/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one table of errors: what each is called on the wire, which exit status a command makes of it,
 * the sentence that introduces it and what to do about it. Everybody who names an error takes it from here.
 */
#ifndef CXL_REGIOND_PROTOCOL_ERROR_H
#define CXL_REGIOND_PROTOCOL_ERROR_H

#include <stdbool.h>

/* Positive, so that it can be returned beside negative errnos; 0 is no error. */
enum error_code {
	ERROR_INVALID_REQUEST = 1,
	ERROR_NOT_FOUND,
	ERROR_REGION_IN_USE,
	ERROR_REGION_LOCKED,
	ERROR_NO_CAPACITY,
	ERROR_DAMAGED,
	ERROR_CONFLICT,
	ERROR_KEY_REUSED,
	ERROR_KERNEL_REFUSED,
	ERROR_KERNEL_UNFIXED,
	ERROR_NOT_PERMITTED,
	ERROR_TIMED_OUT,
	ERROR_CANCELLED,
	ERROR_PORT_GONE,
	ERROR_TOO_BUSY,
	ERROR_INTERNAL,
	ERROR_CODE_MAX = ERROR_INTERNAL,
};

/* Exit statuses of a command that have no error of the wire. */
enum {
	EXIT_STATUS_DONE = 0,
	EXIT_STATUS_INTERNAL = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_NO_DAEMON = 7,
};

struct error_row {
	enum error_code code;
	const char *name;     /* on the wire, without the interface: "NotFound" */
	int exit_status;      /* of a command that failed with it */
	const char *sentence; /* what it means, where the failure has no sentence of its own */
	const char *remedy;   /* what to do, where the failure has no remedy of its own */
	bool retryable;	      /* may the same request succeed later, by itself */
};

/* error_row_get() - the row of a code. Never NULL: a code out of range is ERROR_INTERNAL's. */
const struct error_row *error_row_get(int code);

/* error_row_find() - the row of a wire name, without its interface. NULL when there is none. */
const struct error_row *error_row_find(const char *name);

#endif
