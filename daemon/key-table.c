/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "key-table.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

static struct key_entry *entry_of(struct list *node)
{
	return list_owner(node, struct key_entry, node);
}

bool key_is_valid(const char *key)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
	size_t length = strlen(key);

	return length > 0 && length < KEY_TEXT_MAX && strspn(key, letters) == length;
}

void key_table_init(struct key_table *table)
{
	table->count = 0;
	list_init(&table->entries);
}

void key_table_done(struct key_table *table)
{
	while (!list_is_empty(&table->entries))
		key_table_forget(table, entry_of(table->entries.next));
}

void key_table_forget(struct key_table *table, struct key_entry *entry)
{
	if (!entry)
		return;
	list_remove(&entry->node);
	table->count--;
	json_object_put(entry->result);
	free(entry);
}

static void forget_old(struct key_table *table, uint64_t now_usec)
{
	struct list *node = table->entries.next;

	while (node != &table->entries) {
		struct key_entry *entry = entry_of(node);

		node = node->next;
		if (entry->finished && now_usec - entry->finished_usec > KEY_TABLE_KEEP_USEC)
			key_table_forget(table, entry);
	}
}

struct key_entry *key_table_find(struct key_table *table, uid_t uid, const char *key, uint64_t now_usec)
{
	forget_old(table, now_usec);
	for (struct list *node = table->entries.next; node != &table->entries; node = node->next) {
		struct key_entry *entry = entry_of(node);

		if (entry->request.uid == uid && strcmp(entry->request.key, key) == 0)
			return entry;
	}
	return NULL;
}

static struct key_entry *find_oldest(struct key_table *table)
{
	struct key_entry *oldest = NULL;

	for (struct list *node = table->entries.next; node != &table->entries; node = node->next) {
		struct key_entry *entry = entry_of(node);

		if (entry->finished && (!oldest || entry->finished_usec < oldest->finished_usec))
			oldest = entry;
	}
	return oldest;
}

int key_table_add(struct key_table *table, const struct key_request *request, struct key_entry **ret_entry)
{
	struct key_entry *oldest = table->count < KEY_TABLE_MAX ? NULL : find_oldest(table), *entry;

	if (table->count >= KEY_TABLE_MAX && !oldest)
		return ERROR_TOO_BUSY;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	key_table_forget(table, oldest);
	entry->request = *request;
	list_append(&table->entries, &entry->node);
	table->count++;
	*ret_entry = entry;
	return 0;
}

void key_entry_set_object(struct key_entry *entry, const char *region, const char *generation)
{
	snprintf(entry->region, sizeof(entry->region), "%s", region);
	snprintf(entry->generation, sizeof(entry->generation), "%s", generation);
}

void key_entry_finish(struct key_entry *entry, uint64_t now_usec, struct json_object *result)
{
	entry->finished = true;
	entry->finished_usec = now_usec;
	entry->result = json_object_get(result);
}
