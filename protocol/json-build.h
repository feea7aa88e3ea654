/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects out of text that json_strict_scan() took. json-c's own parser follows a null pointer, or leaves out a part
 * of a string, when memory runs out.
 */
#ifndef CXL_REGIOND_PROTOCOL_JSON_BUILD_H
#define CXL_REGIOND_PROTOCOL_JSON_BUILD_H

#include <stddef.h>

struct json_object;

/*
 * json_build() - make the object that a text says.
 *
 * @text: size bytes for which json_strict_scan() returned 0; nothing else may be given
 *
 * Returns 0; -EBADMSG for what only shows now, a key that comes twice or a number that is not finite; -ENOMEM.
 */
int json_build(const char *text, size_t size, struct json_object **ret_object);

#endif
