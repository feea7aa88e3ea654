/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transaction: every write of every plan fails once, and the tree is as before. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "cleanup.h"
#include "scan.h"
#include "sysfs-tree.h"

static const int errors[] = { -EIO, -EBUSY, -EINVAL, -ENXIO, -ENOMEM, -ENOSPC, -EACCES };

static void plan_two_way(struct tree *tree, struct plan *plan)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	const struct create_request request = {
		.root_decoder = "decoder0.2",
		.size = 512ull << 20,
		.has_size = true,
		.new_uuid = "86077512-4a84-4dc1-b4ce-d7a3e2797808",
	};
	struct failure failure;

	assert_int_equal(scan_all(&tree->sysfs, NULL, &snapshot), 0);
	assert_int_equal(plan_create(snapshot, &request, plan, &failure), 0);
}

/* No region, no DPA: the normal form of an untouched host. */
static void assert_untouched(struct tree *tree)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;

	assert_int_equal(scan_all(&tree->sysfs, NULL, &snapshot), 0);
	assert_int_equal(snapshot->n_regions, 0);
	for (size_t i = 0; i < snapshot->n_decoders; i++)
		if (snapshot->decoders[i].kind == DECODER_ENDPOINT)
			assert_int_equal(snapshot->decoders[i].dpa_size, 0);
}

static const struct apply_watcher nobody = { NULL, NULL, NULL };

static void plan_named_delete(struct tree *tree, struct plan *plan)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct region_request request = { 0 };
	struct failure failure;

	assert_int_equal(scan_all(&tree->sysfs, NULL, &snapshot), 0);
	assert_int_equal(snapshot->n_regions, 1);
	request.region = snapshot->regions[0].name;
	assert_int_equal(plan_delete(snapshot, &request, plan, &failure), 0);
}

static void test_create_and_delete(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct failure failure;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
	assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), 0);
	assert_int_equal(snapshot->n_regions, 1);
	assert_string_equal(snapshot->regions[0].name, plan.region);
	assert_int_equal(snapshot->regions[0].inode, plan.region_inode);
	assert_true(snapshot->regions[0].committed && snapshot->regions[0].bound);
	assert_int_equal(snapshot->regions[0].size, 512ull << 20);
	plan_named_delete(&tree, &plan);
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
	assert_untouched(&tree);
	tree_free(&tree);
}

/* The tree is used again and again: after each failure it is as it was. */
static void fail_create(struct tree *tree, unsigned int at, int error, bool late)
{
	struct failure failure;
	struct plan plan;

	plan_two_way(tree, &plan);
	tree->writes = 0;
	tree->fail_at = at;
	tree->fail_with = error;
	tree->fail_late = late;
	assert_int_not_equal(apply_plan(&tree->sysfs, &plan, &nobody, &failure), 0);
	assert_int_equal(failure.code, ERROR_KERNEL_REFUSED);
	assert_int_equal(failure.errno_value, -error);
	assert_true(failure.step[0] && failure.attribute[0] && failure.value[0] && failure.message[0]);
	assert_int_equal(failure.outcome, at == 1 ? OUTCOME_UNCHANGED : OUTCOME_UNDONE);
	tree->fail_at = 0;
	assert_untouched(tree);
}

/*
 * The writes of a two-way create: claim, 4 of shape, mode, DPA and attach of the first target, DPA and attach of
 * the second and its mode, commit, bind. A mode that was written stays: it is not written again.
 */
#define CREATE_WRITES	    13
#define CREATE_WRITES_AGAIN 11

static void test_create_fails_at_each_write(void **state)
{
	struct tree tree;

	tree_load(&tree, "two-6.12");
	fail_create(&tree, CREATE_WRITES, -EIO, false); /* sets both modes */
	for (unsigned int at = 1; at <= CREATE_WRITES_AGAIN; at++)
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
			/* EBUSY says to a claim that somebody else took the name: then the next is taken. */
			if (at > 1 || errors[i] != -EBUSY)
				fail_create(&tree, at, errors[i], false);
	tree_free(&tree);
	for (unsigned int at = 1; at <= CREATE_WRITES; at++) {
		tree_load(&tree, "two-6.12");
		fail_create(&tree, at, -EIO, false);
		tree_free(&tree);
	}
}

static void test_a_name_that_somebody_took_is_asked_again(void **state)
{
	struct failure failure;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	tree.fail_at = 1;
	tree.fail_for = 3;
	tree.fail_with = -EBUSY;
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
	tree_free(&tree);
}

