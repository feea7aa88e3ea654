/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

void text_print(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = *text;

		fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

void text_print_json(FILE *out, struct json_object *json)
{
	int flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE;

	fprintf(out, "%s\n", (const char *)memory_need((char *)json_object_to_json_string_ext(json, flags)));
}

bool text_is_utf8(void)
{
	/* Asked for here alone: finding the locale takes longer than all else that most commands do. */
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool text_number(const char *text, uint64_t *ret_number)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long number;
	char *end;

	/* strtoull() itself would take a sign, white space and a second 0x. */
	if (hexadecimal)
		text += 2;
	if (hexadecimal ? !isxdigit((unsigned char)*text) || text[1] == 'x' || text[1] == 'X'
			: !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, hexadecimal ? 16 : 10);
	if (errno || *end != '\0')
		return false;
	*ret_number = number;
	return true;
}
