/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Typed getters for the members of a JSON object. json-c would read the string "12junk" as the number
 * 12; here a member has the type that was asked for, or the request is refused by its name.
 */
#ifndef CXL_REGIOND_PROTOCOL_PARAM_H
#define CXL_REGIOND_PROTOCOL_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct json_object;

enum param_type {
	PARAM_STRING,
	PARAM_UINT, /* a number from 0 to UINT64_MAX, without fraction */
	PARAM_BOOL,
	PARAM_STRINGS, /* an array of strings */
	PARAM_OBJECT,
};

/* What one member of an object may be. */
struct param {
	const char *name;
	enum param_type type;
	bool required;
	const struct param *members; /* what a PARAM_OBJECT may have; NULL: anything */
};

/* The members of the interface's type CreateRequest. */
extern const struct param param_create_request[];

/* Longest string and longest array that a parameter may be. */
#define PARAM_STRING_MAX 256
#define PARAM_ARRAY_MAX	 64

/*
 * param_check() - hold an object against the list of what it may have.
 *
 * @params: the list, ended by a row without a name
 * @object: the parameters, NULL for none
 * @ret_failure: ERROR_INVALID_REQUEST, which names the member that is unknown, missing, of the wrong
 *   type or too long. A member that is null counts as absent.
 *
 * Returns 0 or the error's code.
 */
int param_check(const struct param *params, struct json_object *object, struct failure *ret_failure);

/*
 * Getters for an object that passed param_check(). Each returns false and leaves the result untouched
 * when the member is absent.
 */
bool param_string(struct json_object *object, const char *name, const char **ret_string);
bool param_uint(struct json_object *object, const char *name, uint64_t *ret_number);
bool param_bool(struct json_object *object, const char *name, bool *ret_bool);
bool param_array(struct json_object *object, const char *name, struct json_object **ret_array);
bool param_object(struct json_object *object, const char *name, struct json_object **ret_object);

#endif
