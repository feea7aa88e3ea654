/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define GAP 2

static void take_cell(struct table *table, char *text)
{
	if (table->cells == table->room) {
		table->room = table->room ? table->room * 2 : 64;
		table->texts = memory_need(reallocarray(table->texts, table->room, sizeof(*table->texts)));
	}
	table->texts[table->cells++] = text;
}

void table_init(struct table *table, const char *headings)
{
	*table = (struct table){};
	while (*headings && table->columns < TABLE_COLUMNS_MAX) {
		size_t length;

		if (*headings == '>') {
			table->right |= 1u << table->columns;
			headings++;
		}
		length = strcspn(headings, " ");
		take_cell(table, memory_need(strndup(headings, length)));
		headings += length;
		headings += strspn(headings, " ");
		table->columns++;
	}
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->cells; i++)
		free(table->texts[i]);
	free(table->texts);
	*table = (struct table){};
}

void table_add(struct table *table, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	take_cell(table, memory_vformat(format, arguments));
	va_end(arguments);
}

static void measure(const struct table *table, size_t *widths)
{
	for (size_t i = 0; i < table->cells; i++) {
		size_t length = strlen(table->texts[i]);

		if (length > widths[i % table->columns])
			widths[i % table->columns] = length;
	}
}

void table_print(const struct table *table, FILE *out, const char *indent)
{
	size_t widths[TABLE_COLUMNS_MAX] = {};
	size_t gap = 0; /* blanks owed: printed only if something follows on the line */

	measure(table, widths);
	for (size_t i = 0; i < table->cells; i++) {
		unsigned int column = i % table->columns;
		size_t padding = widths[column] - strlen(table->texts[i]);

		if (column == 0)
			fprintf(out, "%s%s", i == 0 ? "" : "\n", indent);
		gap = column == 0 ? 0 : gap + GAP;
		if (table->right & (1u << column)) {
			gap += padding;
			padding = 0;
		}
		if (*table->texts[i]) {
			fprintf(out, "%*s%s", (int)gap, "", table->texts[i]);
			gap = 0;
		}
		gap += padding;
	}
	fputc('\n', out);
}
