/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that belong below each other, and how they are drawn. */
#ifndef CXLCTL_TREE_H
#define CXLCTL_TREE_H

#include <stdbool.h>
#include <stdio.h>

struct tree_node;

/* tree_add() - a line below parent, as printf, behind those that are there; NULL as parent makes a tree. */
struct tree_node *tree_add(struct tree_node *parent, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* tree_free() - a tree made with NULL as parent; NULL is fine. */
void tree_free(struct tree_node *tree);

/* tree_print() - all that is below tree (not its own line), with lines drawn in Unicode or else in ASCII. */
void tree_print(const struct tree_node *tree, FILE *out, bool unicode);

#endif
