/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CXL_LIVEPATCH_KNOWN_H
#define CXL_LIVEPATCH_KNOWN_H

/*
 * Whether the functions that the livepatch replaces or relies on have the code that it was written
 * for. Returns 0, or -ENODEV after telling in the log what differs, or -ENOMEM.
 */
int known_functions_check(void);

/* The address of a function of the kernel, exported or not; NULL if there is none of that name. */
void *function_find(const char *name);

#endif
