/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine on the fake: every plan is done and undone; then every write of every plan fails, with each errno that
 * the kernel can give there, before and after its effect; then an undo fails on top of it. Afterwards the host is in
 * the normal form of before, or for a delete that rolled forward in that of after.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "consumers.h"
#include "fake-scene.h"
#include "scan.h"
#include "snapshot-json.h"

/*
 * What the kernel can answer to a write: the errnos of the rules (fake's files name the functions), ENOMEM where it
 * allocates, EINTR where it waits for a lock that a signal ends, EIO and ETIMEDOUT of a decoder that does not commit.
 * ENOENT and ENODEV everywhere: the object may go before or within the write.
 *
 * A create that fails has made no region: the kernel takes it back itself.
 */
static const struct {
	const char *attribute;
	int errors[8];
	bool also_after;
} answers[] = {
	{ "create_pmem_region", { EBUSY, EINTR, ENOMEM, ENOSPC, ENXIO, ENOENT, ENODEV }, false },
	{ "create_ram_region", { EBUSY, EINTR, ENOMEM, ENOSPC, ENXIO, ENOENT, ENODEV }, false },
	{ "interleave_granularity", { EBUSY, EINTR, EINVAL, ENOENT, ENODEV }, true },
	{ "interleave_ways", { EBUSY, EINTR, EINVAL, ENOMEM, ENOENT, ENODEV }, true },
	{ "uuid", { EBUSY, EINTR, EINVAL, ENOENT, ENODEV }, true },
	{ "size", { EBUSY, EINTR, EINVAL, ENOMEM, ENXIO, ERANGE, ENOENT, ENODEV }, true },
	{ "mode", { EBUSY, EINVAL, ENXIO, ENOENT, ENODEV }, true },
	{ "dpa_size", { EBUSY, EINVAL, ENOMEM, ENOSPC, ENOENT, ENODEV }, true },
	{ "target", { EBUSY, EINTR, EINVAL, ENOMEM, ENXIO, ENOENT, ENODEV }, true },
	{ "commit", { EBUSY, EINTR, EIO, ENXIO, ETIMEDOUT, ENOENT, ENODEV }, true },
	{ "bind", { EAGAIN, EBUSY, EEXIST, EINTR, ENOMEM, ENXIO, ENODEV }, true },
	{ "unbind", { EINTR, ENODEV }, true },
	{ "delete_region", { EINTR, EINVAL, ENOENT, ENODEV }, true },
};

static const struct apply_watcher nobody = { NULL, NULL, NULL };

/* One failure leaves the host as before, or is overcome. */
static void check_one_failure(struct scene *scene, const struct fake_fault *faults, unsigned int n)
{
	struct failure failure;
	int r = scene_play(scene, faults, n, &failure);
	bool done = r == 0,
	     undone = r != 0 && (failure.outcome == OUTCOME_UNDONE || failure.outcome == OUTCOME_UNCHANGED);

	if ((!done && !undone) || fake_splat(scene->work)[0] != '\0' ||
	    !scene_is_now(scene, done ? scene->digest_after : scene->digest_before))
		scene_complain(scene, faults, n, done ? NULL : &failure, done ? scene->after : scene->before);
}

/* What cannot be undone is told: an outcome that claims to be known is true. */
static void check_honest(struct scene *scene, const struct fake_fault *faults, unsigned int n)
{
	struct failure failure;
	int r = scene_play(scene, faults, n, &failure);
	const char *digest = r == 0 ? scene->digest_after : scene->digest_before;

	if (fake_splat(scene->work)[0] != '\0' ||
	    ((r == 0 || failure.outcome != OUTCOME_UNKNOWN) && !scene_is_now(scene, digest)))
		scene_complain(scene, faults, n, r == 0 ? NULL : &failure, r == 0 ? scene->after : scene->before);
}

static size_t answer_of(const char *attribute)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		size_t length = strlen(answers[i].attribute);

		if (strncmp(attribute, answers[i].attribute, length) == 0 &&
		    strspn(attribute + length, "0123456789") == strlen(attribute + length))
			return i;
	}
	fail_msg("nobody said what the kernel answers to a write of %s", attribute);
	return 0;
}

static const char *text_of(struct snapshot *snapshot, struct json_object **ret_object)
{
	assert_int_equal(snapshot_to_json(snapshot, ret_object), 0);
	return json_object_to_json_string(*ret_object);
}

/* A scan that knows an earlier one finds what a scan of all finds. */
static void assert_known_is_as_good(struct fake *fake, const struct snapshot *known)
{
	CLEANUP(cleanup_snapshot) struct snapshot *all = NULL;
	CLEANUP(cleanup_snapshot) struct snapshot *changed = NULL;
	CLEANUP(cleanup_json) struct json_object *all_json = NULL;
	CLEANUP(cleanup_json) struct json_object *changed_json = NULL;

	assert_int_equal(scan_all(fake_sysfs(fake), NULL, &all), 0);
	assert_int_equal(scan_all(fake_sysfs(fake), known, &changed), 0);
	assert_string_equal(text_of(all, &all_json), text_of(changed, &changed_json));
}

