/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libregion: create, list and delete CXL regions through cxl-regiond.
 *
 * The vocabulary (sizes, names, types) needs no daemon. The client talks to one, over its Unix socket;
 * its calls block, and a client belongs to one thread at a time. The wire is the Varlink interface
 * io.cxlregiond.Region, whose description is the manual of methods, parameters and errors.
 *
 * Functions return 0 or a negative errno unless they say otherwise. Results come last, are named ret_x
 * and stay untouched on failure.
 */
#ifndef LIBREGION_H
#define LIBREGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;

/* Where the daemon listens unless told otherwise. Since 0.1. */
#define REGION_SOCKET_PATH "/run/cxl-regiond/io.cxlregiond.Region"

/* The Varlink interface's name, which stands before each method and error. Since 0.1. */
#define REGION_INTERFACE "io.cxlregiond.Region"

/* A region's size is a multiple of this many bytes, times its ways. Since 0.1. */
#define REGION_SIZE_ALIGN (256ull * 1024 * 1024)

/* The most interleave ways that CXL has. Since 0.1. */
#define REGION_WAYS_MAX 16

/* -- vocabulary -------------------------------------------------------- */

/*
 * region_size_parse() - a size as people write it.
 *
 * @text: digits (decimal, or hexadecimal after 0x) and an optional unit: K, M, G, T (as `cxl` takes
 *   them) or KiB, MiB, GiB, TiB; all 1024-based, in either case
 * @ret_bytes: the size in bytes
 *
 * Errors: -EINVAL for anything else, the empty string and signs included; -ERANGE beyond 64 bits.
 * Since 0.1.
 */
int region_size_parse(const char *text, uint64_t *ret_bytes);

/* Room that region_size_format() needs at the most. Since 0.1. */
#define REGION_SIZE_TEXT_MAX 32

/*
 * region_size_format() - the shortest exact text of a size: "512 MiB", "1.5 GiB", "300 B".
 *
 * @bytes: the size
 * @text: where it goes, REGION_SIZE_TEXT_MAX bytes
 *
 * A size is shown in the largest unit in which it has at most two decimals without rounding.
 * Returns text. Since 0.1.
 */
const char *region_size_format(uint64_t bytes, char *text);

/* What a kernel name can name. Since 0.1. */
enum region_name_kind {
	REGION_NAME_REGION,  /* region0 */
	REGION_NAME_DECODER, /* decoder0.0 */
	REGION_NAME_MEMDEV,  /* mem0 */
	REGION_NAME_PORT,    /* root0, port1, endpoint2 */
};

/* Room for any name that region_name_is_valid() accepts, its NUL included. Since 0.1. */
#define REGION_NAME_MAX 32

/*
 * region_name_is_valid() - is this how the kernel would name such an object?
 *
 * Only the form is checked: no path separator, no leading zero, numbers of at most nine digits.
 * Since 0.1.
 */
bool region_name_is_valid(enum region_name_kind kind, const char *name);

/*
 * region_object_parse() - split NAME or NAME@GENERATION.
 *
 * @text: what the caller was given
 * @name: where the name goes, REGION_NAME_MAX bytes
 * @ret_generation: the generation within text, or NULL when there is none
 *
 * Errors: -EINVAL when the name is no region's or the generation is empty. Since 0.1.
 */
int region_object_parse(const char *text, char *name, const char **ret_generation);

/* What a region's memory is. Since 0.1. */
enum region_type {
	REGION_TYPE_PMEM,
	REGION_TYPE_RAM,
};

/* region_type_parse() - "pmem" or "ram". Errors: -EINVAL. Since 0.1. */
int region_type_parse(const char *text, enum region_type *ret_type);

/* region_type_name() - the reverse. Since 0.1. */
const char *region_type_name(enum region_type type);

/*
 * region_uuid_is_valid() - 8-4-4-4-12 hexadecimal digits, in either case, and not all zero (which the
 * kernel takes for "no uuid"). Since 0.1.
 */
bool region_uuid_is_valid(const char *text);

/* -- client ------------------------------------------------------------ */

/* A connection to the daemon. Since 0.1. */
struct region_client;

/* What the daemon answered instead of a result. Since 0.1. */
struct region_error;

/*
 * region_client_connect() - connect to the daemon.
 *
 * @socket_path: path of its socket, NULL for REGION_SOCKET_PATH
 * @ret_client: the connection, to be freed with region_client_free()
 *
 * Errors: those of socket(2) and connect(2): -ENOENT and -ECONNREFUSED mean that no daemon listens there;
 * -ENAMETOOLONG. Since 0.1.
 */
int region_client_connect(const char *socket_path, struct region_client **ret_client);

/*
 * region_client_fd() - the connection's descriptor.
 *
 * It stays the client's, and is closed on exec: a program that is to keep what the daemon holds for this connection, such
 * as the locks of AcquireLocks, inherits it once fcntl(2) has cleared FD_CLOEXEC. Neither may read or write it.
 * Since 0.1.
 */
int region_client_fd(const struct region_client *client);

/* region_client_free() - close and free; NULL is fine. Work that the daemon has begun is finished by it. Since 0.1. */
void region_client_free(struct region_client *client);

/*
 * Called for each progress report of a long call. progress is an object of the interface's type
 * Progress, valid during the call back. Since 0.1.
 */
typedef void (*region_progress_fn)(struct json_object *progress, void *userdata);

/*
 * region_client_call() - call one method and wait for its result.
 *
 * @client: the connection
 * @method: "Create", or a full name such as "org.varlink.service.GetInfo"
 * @parameters: an object, which stays the caller's; NULL for none
 * @progress: called for each progress report, NULL when they are not wanted
 * @userdata: for progress
 * @ret_result: the reply's parameters, to be released with json_object_put()
 * @ret_error: the daemon's error when 1 is returned, to be freed with region_error_free()
 *
 * Returns 0 with a result; 1 with an error of the daemon's; a negative errno when there was no answer:
 * -ECONNRESET when the daemon went away, so that what became of the request is unknown; -EBADMSG when the
 * answer was no Varlink; -EMSGSIZE when the request or the answer was too long. After a negative errno the
 * client serves no further call. Since 0.1.
 */
int region_client_call(struct region_client *client, const char *method, struct json_object *parameters,
		       region_progress_fn progress, void *userdata, struct json_object **ret_result,
		       struct region_error **ret_error);

/* region_error_free() - NULL is fine. Since 0.1. */
void region_error_free(struct region_error *error);

/* region_error_name() - "NotFound", or the full name of an error of another interface. Since 0.1. */
const char *region_error_name(const struct region_error *error);

/* region_error_message() - one sentence for people. Since 0.1. */
const char *region_error_message(const struct region_error *error);

/* region_error_remedy() - what to do about it; may be empty, never NULL. Since 0.1. */
const char *region_error_remedy(const struct region_error *error);

/* region_error_exit_status() - the exit status that a command gives for it, 1 to 10. Since 0.1. */
int region_error_exit_status(const struct region_error *error);

/*
 * region_error_json() - the whole error as one object: "error" with its name, and all its fields.
 * It lives as long as the error. Since 0.1.
 */
struct json_object *region_error_json(const struct region_error *error);

#ifdef __cplusplus
}
#endif

#endif
