/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of embedded nodes. A node that is in no ring points at itself, so it may be removed twice. */
#ifndef CXL_REGIOND_DAEMON_LIST_H
#define CXL_REGIOND_DAEMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *previous;
};

/* The object that a node is embedded in. */
#define list_owner(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *node)
{
	node->next = node;
	node->previous = node;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *node)
{
	node->previous = head->previous;
	node->next = head;
	head->previous->next = node;
	head->previous = node;
}

static inline void list_remove(struct list *node)
{
	node->previous->next = node->next;
	node->next->previous = node->previous;
	list_init(node);
}

#endif