/* What a scan finds is what was built; a region that is bound is used by nobody. */
static void test_scans_are_sound(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		CLEANUP(cleanup_snapshot) struct snapshot *empty = NULL;
		CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
		struct fake *fake = subject_build(&subjects[i]);
		struct consumer_list consumers;
		const struct region *region;

		assert_int_equal(scan_all(fake_sysfs(fake), NULL, &empty), 0);
		assert_int_equal(empty->n_regions, subjects[i].neighbour);
		for (size_t k = 0; k < empty->n_memdevs; k++)
			assert_true(empty->memdevs[k].bound && empty->memdevs[k].endpoint != SNAPSHOT_NONE &&
				    empty->memdevs[k].pmem_size == 1ull << 30);
		for (size_t k = 0; k < empty->n_ports; k++)
			assert_true(empty->ports[k].bound && (empty->ports[k].kind == PORT_ROOT ||
							      empty->ports[k].parent_dport != SNAPSHOT_NONE));
		subject_do(fake, &subjects[i], OPERATION_CREATE);
		assert_known_is_as_good(fake, empty);
		assert_int_equal(scan_all(fake_sysfs(fake), NULL, &snapshot), 0);
		region = &snapshot->regions[snapshot_find_region(snapshot, subject_region(snapshot, &subjects[i]))];
		assert_true(region->committed && region->bound && region->type == subjects[i].type);
		assert_int_equal(snapshot_region_origin(snapshot, region), REGION_ORIGIN_UNKNOWN);
		assert_int_equal(consumers_find(fake_sysfs(fake), "/proc", region, &consumers), 0);
		assert_int_equal(consumers.n, 0);
		subject_do(fake, &subjects[i], OPERATION_DELETE);
		assert_known_is_as_good(fake, snapshot);
		fake_free(fake);
	}
}

/* Everything that is done can be taken back, in steps or at once. */
static void test_there_and_back(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		struct fake *fake = subject_build(&subjects[i]), *untouched = subject_build(&subjects[i]), *created;
		char difference[1024] = "";

		created = subject_build(&subjects[i]);
		subject_do(fake, &subjects[i], OPERATION_CREATE);
		fake_copy(created, fake);
		subject_do(fake, &subjects[i], OPERATION_DISABLE);
		subject_do(fake, &subjects[i], OPERATION_ENABLE);
		assert_true(fake_same_normal_form(fake, created, difference, sizeof(difference)));
		subject_do(fake, &subjects[i], OPERATION_DELETE);
		if (!fake_same_normal_form(fake, untouched, difference, sizeof(difference)))
			fail_msg("%s", difference);
		fake_free(fake);
		fake_free(untouched);
		fake_free(created);
	}
}

static void fail_each_write(struct scene *scene)
{
	for (unsigned int at = 1; at <= scene->writes; at++) {
		size_t answer = answer_of(scene->attributes[at - 1]);

		for (unsigned int i = 0; i < ARRAY_SIZE(answers[answer].errors) && answers[answer].errors[i]; i++) {
			struct fake_fault fault = { .at = at, .error = -answers[answer].errors[i] };

			check_one_failure(scene, &fault, 1);
			fault.after = true;
			if (answers[answer].also_after)
				check_one_failure(scene, &fault, 1);
		}
	}
}

static void test_each_write_fails(void **state)
{
	scene_for_each(fail_each_write);
}

/*
 * The writes that are made when one failed, with their attributes. Says whether the failure was overcome: then
 * what follows is no undo.
 */
static unsigned int learn_undo(struct scene *scene, const struct fake_fault *fault, char attributes[][32],
			       bool *ret_overcome)
{
	struct scene notes = { .operation = scene->operation };
	struct plan plan = scene->plan;
	struct failure failure;

	fake_copy(scene->work, scene->before);
	fake_hook(scene->work, scene_note, &notes);
	fake_fail(scene->work, fault);
	*ret_overcome = apply_plan(fake_sysfs(scene->work), &plan, &nobody, &failure) == 0;
	memcpy(attributes, notes.attributes, sizeof(notes.attributes));
	return fake_writes(scene->work);
}

/* A step behind the irreversible one was tried twice: then it may be left undone, and that is told. */
static void check_second_failure(struct scene *scene, const struct fake_fault *faults, bool overcome)
{
	if (overcome)
		check_honest(scene, faults, 2);
	else
		check_one_failure(scene, faults, 2);
}