static void test_a_name_that_is_always_taken(void **state)
{
	struct failure failure;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	tree.fail_at = 1;
	tree.fail_for = 1000;
	tree.fail_with = -EBUSY;
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), ERROR_KERNEL_REFUSED);
	assert_string_equal(failure.step, "claim");
	assert_true(region_name_is_valid(REGION_NAME_REGION, failure.value));
	assert_non_null(strstr(failure.message, failure.value));
	assert_int_equal(failure.outcome, OUTCOME_UNCHANGED);
	tree_free(&tree);
}

/* The write took effect and failed all the same: the witness sees it, and it is undone with the rest. */
static void test_create_fails_after_its_effect(void **state)
{
	struct tree tree;

	tree_load(&tree, "two-6.12");
	for (unsigned int at = 2; at <= CREATE_WRITES_AGAIN; at++)
		fail_create(&tree, at, -EIO, true);
	tree_free(&tree);
}

static void test_interrupted_writes_are_made_again(void **state)
{
	struct tree tree;

	tree_load(&tree, "two-6.12");
	for (unsigned int at = 1; at <= CREATE_WRITES_AGAIN; at++) {
		struct failure failure;
		struct plan plan;

		plan_two_way(&tree, &plan);
		tree.writes = 0;
		tree.fail_at = at;
		tree.fail_with = -EINTR;
		tree.fail_late = at % 2 == 0;
		assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
		tree.fail_at = 0;
		plan_named_delete(&tree, &plan);
		assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
		assert_untouched(&tree);
	}
	tree_free(&tree);
}

/* Unbind, reset, 2 x detach, 2 x free DPA, delete. */
#define DELETE_WRITES 7

/*
 * Up to the reset a failure takes a delete back; behind it the delete rolls forward over what fails once.
 */
static void test_delete_fails_at_each_write(void **state)
{
	for (unsigned int at = 1; at <= DELETE_WRITES; at++) {
		CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
		struct failure failure;
		struct plan plan;
		struct tree tree;

		tree_load(&tree, "two-6.12");
		plan_two_way(&tree, &plan);
		assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
		plan_named_delete(&tree, &plan);
		tree.writes = 0;
		tree.fail_at = at;
		tree.fail_with = -EIO;
		if (at > 2) {
			assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
			assert_untouched(&tree);
			tree_free(&tree);
			continue;
		}
		assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), ERROR_KERNEL_REFUSED);
		assert_int_equal(failure.outcome, at == 1 ? OUTCOME_UNCHANGED : OUTCOME_UNDONE);
		assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), 0);
		assert_true(snapshot->regions[0].committed && snapshot->regions[0].bound);
		tree_free(&tree);
	}
}

/* What cannot be done at all is told: nobody is made to believe that the host is as before. */
static void test_undo_that_fails_is_told(void **state)
{
	struct failure failure;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	tree.fail_at = CREATE_WRITES;
	tree.fail_with = -EIO;
	tree.fail_for = 100;
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), ERROR_KERNEL_REFUSED);
	assert_int_equal(failure.outcome, OUTCOME_UNKNOWN);
	tree_free(&tree);
}

struct counter {
	unsigned int steps;
	unsigned int stop_at;
};

static void count(const struct plan *plan, unsigned int n, void *userdata)
{
	struct counter *counter = userdata;

	assert_int_equal(n, ++counter->steps);
}

static bool stop(void *userdata)
{
	struct counter *counter = userdata;

	return counter->steps == counter->stop_at;
}

static void test_cancel_between_steps(void **state)
{
	struct tree tree;

	tree_load(&tree, "two-6.12");
	for (unsigned int at = 0; at < CREATE_WRITES_AGAIN; at++) {
		struct counter counter = { 0, at };
		const struct apply_watcher watcher = { count, stop, &counter };
		struct failure failure;
		struct plan plan;

		plan_two_way(&tree, &plan);
		assert_int_equal(apply_plan(&tree.sysfs, &plan, &watcher, &failure), ERROR_CANCELLED);
		assert_int_equal(failure.outcome, at == 0 ? OUTCOME_UNCHANGED : OUTCOME_UNDONE);
		assert_untouched(&tree);
	}
	tree_free(&tree);
}

/*
 * Somebody else allocates DPA between the plan and the write: theirs is not freed, ours is undone. Also when it has
 * the very size that ours would have, and the mode is set already, so that nothing tells it apart but that we did not
 * write it.
 */
