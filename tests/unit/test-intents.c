/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The logs of a worker: which are free again, which are kept, for how long, and what a later worker makes of them. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fake-scene.h"
#include "kept-logs.h"
#include "left-logs.h"
#include "member.h"

#define PAGE 4096

static char directory[64];

static int setup(void **state)
{
	strcpy(directory, "/tmp/test-intents-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* How many files there are by such names; name gets one of them. */
static unsigned int count_files(const char *prefix, char *name)
{
	DIR *stream = opendir(directory);
	unsigned int count = 0;
	struct dirent *entry;

	assert_non_null(stream);
	while ((entry = readdir(stream))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		count++;
		if (name)
			snprintf(name, 64, "%s", entry->d_name);
	}
	closedir(stream);
	return count;
}

static void set_age(struct intents *intents, const char *name, long seconds)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= seconds;
	times[1] = times[0];
	assert_int_equal(utimensat(intents->dir, name, times, 0), 0);
}

static void make_job(struct intent_job *job, unsigned int id, const char *key)
{
	*job = (struct intent_job){ .id = id, .uid = 1000, .kind = "delete", .hash = 0xfedcba9876543210u };
	snprintf(job->key, sizeof(job->key), "%s", key);
}

/* A job about a region that is deleted, as far as its log is concerned. */
static void make_plan(struct plan *plan)
{
	*plan = (struct plan){ .root_inode = 11, .ways = 1, .region_inode = 0x1234 };
	strcpy(plan->root_decoder, "decoder0.0");
	strcpy(plan->region, "region3");
}

static void begin(struct intents *intents, unsigned int id, const char *key)
{
	struct intent_job job;
	struct failure failure;
	struct plan plan;

	make_job(&job, id, key);
	make_plan(&plan);
	assert_int_equal(intents_begin(intents, &job, &plan, &failure), 0);
}

/* A job from its begin until main knows what became of it. */
static void work(struct intents *intents, unsigned int id, const char *key, enum outcome outcome)
{
	begin(intents, id, key);
	intents_end(intents, outcome);
	intents_told(intents);
}

static struct json_object *look(struct sysfs *sysfs, bool kept)
{
	const struct left_logs_look how = { .kept = kept, .lock_fd = -1 };
	struct json_object *result = json_object_new_object();
	struct intents intents;

	intents_init(&intents, directory);
	assert_int_equal(left_logs_recover(&intents, sysfs, &how, result), 0);
	intents_told(&intents);
	intents_done(&intents);
	return result;
}

static struct json_object *array_of(struct json_object *result, const char *name)
{
	struct json_object *array = member_get(result, name, json_type_array);

	assert_non_null(array);
	return array;
}

static size_t count_of(struct json_object *result, const char *name)
{
	return json_object_array_length(array_of(result, name));
}

static void assert_text(struct json_object *object, const char *name, const char *text)
{
	struct json_object *member = member_get(object, name, json_type_string);

	assert_non_null(member);
	assert_string_equal(json_object_get_string(member), text);
}

static uint64_t number_of(struct json_object *object, const char *name)
{
	return json_object_get_uint64(member_get(object, name, json_type_int));
}

/* Only what is done under a key stays; all else uses one file over and over. */
static void test_what_is_kept(void **state)
{
	struct intents intents;
	char first[64], again[64];

	intents_init(&intents, directory);
	work(&intents, 1, "", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_LOG_PREFIX, first), 1);
	work(&intents, 2, "order-1", OUTCOME_UNDONE);
	work(&intents, 3, "order-1", OUTCOME_UNCHANGED);
	assert_int_equal(count_files(INTENT_LOG_PREFIX, again), 1);
	assert_string_equal(first, again);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 0);
	work(&intents, 4, "order-1", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_LOG_PREFIX, NULL), 0);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 1);
	work(&intents, 5, "order-2", OUTCOME_DONE);
	work(&intents, 6, "", OUTCOME_DONE);
	intents_done(&intents);
	assert_int_equal(count_files(INTENT_LOG_PREFIX, NULL), 0);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 2);
}

