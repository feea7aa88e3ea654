/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fake-scene.h"
#include "scan.h"

static const char *const operation_names[] = { "create", "disable", "enable", "delete" };

const struct subject subjects[SUBJECTS] = {
	{ "1", "A", "decoder0.0", 1, REGION_TYPE_PMEM, FAKE_KERNEL_6_1, false },
	{ "1", "A", "decoder0.0", 1, REGION_TYPE_PMEM, FAKE_KERNEL_6_12, false },
	{ "1", "A", "decoder0.0", 1, REGION_TYPE_RAM, FAKE_KERNEL_6_12, false },
	{ "1 1", "A AB", "decoder0.1", 2, REGION_TYPE_PMEM, FAKE_KERNEL_6_1, true },
	{ "1 1", "A AB", "decoder0.1", 2, REGION_TYPE_PMEM, FAKE_KERNEL_6_12, true },
	{ "1 1", "A AB", "decoder0.1", 2, REGION_TYPE_RAM, FAKE_KERNEL_6_12, true },
	{ "2 2", "AB", "decoder0.0", 4, REGION_TYPE_PMEM, FAKE_KERNEL_6_1, false },
	{ "2 2", "AB", "decoder0.0", 4, REGION_TYPE_PMEM, FAKE_KERNEL_6_12, false },
	{ "2 2", "AB", "decoder0.0", 4, REGION_TYPE_RAM, FAKE_KERNEL_6_12, false },
	{ "s4", "A", "decoder0.0", 4, REGION_TYPE_PMEM, FAKE_KERNEL_6_12, true },
	{ "s4", "A", "decoder0.0", 4, REGION_TYPE_RAM, FAKE_KERNEL_6_12, true },
	{ "2 2 2 2", "A ABCD", "decoder0.1", 8, REGION_TYPE_PMEM, FAKE_KERNEL_6_1, true },
	{ "2 2 2 2", "A ABCD", "decoder0.1", 8, REGION_TYPE_PMEM, FAKE_KERNEL_6_12, true },
	{ "2 2 2 2", "A ABCD", "decoder0.1", 8, REGION_TYPE_RAM, FAKE_KERNEL_6_12, true },
};

static const struct apply_watcher nobody = { NULL, NULL, NULL };
unsigned int scene_cases;

/* -- subjects ------------------------------------------------------------------- */

static void plan_a_create(struct fake *fake, const struct subject *subject, const char *root, unsigned int ways,
			  struct plan *plan)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	const struct create_request request = {
		.root_decoder = root,
		.ways = ways,
		.has_ways = true,
		.size = (256ull << 20) * ways,
		.has_size = true,
		.type = subject->type,
		.has_type = true,
		.new_uuid = strcmp(root, subject->root) == 0 && ways == subject->ways
				    ? "86077512-4a84-4dc1-b4ce-d7a3e2797808"
				    : "96077512-4a84-4dc1-b4ce-d7a3e2797808",
	};
	struct failure failure;

	assert_int_equal(scan_all(fake_sysfs(fake), NULL, &snapshot), 0);
	if (plan_create(snapshot, &request, plan, &failure) != 0)
		fail_msg("%s", failure.message);
}

/* The region that is worked on is the one with the most ways. */
const char *subject_region(const struct snapshot *snapshot, const struct subject *subject)
{
	for (size_t i = 0; i < snapshot->n_regions; i++)
		if (snapshot->regions[i].ways == subject->ways)
			return snapshot->regions[i].name;
	fail_msg("no region has %u ways", subject->ways);
	return NULL;
}

static void plan_on_region(struct fake *fake, const struct subject *subject, enum operation operation,
			   struct plan *plan)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	struct region_request request = { 0 };
	struct failure failure;
	int r = 0;

	assert_int_equal(scan_all(fake_sysfs(fake), NULL, &snapshot), 0);
	request.region = subject_region(snapshot, subject);
	switch (operation) {
	case OPERATION_DISABLE:
		r = plan_disable(snapshot, &request, plan, &failure);
		break;
	case OPERATION_ENABLE:
		r = plan_enable(snapshot, &request, plan, &failure);
		break;
	case OPERATION_DELETE:
		r = plan_delete(snapshot, &request, plan, &failure);
		break;
	case OPERATION_CREATE:
		fail();
	}
	if (r != 0)
		fail_msg("%s", failure.message);
}

void subject_plan(struct fake *fake, const struct subject *subject, enum operation operation, struct plan *plan)
{
	if (operation == OPERATION_CREATE)
		plan_a_create(fake, subject, subject->root, subject->ways, plan);
	else
		plan_on_region(fake, subject, operation, plan);
}

void subject_apply(struct fake *fake, struct plan *plan)
{
	struct failure failure;

	if (apply_plan(fake_sysfs(fake), plan, &nobody, &failure) != 0)
		fail_msg("%s", failure.message);
	assert_string_equal(fake_splat(fake), "");
}

