/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recovery on the fake: a process is killed before each write of every plan, and right behind it, and before each
 * write of its recovery. Afterwards the log leads to the host of before, or for what had to go forward to that of after.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fake-scene.h"
#include "recover.h"

#define BOOT "0b5ad5f6-1c3c-4b2e-8a4f-3f2f2c9b7d10"

static jmp_buf killed;
static unsigned int kill_at;
static bool kill_behind; /* its effect, not before */

/* Makes the write for the process that will not live to hear of it. */
static void make_write(struct fake *fake, const struct fake_write *write)
{
	bool is_driver = strcmp(write->object, "cxl_region") == 0;
	struct sysfs *sysfs = fake_sysfs(fake);
	char path[SYSFS_PATH_MAX];
	int dir;

	snprintf(path, sizeof(path), "%s/%s", is_driver ? "bus/cxl/drivers" : "bus/cxl/devices", write->object);
	dir = sysfs_open(sysfs, SYSFS_ROOT, path);
	assert_true(dir > 0);
	assert_int_equal(sysfs_write(sysfs, dir, write->attribute, write->value), 0);
	sysfs_close(sysfs, dir);
}

/* Leaves in the middle of what is being done, as SIGKILL does: nothing behind it runs. */
static void die(struct fake *fake, const struct fake_write *write, void *userdata)
{
	if (write->number != kill_at)
		return;
	if (kill_behind)
		make_write(fake, write);
	longjmp(killed, 1);
}

static void remove_log(int dir, const char *path, struct intent_log *log)
{
	intent_log_remove(log);
	close(dir);
	assert_int_equal(rmdir(path), 0);
}

/* Carries the plan of a scene out until its n-th write. */
static void run_until(struct scene *scene, struct intent_log *log, unsigned int n)
{
	static const struct intent_job job = { .id = 3, .kind = "test" };
	struct apply_watcher watcher = { NULL, NULL, NULL, log };
	struct plan plan = scene->plan;
	struct failure failure;

	fake_copy(scene->work, scene->before);
	kill_at = n;
	fake_hook(scene->work, die, NULL);
	intent_log_begin(log, &job, &plan);
	if (setjmp(killed) == 0) {
		apply_plan(fake_sysfs(scene->work), &plan, &watcher, &failure);
		fail_msg("there is no write %u", n);
	}
	fake_hook(scene->work, NULL, NULL);
}

/* Recovers, and is killed at the n-th write of that; 0: it is not. Returns whether it came to its end. */
static bool recover_until(struct scene *scene, struct intent_log *log, unsigned int n, enum outcome *ret_outcome)
{
	struct intent_record record;
	struct failure failure;
	int r;

	scene_cases++;
	assert_int_equal(intent_log_read(log, BOOT, &record), 0);
	kill_at = n > 0 ? fake_writes(scene->work) + n : 0;
	fake_hook(scene->work, die, NULL);
	if (setjmp(killed) != 0) {
		fake_hook(scene->work, NULL, NULL);
		return false;
	}
	r = recover(fake_sysfs(scene->work), &record, log, ret_outcome, &failure);
	fake_hook(scene->work, NULL, NULL);
	if (r != 0)
		fail_msg("recovery fails: %s", failure.message);
	return true;
}

static void recover_whole(struct scene *scene, struct intent_log *log, unsigned int at)
{
	enum outcome outcome = OUTCOME_UNKNOWN;
	const char *digest;

	assert_true(recover_until(scene, log, 0, &outcome));
	digest = outcome == OUTCOME_DONE ? scene->digest_after : scene->digest_before;
	if (scene_is_now(scene, digest) && fake_splat(scene->work)[0] == '\0')
		return;
	print_message("killed at write %u, recovered as %s\n", at, outcome_name(outcome));
	scene_complain(scene, NULL, 0, NULL, outcome == OUTCOME_DONE ? scene->after : scene->before);
}

static struct intent_log *make_log(int *ret_dir, char *path)
{
	struct intent_log *log;

	assert_non_null(mkdtemp(path));
	*ret_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(intent_log_new(*ret_dir, BOOT, &log), 0);
	return log;
}

/* Killed at each write; and, while that is recovered, at each write of the recovery. */
static void kill_everywhere(struct scene *scene)
{
	char path[] = "/tmp/test-recover-XXXXXX";
	struct intent_log *log;
	enum outcome ignored;
	int dir;

	log = make_log(&dir, path);
	for (unsigned int at = 1; at <= scene->writes; at++) {
		run_until(scene, log, at);
		recover_whole(scene, log, at);
		for (unsigned int again = 1;; again++) {
			run_until(scene, log, at);
			if (recover_until(scene, log, again, &ignored))
				break;
			recover_whole(scene, log, at);
		}
	}
	remove_log(dir, path, log);
}

static void test_killed_before_each_write(void **state)
{
	kill_behind = false;
	scene_for_each(kill_everywhere);
}