static void test_what_is_told_of_it(void **state)
{
	struct json_object *result, *kept;
	struct intents intents;
	char name[64];

	intents_init(&intents, directory);
	work(&intents, 7, "order-1", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, name), 1);
	set_age(&intents, name, 50);
	intents_done(&intents);
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), 1);
	assert_int_equal(count_of(result, "recovered"), 0);
	kept = json_object_array_get_idx(array_of(result, "kept"), 0);
	assert_text(kept, "key", "order-1");
	assert_text(kept, "kind", "delete");
	assert_text(kept, "object", "region3");
	assert_text(kept, "generation", "1234");
	assert_int_equal(number_of(kept, "uid"), 1000);
	assert_int_equal(number_of(kept, "job"), 7);
	assert_true(number_of(kept, "hash") == 0xfedcba9876543210u);
	assert_in_range(number_of(kept, "age_seconds"), 50, 80);
	assert_int_equal(number_of(result, "last_job"), 7);
	json_object_put(result);
	/* It is there for the next, too; and who does not ask is not told. */
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), 1);
	json_object_put(result);
	result = look(NULL, false);
	assert_int_equal(count_of(result, "kept"), 0);
	json_object_put(result);
}

/* The one that is too many goes, and it is the oldest. */
static void test_no_more_than_fit(void **state)
{
	struct intents intents;
	char oldest[64], key[32];
	struct stat st;

	intents_init(&intents, directory);
	work(&intents, 1, "first", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, oldest), 1);
	for (unsigned int i = 2; i <= KEPT_LOGS_MAX; i++) {
		snprintf(key, sizeof(key), "order-%u", i);
		work(&intents, i, key, OUTCOME_DONE);
	}
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), KEPT_LOGS_MAX);
	assert_int_equal(fstatat(intents.dir, oldest, &st, 0), 0);
	work(&intents, KEPT_LOGS_MAX + 1, "last", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), KEPT_LOGS_MAX);
	assert_int_equal(fstatat(intents.dir, oldest, &st, 0), -1);
	intents_done(&intents);
}

/* One that is older than all goes itself, where there is no room. */
static void test_a_late_look_keeps_the_youngest(void **state)
{
	struct json_object *result;
	struct intents intents;
	char name[64], key[32];
	int fd;

	intents_init(&intents, directory);
	for (unsigned int i = 1; i <= KEPT_LOGS_MAX; i++) {
		snprintf(key, sizeof(key), "order-%u", i);
		work(&intents, i, key, OUTCOME_DONE);
	}
	for (unsigned int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), INTENT_KEPT_PREFIX "x%u", i);
		fd = openat(intents.dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		close(fd);
		set_age(&intents, name, 100 + i);
	}
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), KEPT_LOGS_MAX);
	assert_int_equal(count_of(result, "set_aside"), 0);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), KEPT_LOGS_MAX);
	json_object_put(result);
	intents_done(&intents);
}

static void test_no_longer_than_a_day(void **state)
{
	struct json_object *result;
	struct intents intents;
	char name[64];

	intents_init(&intents, directory);
	work(&intents, 1, "order-1", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, name), 1);
	set_age(&intents, name, KEPT_LOGS_SECONDS - 30);
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), 1);
	json_object_put(result);
	set_age(&intents, name, KEPT_LOGS_SECONDS + 1);
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), 0);
	json_object_put(result);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 0);
	intents_done(&intents);
}

/* What only has the name of a kept log is put where nobody looks, and the one beside it is told of. */
static void test_junk_is_set_aside(void **state)
{
	static const char garbage[PAGE] = { 'x' };
	struct json_object *result;
	struct intents intents;
	int fd;

	intents_init(&intents, directory);
	work(&intents, 1, "order-1", OUTCOME_DONE);
	begin(&intents, 2, "order-2"); /* one that is at work has no such name */
	assert_int_equal(intent_log_keep(steal_pointer(intents.log)), 0);
	fd = openat(intents.dir, INTENT_KEPT_PREFIX "junk", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, garbage, PAGE), PAGE);
	close(fd);
	assert_int_equal(symlinkat("/etc/passwd", intents.dir, INTENT_KEPT_PREFIX "link"), 0);
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), 1);
	assert_int_equal(count_of(result, "set_aside"), 3);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 1);
	assert_int_equal(count_files("aside-", NULL), 3);
	json_object_put(result);
	intents_done(&intents);
}

