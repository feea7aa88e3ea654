/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"

#include <stddef.h>
#include <string.h>

static const struct error_row rows[] = {
	{
		.code = ERROR_INVALID_REQUEST,
		.name = "InvalidRequest",
		.exit_status = 2,
		.sentence = "The request is not valid.",
		.remedy = "Correct the request; 'cxlctl --help' and cxlctl(1) say what is accepted.",
	},
	{
		.code = ERROR_NOT_FOUND,
		.name = "NotFound",
		.exit_status = 3,
		.sentence = "There is no such object.",
		.remedy = "See what there is with 'cxlctl region list' and 'cxlctl topology'.",
	},
	{
		.code = ERROR_REGION_IN_USE,
		.name = "RegionInUse",
		.exit_status = 4,
		.sentence = "The region is in use.",
		.remedy = "Stop what uses the region ('cxlctl region show' names it), then try again.",
		.retryable = true,
	},
	{
		.code = ERROR_REGION_LOCKED,
		.name = "RegionLocked",
		.exit_status = 4,
		.sentence = "The region or decoder was set up and locked by the platform's firmware.",
		.remedy = "Change it in the firmware's setup; the kernel does not let it be changed here.",
	},
	{
		.code = ERROR_NO_CAPACITY,
		.name = "NoCapacity",
		.exit_status = 4,
		.sentence = "There is not enough free capacity.",
		.remedy = "See what is free with 'cxlctl topology'; ask for less, or delete regions first.",
	},
	{
		.code = ERROR_DAMAGED,
		.name = "Damaged",
		.exit_status = 4,
		.sentence = "The region is damaged: it is neither whole nor gone.",
		.remedy = "'cxlctl repair' tells what is left of it, and removes what it can.",
	},
	{
		.code = ERROR_CONFLICT,
		.name = "Conflict",
		.exit_status = 4,
		.sentence = "Somebody else changed the same objects meanwhile.",
		.remedy = "Try again.",
		.retryable = true,
	},
	{
		.code = ERROR_KEY_REUSED,
		.name = "KeyReused",
		.exit_status = 4,
		.sentence = "The key belongs to another request.",
		.remedy = "Take another key for another request; the same one is for sending the same request again.",
	},
	{
		.code = ERROR_KERNEL_REFUSED,
		.name = "KernelRefused",
		.exit_status = 5,
		.sentence = "The kernel refused a write.",
		.remedy = "The kernel log ('journalctl -k') may tell why.",
	},
	{
		.code = ERROR_KERNEL_UNFIXED,
		.name = "KernelUnfixed",
		.exit_status = 4,
		.sentence = "The running kernel cannot do this safely.",
		.remedy = "Boot a kernel that carries the fix; 'cxlctl status' says what this one lacks.",
	},
	{
		.code = ERROR_NOT_PERMITTED,
		.name = "NotPermitted",
		.exit_status = 6,
		.sentence = "You may not do this.",
		.remedy = "Run it as root, or be a member of the group that RegionGroup= or PortGroup= in "
			  "cxl-regiond.conf(5) names.",
	},
	{
		.code = ERROR_TIMED_OUT,
		.name = "TimedOut",
		.exit_status = 8,
		.sentence = "The time that was given is over.",
		.remedy = "See with 'cxlctl jobs' who has what it waited for; try again later, or give it more time.",
		.retryable = true,
	},
	{
		.code = ERROR_CANCELLED,
		.name = "Cancelled",
		.exit_status = 8,
		.sentence = "The job was cancelled.",
		.remedy = "Send the request again if it is still wanted.",
		.retryable = true,
	},
	{
		.code = ERROR_PORT_GONE,
		.name = "PortGone",
		.exit_status = 9,
		.sentence = "A port went away while the job ran.",
		.remedy = "See what is left with 'cxlctl topology'; bring the device back, then try again.",
	},
	{
		.code = ERROR_TOO_BUSY,
		.name = "TooBusy",
		.exit_status = 8,
		.sentence = "The daemon has too much to do.",
		.remedy = "Try again later.",
		.retryable = true,
	},
	{
		.code = ERROR_INTERNAL,
		.name = "InternalError",
		.exit_status = EXIT_STATUS_INTERNAL,
		.sentence = "Something went wrong inside cxl-regiond.",
		.remedy = "The daemon's log ('journalctl -u cxl-regiond') tells more.",
	},
};

#define ROWS_MAX (sizeof(rows) / sizeof(rows[0]))

/* The codes start at 1 and follow each other: row i is that of code i + 1. */
_Static_assert(ROWS_MAX == ERROR_CODE_MAX, "each error has a row");

const struct error_row *error_row_get(int code)
{
	if (code < 1 || code > ERROR_CODE_MAX)
		code = ERROR_INTERNAL;
	return &rows[code - 1];
}

const struct error_row *error_row_find(const char *name)
{
	for (size_t i = 0; i < ROWS_MAX; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}
