/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "key-table.h"

static struct key_table table;

static int setup(void **state)
{
	key_table_init(&table);
	return 0;
}

static int teardown(void **state)
{
	key_table_done(&table);
	assert_int_equal(table.count, 0);
	return 0;
}

static int add(uid_t uid, const char *key, struct key_entry **ret_entry)
{
	struct key_request request = { .uid = uid, .hash = 17, .kind = JOB_DELETE, .job = 5 };

	snprintf(request.key, sizeof(request.key), "%s", key);
	return key_table_add(&table, &request, ret_entry);
}

static struct key_entry *add_number(unsigned int number)
{
	struct key_entry *entry;
	char key[32];

	snprintf(key, sizeof(key), "key-%u", number);
	assert_int_equal(add(0, key, &entry), 0);
	return entry;
}

static void test_what_is_a_key(void **state)
{
	static const char *const valid[] = { "a", "order-1", "A.b_c:d-9", "-", "0" };
	static const char *const invalid[] = { "", " ", "a b", "a/b", "a\n", "\xc3\xa9", "a=b", "'" };
	char longest[KEY_TEXT_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
		assert_true(key_is_valid(valid[i]));
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		assert_false(key_is_valid(invalid[i]));
	memset(longest, 'k', sizeof(longest));
	longest[KEY_TEXT_MAX - 1] = '\0';
	assert_true(key_is_valid(longest));
	longest[KEY_TEXT_MAX - 1] = 'k';
	longest[KEY_TEXT_MAX] = '\0';
	assert_false(key_is_valid(longest));
}

static void test_a_key_is_its_users(void **state)
{
	struct key_entry *mine, *theirs;

	assert_null(key_table_find(&table, 1000, "a", 0));
	assert_int_equal(add(1000, "a", &mine), 0);
	assert_null(key_table_find(&table, 1001, "a", 0));
	assert_null(key_table_find(&table, 1000, "ab", 0));
	assert_int_equal(add(1001, "a", &theirs), 0);
	assert_ptr_equal(key_table_find(&table, 1000, "a", 0), mine);
	assert_ptr_equal(key_table_find(&table, 1001, "a", 0), theirs);
	assert_int_equal(mine->request.hash, 17);
	assert_int_equal(mine->request.kind, JOB_DELETE);
	assert_int_equal(mine->request.job, 5);
	assert_false(mine->finished);
}

static void test_what_is_finished_has_a_result(void **state)
{
	struct json_object *result = json_object_new_string("done");
	struct key_entry *entry;

	assert_int_equal(add(0, "a", &entry), 0);
	key_entry_set_object(entry, "region3", "12ab");
	assert_false(entry->finished);
	key_entry_finish(entry, 7, result);
	json_object_put(result);
	entry = key_table_find(&table, 0, "a", 8);
	assert_true(entry->finished);
	assert_string_equal(json_object_get_string(entry->result), "done");
	assert_string_equal(entry->region, "region3");
	assert_string_equal(entry->generation, "12ab");
}

static void test_what_failed_is_forgotten(void **state)
{
	struct key_entry *entry;

	assert_int_equal(add(0, "a", &entry), 0);
	key_table_forget(&table, entry);
	key_table_forget(&table, NULL);
	assert_null(key_table_find(&table, 0, "a", 0));
	assert_int_equal(table.count, 0);
}

/* The last one that fits, and one more: what was done first goes, not what came first. */
static void test_the_oldest_makes_room(void **state)
{
	struct key_entry *entries[KEY_TABLE_MAX];

	for (unsigned int i = 0; i < KEY_TABLE_MAX; i++)
		entries[i] = add_number(i);
	key_entry_finish(entries[3], 20, NULL);
	key_entry_finish(entries[7], 10, NULL);
	assert_int_equal(table.count, KEY_TABLE_MAX);
	add_number(KEY_TABLE_MAX);
	assert_int_equal(table.count, KEY_TABLE_MAX);
	assert_null(key_table_find(&table, 0, "key-7", 30));
	assert_non_null(key_table_find(&table, 0, "key-3", 30));
	assert_non_null(key_table_find(&table, 0, "key-0", 30));
}

static void test_no_room_beside_what_is_at_work(void **state)
{
	struct key_entry *entry, *last = NULL;

	for (unsigned int i = 0; i < KEY_TABLE_MAX; i++)
		last = add_number(i);
	assert_int_equal(add(0, "one-more", &entry), ERROR_TOO_BUSY);
	assert_int_equal(table.count, KEY_TABLE_MAX);
	key_table_forget(&table, last);
	assert_int_equal(add(0, "one-more", &entry), 0);
}

static void test_a_day(void **state)
{
	struct key_entry *entry, *at_work;

	assert_int_equal(add(0, "a", &entry), 0);
	assert_int_equal(add(0, "b", &at_work), 0);
	key_entry_finish(entry, 100, NULL);
	assert_ptr_equal(key_table_find(&table, 0, "a", 100 + KEY_TABLE_KEEP_USEC), entry);
	assert_null(key_table_find(&table, 0, "a", 101 + KEY_TABLE_KEEP_USEC));
	assert_ptr_equal(key_table_find(&table, 0, "b", 2 * KEY_TABLE_KEEP_USEC), at_work);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_a_key),
		cmocka_unit_test_setup_teardown(test_a_key_is_its_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_finished_has_a_result, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_failed_is_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_oldest_makes_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room_beside_what_is_at_work, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_day, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