/* Each write has its effect, and nobody lived to note it. */
static void test_killed_behind_each_write(void **state)
{
	kill_behind = true;
	scene_for_each(kill_everywhere);
}

/* From the n-th write on the kernel refuses all: what is left is in the log, and is recovered once it does not. */
static void refuse_from(struct scene *scene, struct intent_log *log, unsigned int n)
{
	const struct fake_fault fault = { .at = n, .error = -EIO, .times = UINT32_MAX };
	static const struct intent_job job = { 5, 0, "test" };
	const struct apply_watcher watcher = { NULL, NULL, NULL, log };
	struct plan plan = scene->plan;
	struct failure failure;

	fake_copy(scene->work, scene->before);
	fake_fail(scene->work, &fault);
	intent_log_begin(log, &job, &plan);
	assert_int_not_equal(apply_plan(fake_sysfs(scene->work), &plan, &watcher, &failure), 0);
	fake_fail_none(scene->work);
	if (failure.outcome == OUTCOME_UNKNOWN)
		recover_whole(scene, log, n);
	else
		assert_true(scene_is_now(scene, scene->digest_before));
}

static void refuse_everywhere(struct scene *scene)
{
	char path[] = "/tmp/test-recover-XXXXXX";
	struct intent_log *log;
	int dir;

	log = make_log(&dir, path);
	for (unsigned int n = 1; n <= scene->writes; n++)
		refuse_from(scene, log, n);
	remove_log(dir, path, log);
}

static void test_refused_from_each_write_on(void **state)
{
	scene_for_each(refuse_everywhere);
}

static unsigned int write_of(const struct scene *scene, const char *attribute)
{
	for (unsigned int i = 0; i < scene->writes; i++)
		if (strcmp(scene->attributes[i], attribute) == 0)
			return i + 1;
	return 0;
}

/* Killed before the bind; then a rescan of the bus binds what was committed. It is unbound in order, and taken back. */
static void bind_before_recovery(struct scene *scene)
{
	unsigned int bind = write_of(scene, "bind");
	char path[] = "/tmp/test-recover-XXXXXX";
	struct intent_record record;
	struct intent_log *log;
	int dir, drivers;

	if (scene->operation != OPERATION_CREATE)
		return;
	log = make_log(&dir, path);
	run_until(scene, log, bind);
	assert_int_equal(intent_log_read(log, BOOT, &record), 0);
	drivers = sysfs_open(fake_sysfs(scene->work), SYSFS_ROOT, "bus/cxl/drivers/cxl_region");
	assert_int_equal(sysfs_write(fake_sysfs(scene->work), drivers, "bind", record.plan.region), 0);
	sysfs_close(fake_sysfs(scene->work), drivers);
	recover_whole(scene, log, bind);
	remove_log(dir, path, log);
}

static void test_bound_by_somebody_before_recovery(void **state)
{
	kill_behind = false;
	scene_for_each(bind_before_recovery);
}

static int open_target(struct scene *scene)
{
	char path[SYSFS_PATH_MAX];
	unsigned int i = 0;

	while (scene->plan.steps[i].kind != STEP_DPA)
		i++;
	snprintf(path, sizeof(path), "bus/cxl/devices/%s", scene->plan.targets[scene->plan.steps[i].target].decoder);
	return sysfs_open(fake_sysfs(scene->work), SYSFS_ROOT, path);
}

/* Killed behind the first DPA; then somebody else frees it and takes another size: that is left alone. */
static void reallocate_before_recovery(struct scene *scene)
{
	char path[] = "/tmp/test-recover-XXXXXX", value[32] = "";
	enum outcome outcome = OUTCOME_UNKNOWN;
	struct intent_log *log;
	int dir, decoder;

	if (scene->operation != OPERATION_CREATE)
		return;
	log = make_log(&dir, path);
	run_until(scene, log, write_of(scene, "dpa_size") + 1);
	decoder = open_target(scene);
	assert_int_equal(sysfs_write(fake_sysfs(scene->work), decoder, "dpa_size", "0"), 0);
	assert_int_equal(sysfs_write(fake_sysfs(scene->work), decoder, "dpa_size", "0x20000000"), 0);
	assert_true(recover_until(scene, log, 0, &outcome));
	assert_true(sysfs_read(fake_sysfs(scene->work), decoder, "dpa_size", value, sizeof(value)) > 0);
	assert_int_equal(strtoull(value, NULL, 16), 0x20000000);
	sysfs_close(fake_sysfs(scene->work), decoder);
	remove_log(dir, path, log);
}

static void test_dpa_of_somebody_else_is_kept(void **state)
{
	kill_behind = false;
	scene_for_each(reallocate_before_recovery);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_before_each_write),
		cmocka_unit_test(test_killed_behind_each_write),
		cmocka_unit_test(test_refused_from_each_write_on),
		cmocka_unit_test(test_bound_by_somebody_before_recovery),
		cmocka_unit_test(test_dpa_of_somebody_else_is_kept),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
