/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locals that clean up after themselves. A function hands a result out by steal_pointer() on its last line. */
#ifndef CXL_REGIOND_PROTOCOL_CLEANUP_H
#define CXL_REGIOND_PROTOCOL_CLEANUP_H

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void cleanup_free(void *slot)
{
	free(*(void **)slot);
}

/* Closing never disturbs errno: the error that is being reported is still in it. */
static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define steal_pointer(pointer)                           \
	({                                               \
		__typeof__(pointer) _stolen = (pointer); \
		(pointer) = NULL;                        \
		_stolen;                                 \
	})

#endif
