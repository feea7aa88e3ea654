/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A failed request, with all that is known of it. It is a plain value without pointers: reporting
 * that memory ran out must not need memory.
 */
#ifndef CXL_REGIOND_PROTOCOL_FAILURE_H
#define CXL_REGIOND_PROTOCOL_FAILURE_H

#include <stdbool.h>

#include "error.h"

struct json_object;

/* What became of the host. */
enum outcome {
	OUTCOME_UNCHANGED, /* nothing was written */
	OUTCOME_UNDONE,	   /* what was written was taken back */
	OUTCOME_DONE,	   /* the request took effect all the same */
	OUTCOME_UNKNOWN,   /* some of it may be left: look before you retry */
};

struct failure {
	enum error_code code;
	enum outcome outcome;
	bool retryable;
	int errno_value; /* positive; 0 if no system call is behind it */
	char object[64]; /* "region0"; empty if none, as all that follow */
	char step[32];
	char attribute[64];
	char value[64];
	char message[512];
	char remedy[256];
};

/*
 * failure_set() - fill in a failure; what was in it is lost.
 *
 * @failure: what to fill in
 * @code: the error; its row gives remedy and retryable
 * @object: kernel name that it is about, or NULL
 * @format: the sentence for people, as printf; NULL for the row's
 *
 * Returns the code, so that a caller can return it in turn.
 */
int failure_set(struct failure *failure, enum error_code code, const char *object, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* failure_set_remedy() - replace what to do about it, where the case knows better than the row. */
void failure_set_remedy(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * failure_set_errno() - ERROR_INTERNAL from a negative errno, with what was being done; ERROR_TOO_BUSY from -EAGAIN. Returns
 * the code.
 */
int failure_set_errno(struct failure *failure, int error, const char *doing);

/*
 * failure_to_json() - the parameters of the wire's error: message, remedy, outcome, retryable and,
 * where they apply, object, step, attribute, value, errno, errno_name.
 *
 * Returns 0, or -ENOMEM.
 */
int failure_to_json(const struct failure *failure, struct json_object **ret_parameters);

/* failure_from_json() - the reverse; a missing field stays empty, a wrong one is ignored. */
void failure_from_json(struct failure *failure, const char *name, struct json_object *parameters);

const char *outcome_name(enum outcome outcome);

/* outcome_find() - the outcome of that name; a peer that does not say what became of the host leaves it unknown. */
enum outcome outcome_find(const char *name);

#endif