static void fail_each_undo(struct scene *scene)
{
	for (unsigned int at = 1; at <= scene->writes; at++) {
		struct fake_fault faults[2] = { { .at = at, .error = -EIO } };
		char attributes[SCENE_WRITES_MAX][32];
		bool overcome;
		unsigned int n = learn_undo(scene, &faults[0], attributes, &overcome);

		for (unsigned int undo = at + 1; undo <= n; undo++) {
			size_t answer = answer_of(attributes[undo - 1]);

			for (unsigned int i = 0; i < ARRAY_SIZE(answers[answer].errors) && answers[answer].errors[i];
			     i++) {
				faults[1] = (struct fake_fault){ .at = undo, .error = -answers[answer].errors[i] };
				check_second_failure(scene, faults, overcome);
				faults[1].after = true;
				if (answers[answer].also_after)
					check_second_failure(scene, faults, overcome);
			}
		}
	}
}

static void test_each_undo_fails_once(void **state)
{
	scene_for_each(fail_each_undo);
}

static void fail_undo_for_good(struct scene *scene)
{
	for (unsigned int at = 1; at <= scene->writes; at++) {
		struct fake_fault faults[2] = { { .at = at, .error = -EIO } };
		char attributes[SCENE_WRITES_MAX][32];
		bool overcome;
		unsigned int n = learn_undo(scene, &faults[0], attributes, &overcome);

		for (unsigned int undo = at + 1; undo <= n; undo++) {
			faults[1] = (struct fake_fault){ .at = undo, .error = -EIO, .times = UINT32_MAX };
			check_honest(scene, faults, 2);
		}
		for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
			faults[1] = (struct fake_fault){
				.at = 1, .attribute = answers[i].attribute, .error = -EBUSY, .times = UINT32_MAX
			};
			check_honest(scene, faults, 2);
		}
	}
}

static void test_an_undo_that_fails_for_good_is_told(void **state)
{
	scene_for_each(fail_undo_for_good);
}

/* -- others on the same host -------------------------------------------------------- */

struct unplugger {
	const char *endpoint;
	unsigned int at;
};

static void unplug(struct fake *fake, const struct fake_write *write, void *userdata)
{
	const struct unplugger *unplugger = userdata;

	if (write->number == unplugger->at)
		assert_int_equal(fake_unbind_endpoint(fake, unplugger->endpoint), 0);
}

/* The host as it is when nothing but the unbind happened to it. */
static char *digest_unplugged(struct scene *scene, const struct fake *from, const char *endpoint)
{
	fake_copy(scene->work, from);
	assert_int_equal(fake_unbind_endpoint(scene->work, endpoint), 0);
	return fake_digest(scene->work);
}

/* decoder4.0 is endpoint4's */
static void endpoint_of(const struct plan *plan, unsigned int target, char *endpoint)
{
	int port = 0;

	assert_int_equal(sscanf(plan->targets[target].decoder, "decoder%d", &port), 1);
	snprintf(endpoint, REGION_NAME_MAX, "endpoint%d", port);
}

static void unplug_at_each_write(struct scene *scene)
{
	char endpoint[REGION_NAME_MAX];
	CLEANUP(cleanup_free) char *before = NULL;
	CLEANUP(cleanup_free) char *after = NULL;

	endpoint_of(&scene->plan, scene->plan.n_targets - 1, endpoint);
	before = digest_unplugged(scene, scene->before, endpoint);
	after = digest_unplugged(scene, scene->after, endpoint);
	for (unsigned int at = 1; at <= scene->writes; at++) {
		struct unplugger unplugger = { endpoint, at };
		struct plan plan = scene->plan;
		struct failure failure = { 0 };
		int r;

		fake_copy(scene->work, scene->before);
		fake_hook(scene->work, unplug, &unplugger);
		scene_cases++;
		r = apply_plan(fake_sysfs(scene->work), &plan, &nobody, &failure);
		if (fake_splat(scene->work)[0] != '\0' || !scene_is_now(scene, r == 0 ? after : before) ||
		    (r != 0 && failure.outcome == OUTCOME_UNKNOWN)) {
			print_message("# %s lost its driver before write %u of %u (%s)\n", endpoint, at, scene->writes,
				      scene->attributes[at - 1]);
			scene_complain(scene, NULL, 0, r == 0 ? NULL : &failure, scene->before);
		}
	}
}

/* A port that goes in the middle of a job takes nothing along but what was its own. */
static void test_an_endpoint_goes_before_each_write(void **state)
{
	scene_for_each(unplug_at_each_write);
}

