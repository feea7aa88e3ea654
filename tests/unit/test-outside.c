/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real inotify, on directories that stand for those of decoders in sysfs. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "outside.h"

#define SECOND 1000000ull

struct fixture {
	char directory[64];
	sd_event *event;
	struct outside outside;
	const char *ours; /* a decoder that a job of ours has, or NULL */
	unsigned int asked;
	uint64_t asked_since;
	char seen[512]; /* what other programs wrote; "!" is worth telling */
	unsigned int lost;
};

static bool on_is_ours(void *userdata, const char *decoder, uint64_t since_usec)
{
	struct fixture *fixture = userdata;

	fixture->asked++;
	fixture->asked_since = since_usec;
	return fixture->ours && strcmp(fixture->ours, decoder) == 0;
}

static void on_seen(void *userdata, const char *decoder, const char *attribute, bool worth_telling)
{
	struct fixture *fixture = userdata;
	size_t length = strlen(fixture->seen);

	snprintf(fixture->seen + length, sizeof(fixture->seen) - length, "%s/%s%s ", decoder, attribute,
		 worth_telling ? "!" : "");
}

static void on_lost(void *userdata)
{
	((struct fixture *)userdata)->lost++;
}

static const struct outside_ops ops = { .is_ours = on_is_ours, .seen = on_seen, .lost = on_lost };

static void path_of(struct fixture *fixture, char *path, const char *decoder, const char *attribute)
{
	snprintf(path, 256, "%s/%s%s%s", fixture->directory, decoder, attribute ? "/" : "", attribute ? attribute : "");
}

static void attribute_write(struct fixture *fixture, const char *decoder, const char *attribute)
{
	char path[256];
	int fd;

	path_of(fixture, path, decoder, attribute);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "1", 1), 1);
	close(fd);
}

static const char *const attributes[] = {
	"create_pmem_region", "create_ram_region", "delete_region", "dpa_size", "mode", "uevent"
};

static void decoder_add(struct fixture *fixture, const char *decoder)
{
	char path[256];

	path_of(fixture, path, decoder, NULL);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		attribute_write(fixture, decoder, attributes[i]);
}

static void decoder_remove(struct fixture *fixture, const char *decoder)
{
	char path[256];

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		path_of(fixture, path, decoder, attributes[i]);
		unlink(path);
	}
	path_of(fixture, path, decoder, NULL);
	rmdir(path);
}

static void watch(struct fixture *fixture, const char *decoders)
{
	struct json_object *topology = json_tokener_parse(decoders);

	assert_non_null(topology);
	outside_watch(&fixture->outside, topology);
	json_object_put(topology);
}

#define BOTH  "{\"decoders\":[{\"decoder\":\"decoder0.0\"},{\"decoder\":\"decoder3.0\"}]}"
#define FIRST "{\"decoders\":[{\"decoder\":\"decoder0.0\"}]}"

/* Lets the loop take what there is; a source that rests is woken, so that tests need not wait for it. */
static const char *look(struct fixture *fixture)
{
	fixture->seen[0] = '\0';
	sd_event_source_set_ratelimit(fixture->outside.io, 0, 0);
	while (sd_event_run(fixture->event, 0) > 0)
		;
	return fixture->seen;
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .directory = "/tmp/test-outside-XXXXXX" };
	*state = &fixture;
	if (!mkdtemp(fixture.directory) || sd_event_new(&fixture.event) < 0)
		return -1;
	if (outside_init(&fixture.outside, fixture.event, fixture.directory, &ops, &fixture) < 0)
		return -1;
	decoder_add(&fixture, "decoder0.0");
	decoder_add(&fixture, "decoder3.0");
	watch(&fixture, BOTH);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	outside_done(&fixture->outside);
	sd_event_unref(fixture->event);
	decoder_remove(fixture, "decoder0.0");
	decoder_remove(fixture, "decoder3.0");
	return rmdir(fixture->directory);
}