void subject_do(struct fake *fake, const struct subject *subject, enum operation operation)
{
	struct plan plan;

	subject_plan(fake, subject, operation, &plan);
	subject_apply(fake, &plan);
}

struct fake *subject_build(const struct subject *subject)
{
	const struct fake_host host = {
		.kernel = subject->kernel,
		.bridges = subject->bridges,
		.windows = subject->windows,
		.window_size = 8ull << 30,
		.pmem = 1ull << 30,
		.ram = subject->kernel == FAKE_KERNEL_6_1 ? 0 : 1ull << 30,
		.decoders = 3,
	};
	struct fake *fake = fake_new(&host);
	struct plan plan;

	assert_non_null(fake);
	if (subject->neighbour) {
		plan_a_create(fake, subject, "decoder0.0", 1, &plan);
		subject_apply(fake, &plan);
	}
	return fake;
}

/* -- scenes ------------------------------------------------------------------- */

void scene_note(struct fake *fake, const struct fake_write *write, void *userdata)
{
	struct scene *scene = userdata;

	assert_true(write->number <= SCENE_WRITES_MAX);
	snprintf(scene->attributes[write->number - 1], sizeof(scene->attributes[0]), "%s", write->attribute);
}

static void scene_begin(struct scene *scene, const struct subject *subject, enum operation operation)
{
	struct plan plan;

	*scene = (struct scene){ .subject = subject, .operation = operation };
	scene->before = subject_build(subject);
	if (operation != OPERATION_CREATE)
		subject_do(scene->before, subject, OPERATION_CREATE);
	if (operation == OPERATION_ENABLE)
		subject_do(scene->before, subject, OPERATION_DISABLE);
	subject_plan(scene->before, subject, operation, &scene->plan);
	scene->after = subject_build(subject);
	scene->work = subject_build(subject);
	fake_copy(scene->after, scene->before);
	fake_hook(scene->after, scene_note, scene);
	plan = scene->plan;
	subject_apply(scene->after, &plan);
	scene->writes = fake_writes(scene->after);
	scene->digest_before = fake_digest(scene->before);
	scene->digest_after = fake_digest(scene->after);
	assert_true(scene->writes > 0);
	assert_string_not_equal(scene->digest_before, scene->digest_after);
}

static void scene_end(struct scene *scene)
{
	fake_free(scene->before);
	fake_free(scene->after);
	fake_free(scene->work);
	free(scene->digest_before);
	free(scene->digest_after);
}

/* Does it all with the faults that are given. Returns what apply_plan() does; the host is in scene->work. */
int scene_play(struct scene *scene, const struct fake_fault *faults, unsigned int n, struct failure *failure)
{
	struct plan plan = scene->plan;

	fake_copy(scene->work, scene->before);
	for (unsigned int i = 0; i < n; i++)
		fake_fail(scene->work, &faults[i]);
	scene_cases++;
	return apply_plan(fake_sysfs(scene->work), &plan, &nobody, failure);
}

void scene_complain(const struct scene *scene, const struct fake_fault *faults, unsigned int n,
		    const struct failure *failure, const struct fake *wanted)
{
	char difference[1024] = "the same";

	print_message("# %s of %u ways, %s, on %s: splat \"%s\"\n", operation_names[scene->operation],
		      scene->subject->ways, region_type_name(scene->subject->type),
		      scene->subject->kernel == FAKE_KERNEL_6_1 ? "6.1" : "6.12", fake_splat(scene->work));
	for (unsigned int i = 0; i < n; i++)
		print_message("# write %u of %u (%s) fails with %s, %s its effect\n", faults[i].at, scene->writes,
			      faults[i].attribute	      ? faults[i].attribute
			      : faults[i].at <= scene->writes ? scene->attributes[faults[i].at - 1]
							      : "an undo",
			      strerror(-faults[i].error), faults[i].after ? "after" : "before");
	if (failure)
		print_message("# outcome %d: %s\n", (int)failure->outcome, failure->message);
	(void)fake_same_normal_form(scene->work, wanted, difference, sizeof(difference));
	print_message("# %s\n", difference);
	fail();
}

bool scene_is_now(const struct scene *scene, const char *digest)
{
	char *now = fake_digest(scene->work);
	bool same = strcmp(now, digest) == 0;

	free(now);
	return same;
}

void scene_for_each(void (*run)(struct scene *scene))
{
	unsigned int before = scene_cases;

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		for (enum operation operation = OPERATION_CREATE; operation <= OPERATION_DELETE; operation++) {
			struct scene scene;

			scene_begin(&scene, &subjects[i], operation);
			run(&scene);
			scene_end(&scene);
		}
	print_message("# %u cases\n", scene_cases - before);
}
