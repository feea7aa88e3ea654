/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree.h"

#include <stdarg.h>
#include <stdlib.h>

#include "memory.h"
#include "text.h"

struct tree_node {
	char *text;
	struct tree_node *first_child, *last_child, *next;
};

static const struct strokes {
	const char *branch;  /* before a child that others follow */
	const char *corner;  /* before the last child */
	const char *through; /* before what is below the former */
	const char *blank;   /* before what is below the latter */
} unicode_strokes = { "├─ ", "└─ ", "│  ", "   " }, ascii_strokes = { "|- ", "`- ", "|  ", "   " };

struct tree_node *tree_add(struct tree_node *parent, const char *format, ...)
{
	struct tree_node *node = memory_need(calloc(1, sizeof(*node)));
	va_list arguments;

	va_start(arguments, format);
	node->text = memory_vformat(format, arguments);
	va_end(arguments);
	if (!parent)
		return node;
	if (parent->last_child)
		parent->last_child->next = node;
	else
		parent->first_child = node;
	parent->last_child = node;
	return node;
}

void tree_free(struct tree_node *tree)
{
	struct tree_node *child, *next;

	if (!tree)
		return;
	for (child = tree->first_child; child; child = next) {
		next = child->next;
		tree_free(child);
	}
	free(tree->text);
	free(tree);
}

static void print_below(const struct tree_node *node, FILE *out, const struct strokes *strokes, const char *indent)
{
	for (const struct tree_node *child = node->first_child; child; child = child->next) {
		char *below = memory_format("%s%s", indent, child->next ? strokes->through : strokes->blank);

		fprintf(out, "%s%s", indent, child->next ? strokes->branch : strokes->corner);
		text_print(out, child->text);
		fputc('\n', out);
		print_below(child, out, strokes, below);
		free(below);
	}
}

void tree_print(const struct tree_node *tree, FILE *out, bool unicode)
{
	const struct strokes *strokes = unicode ? &unicode_strokes : &ascii_strokes;

	/* The first level is not drawn below anything. */
	for (const struct tree_node *child = tree->first_child; child; child = child->next) {
		text_print(out, child->text);
		fputc('\n', out);
		print_below(child, out, strokes, "");
	}
}