static void test_seen(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(look(fixture), "");
	attribute_write(fixture, "decoder3.0", "dpa_size");
	assert_string_equal(look(fixture), "decoder3.0/dpa_size! ");
	attribute_write(fixture, "decoder3.0", "mode");
	attribute_write(fixture, "decoder0.0", "create_pmem_region");
	assert_string_equal(look(fixture), "decoder3.0/mode decoder0.0/create_pmem_region! ");
	attribute_write(fixture, "decoder0.0", "create_ram_region");
	attribute_write(fixture, "decoder0.0", "delete_region");
	assert_string_equal(look(fixture), "decoder0.0/create_ram_region decoder0.0/delete_region ");
	/* udevadm trigger writes to this one of each device. */
	attribute_write(fixture, "decoder0.0", "uevent");
	assert_string_equal(look(fixture), "");
}

static void test_ours(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = fixture->outside.empty_usec, first;

	fixture->ours = "decoder3.0";
	for (int i = 0; i < 20; i++) {
		attribute_write(fixture, "decoder3.0", "dpa_size");
		attribute_write(fixture, "decoder3.0", "mode");
	}
	assert_string_equal(look(fixture), "");
	assert_int_equal(fixture->asked, 1); /* not for each of them */
	/* It is asked about all the time in which it can have been written. */
	assert_int_equal(fixture->asked_since, before);
	first = fixture->outside.empty_usec;
	assert_true(first > before);
	fixture->ours = NULL;
	attribute_write(fixture, "decoder3.0", "mode");
	assert_string_equal(look(fixture), "decoder3.0/mode! ");
	assert_int_equal(fixture->asked_since, first);
	/* However long the queue was empty: what is read now was not written before the grace period. */
	fixture->outside.empty_usec = 0;
	attribute_write(fixture, "decoder3.0", "mode");
	first = clock_now();
	look(fixture);
	assert_true(fixture->asked_since + OUTSIDE_GRACE_USEC >= first);
}

static void test_told_once_a_minute(void **state)
{
	struct fixture *fixture = *state;

	attribute_write(fixture, "decoder3.0", "dpa_size");
	assert_string_equal(look(fixture), "decoder3.0/dpa_size! ");
	fixture->outside.watches[1].told_usec -= OUTSIDE_TOLD_USEC - 10 * SECOND;
	attribute_write(fixture, "decoder3.0", "dpa_size");
	assert_string_equal(look(fixture), "decoder3.0/dpa_size ");
	fixture->outside.watches[1].told_usec -= 10 * SECOND;
	attribute_write(fixture, "decoder3.0", "dpa_size");
	assert_string_equal(look(fixture), "decoder3.0/dpa_size! ");
}

/* A decoder that went and came back is another directory, and one that is only named again stays as it is. */
static void test_renewed(void **state)
{
	struct fixture *fixture = *state;

	attribute_write(fixture, "decoder3.0", "dpa_size");
	watch(fixture, BOTH);
	assert_string_equal(look(fixture), "decoder3.0/dpa_size! ");
	decoder_remove(fixture, "decoder3.0");
	decoder_add(fixture, "decoder3.0");
	attribute_write(fixture, "decoder3.0", "mode");
	assert_string_equal(look(fixture), "");
	watch(fixture, BOTH);
	assert_int_equal(fixture->outside.n, 2);
	attribute_write(fixture, "decoder3.0", "mode");
	assert_string_equal(look(fixture), "decoder3.0/mode ");
	watch(fixture, FIRST);
	assert_int_equal(fixture->outside.n, 1);
	attribute_write(fixture, "decoder3.0", "mode");
	attribute_write(fixture, "decoder0.0", "delete_region");
	assert_string_equal(look(fixture), "decoder0.0/delete_region! ");
	/* One that is gone by now, one that names a path, and one without a name. */
	watch(fixture, "{\"decoders\":[{\"decoder\":\"decoder9.0\"},{\"decoder\":\"../decoder0.0\"},{}]}");
	attribute_write(fixture, "decoder0.0", "delete_region");
	assert_string_equal(look(fixture), "");
}

/* How many directories the kernel watches for us. */
static size_t count_watched(struct fixture *fixture)
{
	char path[64], line[256];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fixture->outside.fd);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		n += strncmp(line, "inotify wd:", strlen("inotify wd:")) == 0;
	fclose(file);
	return n;
}

