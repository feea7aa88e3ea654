/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How things are written, for people and for programs. */
#ifndef CXLCTL_TEXT_H
#define CXLCTL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/*
 * text_print() - a text that others had a hand in (a mount point, a message): control characters become '?',
 * so that it cannot move the cursor of a terminal.
 */
void text_print(FILE *out, const char *text);

/* text_print_json() - one document, indented, and a newline. */
void text_print_json(FILE *out, struct json_object *json);

/* text_is_utf8() - does the locale of the environment, which is set by this, write UTF-8? */
bool text_is_utf8(void);

/* text_number() - a whole number, decimal, or hexadecimal after 0x: no sign, unit or space. False for all else. */
bool text_number(const char *text, uint64_t *ret_number);

#endif