static void test_of_another_boot(void **state)
{
	struct json_object *result;
	struct intents intents;

	intents_init(&intents, directory);
	intents.dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	strcpy(intents.boot_id, "7d1f3f2f-1c3c-4b2e-8a4f-0b5ad5f62c9b");
	work(&intents, 1, "order-1", OUTCOME_DONE);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 1);
	result = look(NULL, true);
	assert_int_equal(count_of(result, "kept"), 0);
	assert_int_equal(count_of(result, "set_aside"), 0);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 0);
	json_object_put(result);
	intents_done(&intents);
}

/* The worker is gone before it could tell: it is recovered, told of as such, and kept. */
static void test_done_but_not_told(void **state)
{
	struct json_object *result;
	struct intents intents;

	intents_init(&intents, directory);
	begin(&intents, 9, "order-1");
	intents_end(&intents, OUTCOME_DONE);
	intents_done(&intents);
	assert_int_equal(count_files(INTENT_LOG_PREFIX, NULL), 1);
	result = look(NULL, false);
	assert_int_equal(count_of(result, "recovered"), 1);
	assert_int_equal(count_of(result, "kept"), 1);
	assert_text(json_object_array_get_idx(array_of(result, "recovered"), 0), "outcome", "done");
	assert_int_equal(count_files(INTENT_LOG_PREFIX, NULL), 0);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), 1);
	json_object_put(result);
	result = look(NULL, true);
	assert_int_equal(count_of(result, "recovered"), 0);
	assert_int_equal(count_of(result, "kept"), 1);
	json_object_put(result);
}

/* Carries the plan of a scene out, or only logs it; its worker dies then. Returns how many logs the next one keeps. */
static size_t kept_after(struct scene *scene, bool carry_out)
{
	static const char *const kinds[] = { "create", "disable", "enable", "delete" };
	struct intent_job job = { .id = 5, .key = "order-1" };
	struct apply_watcher watcher = { NULL, NULL, NULL, NULL };
	struct plan plan = scene->plan;
	struct json_object *result;
	struct intents intents;
	struct failure failure;
	size_t kept;

	strcpy(job.kind, kinds[scene->operation]);
	fake_copy(scene->work, scene->before);
	intents_init(&intents, directory);
	assert_int_equal(intents_begin(&intents, &job, &plan, &failure), 0);
	watcher.log = intents.log;
	if (carry_out)
		assert_int_equal(apply_plan(fake_sysfs(scene->work), &plan, &watcher, &failure), 0);
	intents_done(&intents);
	result = look(fake_sysfs(scene->work), false);
	kept = count_of(result, "kept");
	json_object_put(result);
	assert_int_equal(count_files(INTENT_LOG_PREFIX, NULL), 0);
	assert_int_equal(count_files(INTENT_KEPT_PREFIX, NULL), kept);
	scene_cases++;
	return kept;
}

static void empty_directory(void)
{
	assert_int_equal(teardown(NULL), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
}

/* Each operation, killed before its first write and behind its last one: kept is what is done in the end. */
static void recover_scene(struct scene *scene)
{
	size_t kept;

	assert_int_equal(kept_after(scene, false), 0);
	kept = kept_after(scene, true);
	assert_int_equal(kept, scene_is_now(scene, scene->digest_after) ? 1 : 0);
	empty_directory();
}

static void test_recovered(void **state)
{
	scene_for_each(recover_scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_told_of_it, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_more_than_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_late_look_keeps_the_youngest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_longer_than_a_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_junk_is_set_aside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_another_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_done_but_not_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recovered, setup, teardown),
	};

	return cmocka_run_group_tests_name("intents", tests, NULL, NULL);
}
