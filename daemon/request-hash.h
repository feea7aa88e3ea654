/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which it is known whether two requests are the same. */
#ifndef CXL_REGIOND_DAEMON_REQUEST_HASH_H
#define CXL_REGIOND_DAEMON_REQUEST_HASH_H

#include <stdint.h>

struct json_object;

/*
 * request_hash() - of what is asked for, without key, timeout, detach and lease: 64-bit FNV-1a over the kind and the printed parameters. It is to
 * find a caller's mistake, not a forgery: keys of others are out of reach anyway.
 *
 * @parameters: of the call; a member that is null counts as absent
 *
 * Returns 0 or -ENOMEM.
 */
int request_hash(const char *kind, struct json_object *parameters, uint64_t *ret_hash);

#endif
