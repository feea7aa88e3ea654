/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBREGION_CLIENT_ERROR_H
#define LIBREGION_CLIENT_ERROR_H

struct json_object;
struct region_error;

/*
 * client_error_new() - the public form of an error that came over the wire.
 *
 * @name: with its interface
 * @parameters: an object, or NULL
 *
 * The fields that every error has are there in the end, also when the peer left them out.
 * Returns 0 or -ENOMEM.
 */
int client_error_new(const char *name, struct json_object *parameters, struct region_error **ret_error);

#endif