/* sysfs does not tell that a watched directory is gone: here it is only out of the way. */
static void test_no_watch_is_left(void **state)
{
	struct fixture *fixture = *state;
	char path[256], away[256];

	path_of(fixture, path, "decoder3.0", NULL);
	path_of(fixture, away, "decoder9.9", NULL);
	assert_int_equal(rename(path, away), 0);
	decoder_add(fixture, "decoder3.0");
	watch(fixture, BOTH);
	assert_int_equal(count_watched(fixture), 2);
	watch(fixture, FIRST);
	assert_int_equal(count_watched(fixture), 1);
	decoder_remove(fixture, "decoder9.9");
}

static void assert_problems(struct fixture *fixture, uint64_t now, const char *expected)
{
	struct json_object *sentences = json_object_new_array();

	assert_int_equal(outside_add_problems(&fixture->outside, now, sentences), 0);
	assert_string_equal(json_object_to_json_string_ext(sentences, JSON_C_TO_STRING_PLAIN), expected);
	json_object_put(sentences);
}

static void test_problems(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now = clock_now();

	assert_problems(fixture, now, "[]");
	attribute_write(fixture, "decoder3.0", "mode");
	attribute_write(fixture, "decoder3.0", "dpa_size");
	look(fixture);
	now = fixture->outside.watches[1].seen_usec;
	assert_problems(fixture, now + 12 * SECOND,
			"[\"decoder3.0's dpa_size was written by another program 12 s ago.\"]");
	assert_problems(fixture, now + OUTSIDE_PROBLEM_USEC, "[]");
}

/* Much more than one read takes, and one write of a job that ends meanwhile. */
static void test_many(void **state)
{
	struct fixture *fixture = *state;
	uint64_t before = clock_now();

	fixture->ours = "decoder3.0";
	for (int i = 0; i < 2000; i++)
		attribute_write(fixture, "decoder3.0", i % 2 ? "mode" : "dpa_size");
	attribute_write(fixture, "decoder0.0", "delete_region");
	assert_string_equal(look(fixture), "decoder0.0/delete_region! ");
	assert_int_equal(fixture->lost, 0);
	assert_int_equal(fixture->asked, 2); /* once for each decoder: it was all read at one time */
	assert_true(fixture->outside.empty_usec > before);
}

/* So much that the kernel drops some of it, as told by the limit of this machine. */
static void test_overflow(void **state)
{
	struct fixture *fixture = *state;
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	int limit = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &limit), 1);
	fclose(file);
	fixture->ours = "decoder3.0";
	for (int i = 0; i <= limit; i++)
		attribute_write(fixture, "decoder3.0", i % 2 ? "mode" : "dpa_size");
	assert_string_equal(look(fixture), "");
	assert_int_equal(fixture->lost, 1);
}

/* It rests between two looks, so that a job's writes are read together. */
static void test_rests(void **state)
{
	struct fixture *fixture = *state;

	attribute_write(fixture, "decoder3.0", "mode");
	while (sd_event_run(fixture->event, 0) > 0)
		;
	attribute_write(fixture, "decoder3.0", "dpa_size");
	while (sd_event_run(fixture->event, 0) > 0)
		;
	assert_string_equal(fixture->seen, "decoder3.0/mode! ");
	while (!strstr(fixture->seen, "dpa_size"))
		assert_true(sd_event_run(fixture->event, 10 * SECOND) > 0);
}

static void test_without(void **state)
{
	struct outside outside = {};
	struct json_object *topology = json_tokener_parse(BOTH), *sentences = json_object_new_array();

	outside_watch(&outside, topology);
	assert_int_equal(outside.n, 0);
	assert_int_equal(outside_add_problems(&outside, 0, sentences), 0);
	outside_done(&outside);
	json_object_put(topology);
	json_object_put(sentences);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_once_a_minute, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renewed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_watch_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(test_problems, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overflow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rests, setup, teardown),
		cmocka_unit_test(test_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