static void take_dpa(struct fake *fake, const struct fake_write *write, void *userdata)
{
	const struct plan_target *target = userdata;
	char path[SYSFS_PATH_MAX];

	if (strcmp(write->attribute, "uuid") != 0 && strcmp(write->attribute, "interleave_ways") != 0)
		return;
	snprintf(path, sizeof(path), SCAN_DEVICES "/%s/mode", target->decoder);
	assert_int_equal(sysfs_write(fake_sysfs(fake), SYSFS_ROOT, path, "pmem"), 0);
	snprintf(path, sizeof(path), SCAN_DEVICES "/%s/dpa_size", target->decoder);
	assert_int_equal(sysfs_write(fake_sysfs(fake), SYSFS_ROOT, path, "0x20000000"), 0);
}

/* Another writer takes DPA that was planned with: it keeps it, and the create is undone. */
static void test_dpa_that_another_writer_took(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		struct fake *fake = subject_build(&subjects[i]);
		struct failure failure;
		char path[SYSFS_PATH_MAX];
		uint64_t size = 0;
		struct plan plan;

		subject_plan(fake, &subjects[i], OPERATION_CREATE, &plan);
		fake_hook(fake, take_dpa, &plan.targets[plan.n_targets - 1]);
		assert_int_equal(apply_plan(fake_sysfs(fake), &plan, &nobody, &failure), ERROR_CONFLICT);
		assert_int_equal(failure.outcome, OUTCOME_UNDONE);
		snprintf(path, sizeof(path), SCAN_DEVICES "/%s/dpa_size", plan.targets[plan.n_targets - 1].decoder);
		assert_int_equal(sysfs_read_u64(fake_sysfs(fake), SYSFS_ROOT, path, &size), 0);
		assert_int_equal(size, 0x20000000);
		assert_string_equal(fake_splat(fake), "");
		fake_free(fake);
	}
}

/* The kernel would crash on it: the region is not bound, and goes again. */
static void test_an_nvdimm_without_its_driver(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		struct fake *fake = subject_build(&subjects[i]);
		CLEANUP(cleanup_free) char *before = NULL;
		CLEANUP(cleanup_free) char *after = NULL;
		char nvdimm[REGION_NAME_MAX + 1];
		struct failure failure;
		struct plan plan;
		int r;

		subject_plan(fake, &subjects[i], OPERATION_CREATE, &plan);
		snprintf(nvdimm, sizeof(nvdimm), "p%s", plan.targets[plan.n_targets - 1].memdev);
		r = sysfs_write(fake_sysfs(fake), SYSFS_ROOT, SCAN_DRIVERS "/cxl_nvdimm/unbind", nvdimm);
		assert_true(r == 0 || plan.type == REGION_TYPE_RAM);
		before = fake_digest(fake);
		r = apply_plan(fake_sysfs(fake), &plan, &nobody, &failure);
		assert_string_equal(fake_splat(fake), "");
		if (plan.type == REGION_TYPE_PMEM) {
			assert_int_equal(r, ERROR_CONFLICT);
			assert_int_equal(failure.outcome, OUTCOME_UNDONE);
			assert_non_null(strstr(failure.message, "cxl_nvdimm"));
			after = fake_digest(fake);
			assert_string_equal(after, before);
		} else {
			assert_int_equal(r, 0);
		}
		fake_free(fake);
	}
}

static void take_name(struct fake *fake, const struct fake_write *write, void *userdata)
{
	unsigned int *times = userdata;
	char path[SYSFS_PATH_MAX], name[REGION_NAME_MAX];

	if (strncmp(write->attribute, "create_", 7) != 0 || *times == 0)
		return;
	--*times;
	snprintf(path, sizeof(path), SCAN_DEVICES "/%s/%s", write->object, write->attribute);
	assert_true(sysfs_read(fake_sysfs(fake), SYSFS_ROOT, path, name, sizeof(name)) > 0);
	assert_int_equal(sysfs_write(fake_sysfs(fake), SYSFS_ROOT, path, name), 0);
}

/* Another writer is quicker with the name, again and again. */
static void test_names_that_another_writer_took(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		struct fake *fake = subject_build(&subjects[i]);
		unsigned int times = 5;
		struct plan plan;

		subject_plan(fake, &subjects[i], OPERATION_CREATE, &plan);
		fake_hook(fake, take_name, &times);
		subject_apply(fake, &plan);
		assert_int_equal(times, 0);
		fake_free(fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scans_are_sound),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_each_write_fails),
		cmocka_unit_test(test_each_undo_fails_once),
		cmocka_unit_test(test_an_undo_that_fails_for_good_is_told),
		cmocka_unit_test(test_an_endpoint_goes_before_each_write),
		cmocka_unit_test(test_dpa_that_another_writer_took),
		cmocka_unit_test(test_an_nvdimm_without_its_driver),
		cmocka_unit_test(test_names_that_another_writer_took),
	};

	int failed = cmocka_run_group_tests_name("fake-engine", tests, NULL, NULL);

	print_message("# %u cases in all\n", scene_cases);
	return failed;
}
