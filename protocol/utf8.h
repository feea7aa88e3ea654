/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UTF-8, which is all that a message may carry. Device names and mount points can hold any bytes, and
 * a text that was cut to fit can end inside a character: both must be cleaned before they are sent,
 * for the other side refuses the whole message.
 */
#ifndef CXL_REGIOND_PROTOCOL_UTF8_H
#define CXL_REGIOND_PROTOCOL_UTF8_H

#include <stddef.h>

/* utf8_character() - length in bytes of the character that text begins with; 0 if it is no UTF-8 (RFC 3629). */
size_t utf8_character(const char *text, size_t size);

/* utf8_clean() - replace, in place, each byte that is no part of valid UTF-8 by '?'. Returns text. */
char *utf8_clean(char *text);

#endif
