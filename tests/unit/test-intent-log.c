/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of a job: what is written is read again, and nothing that is torn, cut, foreign or hostile is believed. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "intent-log.h"

#define BOOT  "0b5ad5f6-1c3c-4b2e-8a4f-3f2f2c9b7d10"
#define PAGE  4096
#define OTHER "7d1f3f2f-1c3c-4b2e-8a4f-0b5ad5f62c9b"

static char directory[64];
static int dir = -1;

static int setup(void **state)
{
	strcpy(directory, "/tmp/test-intent-log-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	char command[128];

	close(dir);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static const struct intent_job job = { 7, 1000, "create", "order-1", 0xfedcba9876543210u };

static void fill_plan(struct plan *plan)
{
	*plan = (struct plan){ .root_inode = 11, .type = REGION_TYPE_RAM, .size = 1ull << 30, .ways = 2 };
	strcpy(plan->root_decoder, "decoder0.2");
	plan->n_targets = 2;
	for (unsigned int i = 0; i < 2; i++) {
		plan->targets[i] =
			(struct plan_target){ .position = i, .decoder_inode = 20 + i, .dpa_size = 512ull << 20 };
		snprintf(plan->targets[i].memdev, REGION_NAME_MAX, "mem%u", i);
		snprintf(plan->targets[i].decoder, REGION_NAME_MAX, "decoder%u.0", 3 + i);
	}
	plan_add(plan, STEP_CLAIM, -1);
	plan_add(plan, STEP_SIZE, -1);
	plan_add(plan, STEP_DPA, 0);
	plan_add(plan, STEP_DPA, 1);
	plan_add(plan, STEP_ATTACH, 1);
}

/* The name of the one file there is. */
static void find_file(char *name)
{
	char command[160];
	FILE *list;

	snprintf(command, sizeof(command), "ls %s", directory);
	list = popen(command, "re");
	assert_non_null(list);
	assert_non_null(fgets(name, 64, list));
	name[strcspn(name, "\n")] = '\0';
	pclose(list);
}

static struct intent_log *begin(void)
{
	struct intent_log *log;
	struct plan plan;

	fill_plan(&plan);
	assert_int_equal(intent_log_new(dir, BOOT, &log), 0);
	intent_log_begin(log, &job, &plan);
	return log;
}

static void read_by_name(struct intent_record *record, int expected)
{
	struct intent_log *log;
	char name[64];

	find_file(name);
	assert_int_equal(intent_log_look(dir, name, &log), 0);
	assert_int_equal(intent_log_read(log, BOOT, record), expected);
	intent_log_free(log);
}

static void test_what_is_written_is_read(void **state)
{
	struct intent_log *log = begin();
	struct intent_record record;
	struct plan plan;

	fill_plan(&plan);
	intent_log_mark(log, 0, INTENT_DONE);
	intent_log_mark(log, 1, INTENT_UNDOING);
	intent_log_mark(log, 2, INTENT_BEGUN);
	intent_log_mark(log, PLAN_STEPS_MAX, INTENT_DONE); /* of no step */
	read_by_name(&record, 0);
	assert_int_equal(record.state, INTENT_ACTIVE);
	assert_int_equal(record.job.id, 7);
	assert_int_equal(record.job.uid, 1000);
	assert_string_equal(record.job.kind, "create");
	assert_string_equal(record.job.key, "order-1");
	assert_true(record.job.hash == 0xfedcba9876543210u);
	assert_string_equal(record.plan.region, "");
	assert_false(record.claiming);
	assert_int_equal(record.plan.root_inode, 11);
	assert_string_equal(record.plan.root_decoder, "decoder0.2");
	assert_int_equal(record.plan.size, plan.size);
	assert_int_equal(record.plan.type, REGION_TYPE_RAM);
	assert_int_equal(record.plan.n_targets, 2);
	assert_string_equal(record.plan.targets[1].decoder, "decoder4.0");
	assert_int_equal(record.plan.targets[1].decoder_inode, 21);
	assert_int_equal(record.plan.targets[1].dpa_size, 512ull << 20);
	assert_int_equal(record.plan.n_steps, 5);
	assert_int_equal(record.plan.steps[4].kind, STEP_ATTACH);
	assert_int_equal(record.plan.steps[4].target, 1);
	assert_int_equal(record.marks[0], INTENT_DONE);
	assert_int_equal(record.marks[1], INTENT_UNDOING);
	assert_int_equal(record.marks[2], INTENT_BEGUN);
	assert_int_equal(record.marks[3], INTENT_UNTOUCHED);
	intent_log_remove(log);
}

static void test_a_region_that_is_claimed(void **state)
{
	struct intent_log *log = begin();
	struct intent_record record;

	intent_log_claiming(log, "region3");
	read_by_name(&record, 0);
	assert_true(record.claiming);
	assert_string_equal(record.plan.region, "region3");
	assert_int_equal(record.plan.region_inode, 0);
	intent_log_claimed(log, 99);
	read_by_name(&record, 0);
	assert_false(record.claiming);
	assert_int_equal(record.plan.region_inode, 99);
	intent_log_claiming(log, NULL);
	read_by_name(&record, 0);
	assert_string_equal(record.plan.region, "");
	intent_log_remove(log);
}

static void test_a_region_that_was_there(void **state)
{
	struct intent_record record;
	struct intent_log *log;
	struct plan plan;

	fill_plan(&plan);
	strcpy(plan.region, "region12");
	plan.region_inode = 1234;
	assert_int_equal(intent_log_new(dir, BOOT, &log), 0);
	intent_log_begin(log, &job, &plan);
	read_by_name(&record, 0);
	assert_string_equal(record.plan.region, "region12");
	assert_int_equal(record.plan.region_inode, 1234);
	assert_false(record.claiming);
	intent_log_remove(log);
}

static void test_the_life_of_a_log(void **state)
{
	struct intent_log *log = begin();
	struct intent_record record;
	struct plan plan;

	assert_true(intent_log_end(log, OUTCOME_UNDONE));
	read_by_name(&record, 0);
	assert_int_equal(record.state, INTENT_ENDED);
	assert_int_equal(record.outcome, OUTCOME_UNDONE);
	intent_log_release(log);
	read_by_name(&record, 0);
	assert_int_equal(record.state, INTENT_FREE);
	/* It serves another job, of which nothing of the first can be seen. */
	intent_log_mark(log, 0, INTENT_DONE);
	intent_log_claiming(log, "region1");
	fill_plan(&plan);
	intent_log_begin(log, &job, &plan);
	read_by_name(&record, 0);
	assert_int_equal(record.marks[0], INTENT_UNTOUCHED);
	assert_string_equal(record.plan.region, "");
	/* What could not be undone stays to be recovered. */
	assert_false(intent_log_end(log, OUTCOME_UNKNOWN));
	read_by_name(&record, 0);
	assert_int_equal(record.state, INTENT_ACTIVE);
	intent_log_remove(log);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
	close(dir);
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void test_a_log_that_is_kept(void **state)
{
	struct timespec before, *kept;
	struct intent_record record;
	struct intent_log *log;
	char name[64];
	struct stat st;

	clock_gettime(CLOCK_REALTIME, &before);
	log = begin();
	assert_true(intent_log_end(log, OUTCOME_DONE));
	assert_int_equal(intent_log_keep(log), 0);
	find_file(name);
	assert_int_equal(strncmp(name, INTENT_KEPT_PREFIX, strlen(INTENT_KEPT_PREFIX)), 0);
	assert_int_equal(strlen(name), strlen(INTENT_KEPT_PREFIX) + 6);
	assert_int_equal(fstatat(dir, name, &st, 0), 0);
	kept = &st.st_mtim;
	assert_true(kept->tv_sec > before.tv_sec || kept->tv_nsec >= before.tv_nsec);
	assert_int_equal(intent_log_open(dir, name, &log), 0); /* nobody holds it */
	assert_int_equal(intent_log_read(log, BOOT, &record), 0);
	assert_int_equal(record.outcome, OUTCOME_DONE);
	assert_string_equal(record.job.key, "order-1");
	intent_log_remove(log);
}

/* What cannot be kept is held as before. */
static void test_a_log_that_cannot_be_kept(void **state)
{
	struct intent_log *log = begin();
	char name[64];

	find_file(name);
	assert_int_equal(unlinkat(dir, name, 0), 0);
	assert_int_equal(intent_log_keep(log), -ENOENT);
	intent_log_release(log);
	intent_log_free(log);
}

static void test_a_log_is_locked_as_long_as_its_process_lives(void **state)
{
	struct intent_log *log;
	char name[64], ready;
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		intent_log_mark(begin(), 0, INTENT_BEGUN);
		if (write(pipes[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &ready, 1), 1);
	find_file(name);
	assert_int_equal(intent_log_open(dir, name, &log), -EWOULDBLOCK);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	/* What was noted has survived its process, without a write to any file. */
	assert_int_equal(intent_log_open(dir, name, &log), 0);
	{
		struct intent_record record;

		assert_int_equal(intent_log_read(log, BOOT, &record), 0);
		assert_int_equal(record.state, INTENT_ACTIVE);
		assert_int_equal(record.marks[0], INTENT_BEGUN);
	}
	intent_log_remove(log);
	assert_int_equal(intent_log_open(dir, name, &log), -ENOENT);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_of_another_boot(void **state)
{
	struct intent_log *log = begin();
	struct intent_record record;

	assert_int_equal(intent_log_read(log, OTHER, &record), -ESTALE);
	intent_log_remove(log);
}

static void write_file(const char *name, const void *data, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static void test_what_is_no_log(void **state)
{
	static const char garbage[PAGE] = { 'x' };
	struct intent_record record;
	struct intent_log *log;

	write_file("job-a", garbage, PAGE - 1);
	assert_int_equal(intent_log_open(dir, "job-a", &log), -EBADMSG);
	write_file("job-a", garbage, 0);
	assert_int_equal(intent_log_look(dir, "job-a", &log), -ENODATA);
	assert_int_equal(intent_log_open(dir, "job-a", &log), -ENODATA);
	assert_int_equal(intent_log_open(dir, "job-a", &log), -ENOENT);
	assert_int_equal(symlinkat("/etc/passwd", dir, "job-a"), 0);
	assert_int_equal(intent_log_open(dir, "job-a", &log), -ELOOP);
	assert_int_equal(unlinkat(dir, "job-a", 0), 0);
	assert_int_equal(mkdirat(dir, "job-a", 0700), 0);
	assert_true(intent_log_open(dir, "job-a", &log) < 0);
	assert_int_equal(unlinkat(dir, "job-a", AT_REMOVEDIR), 0);
	assert_int_equal(mkfifoat(dir, "job-a", 0600), 0);
	assert_int_equal(intent_log_open(dir, "job-a", &log), -EBADMSG);
	assert_int_equal(unlinkat(dir, "job-a", 0), 0);
	/* Of the right size: state 0 is a free one, and all else is checked. */
	write_file("job-a", garbage, PAGE);
	assert_int_equal(intent_log_open(dir, "job-a", &log), 0);
	assert_int_equal(intent_log_read(log, BOOT, &record), 0);
	assert_int_equal(record.state, INTENT_FREE);
	intent_log_remove(log);
}

static uint64_t sum(const unsigned char *bytes, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof(word));
		hash = (hash ^ word) * 0x100000001b3u;
		hash ^= hash >> 32;
	}
	return hash;
}

/* The head of a page is what its checksum, which stands behind it, is right for. */
static size_t head_size(const unsigned char *page)
{
	for (size_t size = 8; size < PAGE; size += 8) {
		uint64_t checksum = sum(page, size);

		if (memcmp(page + size, &checksum, sizeof(checksum)) == 0)
			return size;
	}
	fail_msg("the page has no checksum");
	return 0;
}

/* Somebody who can sum up wrote a text that has no end. */
static void test_a_key_without_end(void **state)
{
	struct intent_log *log = begin();
	unsigned char page[PAGE], *key;
	struct intent_record record;
	uint64_t checksum;
	char name[64];
	size_t size;
	int fd;

	find_file(name);
	fd = openat(dir, name, O_RDWR | O_CLOEXEC);
	assert_int_equal(read(fd, page, PAGE), PAGE);
	size = head_size(page);
	key = memmem(page, size, "order-1", 7);
	assert_non_null(key);
	for (int length = INTENT_KEY_MAX - 1; length <= INTENT_KEY_MAX; length++) {
		memset(key, 'x', (size_t)length);
		checksum = sum(page, size);
		memcpy(page + size, &checksum, sizeof(checksum));
		assert_int_equal(pwrite(fd, page, PAGE, 0), PAGE);
		assert_int_equal(intent_log_read(log, BOOT, &record), length < INTENT_KEY_MAX ? 0 : -EBADMSG);
	}
	close(fd);
	intent_log_remove(log);
}

/* Each byte of a log changed, one at a time, to several values: it is refused, or read without harm. */
static void test_damaged_logs(void **state)
{
	static const unsigned char masks[] = { 0x01, 0x80, 0xff };
	unsigned char page[PAGE], damaged[PAGE];
	unsigned int refused = 0, other = 0;
	struct intent_log *log = begin();
	struct intent_record record;
	char name[64];
	int fd;

	intent_log_claiming(log, "region3");
	intent_log_claimed(log, 5);
	intent_log_mark(log, 0, INTENT_DONE);
	find_file(name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, page, PAGE), PAGE);
	close(fd);
	intent_log_remove(log);
	for (unsigned int i = 0; i < PAGE; i++)
		for (unsigned int k = 0; k < ARRAY_SIZE(masks); k++) {
			memcpy(damaged, page, PAGE);
			damaged[i] ^= masks[k];
			write_file("job-a", damaged, PAGE);
			assert_int_equal(intent_log_open(dir, "job-a", &log), 0);
			if (intent_log_read(log, BOOT, &record) < 0) {
				refused++;
			} else {
				other++;
				assert_true(record.plan.n_targets <= REGION_WAYS_MAX);
				assert_true(record.plan.region[0] == '\0' ||
					    region_name_is_valid(REGION_NAME_REGION, record.plan.region));
			}
			intent_log_remove(log);
		}
	/* The head is under a checksum: not one change of it is taken. */
	assert_true(refused >= 3 * 1700);
	assert_true(other > 0);
}

static void test_no_room(void **state)
{
	struct intent_log *log;
	int closed = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(closed >= 0);
	assert_true(intent_log_new(closed, BOOT, &log) < 0);
	close(closed);
}

/* Without a log all notes go nowhere. */
static void test_no_log(void **state)
{
	struct plan plan;

	fill_plan(&plan);
	intent_log_begin(NULL, &job, &plan);
	intent_log_claiming(NULL, "region0");
	intent_log_claimed(NULL, 1);
	intent_log_mark(NULL, 0, INTENT_DONE);
	intent_log_release(NULL);
	assert_false(intent_log_end(NULL, OUTCOME_DONE));
	intent_log_free(NULL);
	intent_log_remove(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_written_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_region_that_is_claimed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_region_that_was_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_life_of_a_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_log_that_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_log_that_cannot_be_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_key_without_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_log_is_locked_as_long_as_its_process_lives, setup, teardown),
		cmocka_unit_test_setup_teardown(test_of_another_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_logs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test(test_no_log),
	};

	return cmocka_run_group_tests_name("intent log", tests, NULL, NULL);
}
