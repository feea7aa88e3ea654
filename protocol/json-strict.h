/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strict JSON, which json-c's own parser does not hold to even in its strict mode: it clamps numbers beyond 64
 * bits, and takes NaN and Infinity, single quotes, invalid UTF-8. A string that holds a NUL, or half of a
 * surrogate pair, is refused too: others would cut or replace it, so that two programs could read two
 * different names.
 */
#ifndef CXL_REGIOND_PROTOCOL_JSON_STRICT_H
#define CXL_REGIOND_PROTOCOL_JSON_STRICT_H

#include <stddef.h>

/*
 * json_strict_scan() - is a text one object of strict JSON, and nothing else?
 *
 * @text: the text, size bytes
 * @depth_max: nesting of objects and arrays that it may have
 *
 * Objects and arrays are limited in number, too: 32, and one more for each 32 bytes of text.
 *
 * Returns 0 or -EBADMSG.
 */
int json_strict_scan(const char *text, size_t size, unsigned int depth_max);

#endif
