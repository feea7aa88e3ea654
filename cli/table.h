/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of text in columns that are as wide as their widest cell. */
#ifndef CXLCTL_TABLE_H
#define CXLCTL_TABLE_H

#include <stdio.h>

#define TABLE_COLUMNS_MAX 12

struct table {
	unsigned int columns;
	size_t cells;
	size_t room;
	char **texts;	    /* row after row; the first is the heading */
	unsigned int right; /* bit n: column n holds numbers, which stand right */
};

/*
 * table_init() - begin a table.
 *
 * @headings: separated by one blank each; a '>' before one says that its column stands right
 */
void table_init(struct table *table, const char *headings);
void table_done(struct table *table);

/* table_add() - the next cell, as printf; rows fill from left to right. */
void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* table_print() - heading and rows, each line after this indent, without blanks at the end. */
void table_print(const struct table *table, FILE *out, const char *indent);

#endif