static void test_dpa_of_somebody_else_is_kept(void **state)
{
	struct counter counter = { 0, 0 };
	struct apply_watcher watcher = { count, stop, &counter };
	char path[512], mode[512], name[64];
	struct failure failure;
	uint64_t size = 0;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	snprintf(name, sizeof(name), "bus/cxl/devices/%s", plan.targets[1].decoder);
	snprintf(path, sizeof(path), "%s/dpa_size", name);
	tree_put(&tree, path, "0x10000000\n");
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), ERROR_CONFLICT);
	assert_int_equal(failure.outcome, OUTCOME_UNDONE);
	assert_int_equal(sysfs_read_u64(&tree.sysfs, SYSFS_ROOT, path, &size), 0);
	assert_int_equal(size, 0x10000000);

	/* With the modes set: the step is refused, or the job is stopped right before it. */
	for (unsigned int stop_at = 0; stop_at < 9; stop_at++) {
		tree_put(&tree, path, "0x0\n");
		snprintf(mode, sizeof(mode), "%s/mode", name);
		tree_put(&tree, mode, "pmem\n");
		plan_two_way(&tree, &plan);
		tree_put(&tree, path, "0x10000000\n");
		counter = (struct counter){ 0, stop_at };
		assert_int_not_equal(apply_plan(&tree.sysfs, &plan, &watcher, &failure), 0);
		assert_int_equal(sysfs_read_u64(&tree.sysfs, SYSFS_ROOT, path, &size), 0);
		assert_int_equal(size, 0x10000000);
	}
	tree_free(&tree);
}

static void lose_dpa_before_bind(const struct plan *plan, unsigned int n, void *userdata)
{
	char path[512];

	if (plan->steps[n - 1].kind != STEP_BIND)
		return;
	snprintf(path, sizeof(path), "bus/cxl/devices/%s/dpa_size", plan->targets[1].decoder);
	tree_put(userdata, path, "0x0\n");
}

/* An endpoint that is losing its driver has given its DPA back already: the kernel would crash of the bind. */
static void test_not_bound_without_dpa(void **state)
{
	struct failure failure;
	struct plan plan;
	struct tree tree;
	const struct apply_watcher watcher = { lose_dpa_before_bind, NULL, &tree };

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &watcher, &failure), ERROR_PORT_GONE);
	assert_int_equal(failure.outcome, OUTCOME_UNDONE);
	assert_string_equal(failure.object, plan.targets[1].decoder);
	assert_untouched(&tree);
	tree_free(&tree);
}

/* Somebody else bound it first: that is what was asked for, and nothing to undo. */
static void test_bound_by_somebody_else(void **state)
{
	struct failure failure;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	tree.fail_at = CREATE_WRITES; /* the bind */
	tree.fail_with = -EBUSY;
	tree.fail_late = true;
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
	tree_free(&tree);
}

/* The region that was planned with is gone, and another has its name: it is not touched. */
static void test_another_region_of_that_name(void **state)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct failure failure;
	struct plan plan;
	struct tree tree;

	tree_load(&tree, "two-6.12");
	plan_two_way(&tree, &plan);
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), 0);
	plan_named_delete(&tree, &plan);
	plan.region_inode++;
	assert_int_equal(apply_plan(&tree.sysfs, &plan, &nobody, &failure), ERROR_NOT_FOUND);
	assert_int_equal(failure.outcome, OUTCOME_UNCHANGED);
	assert_int_equal(scan_all(&tree.sysfs, NULL, &snapshot), 0);
	assert_true(snapshot->regions[0].committed && snapshot->regions[0].bound);
	tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_and_delete),
		cmocka_unit_test(test_create_fails_at_each_write),
		cmocka_unit_test(test_a_name_that_somebody_took_is_asked_again),
		cmocka_unit_test(test_a_name_that_is_always_taken),
		cmocka_unit_test(test_create_fails_after_its_effect),
		cmocka_unit_test(test_interrupted_writes_are_made_again),
		cmocka_unit_test(test_delete_fails_at_each_write),
		cmocka_unit_test(test_undo_that_fails_is_told),
		cmocka_unit_test(test_cancel_between_steps),
		cmocka_unit_test(test_dpa_of_somebody_else_is_kept),
		cmocka_unit_test(test_not_bound_without_dpa),
		cmocka_unit_test(test_bound_by_somebody_else),
		cmocka_unit_test(test_another_region_of_that_name),
	};

	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
