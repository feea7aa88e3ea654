/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which locks the deletion of a two-way region needs, on a captured host, and what main hears when some are missing. */
#include "unit.h"

#include <json-c/json.h>
#include <string.h>

#include "cleanup.h"
#include "needs.h"
#include "scan.h"
#include "sysfs-tree.h"

struct scene {
	struct tree tree;
	struct snapshot *snapshot;
	struct plan plan;
	struct needs needs;
	struct json_object *locks;
	struct failure failure;
};

static void scene_load(struct scene *scene)
{
	struct region_request request = {};

	*scene = (struct scene){};
	tree_load(&scene->tree, "two-region-6.12");
	assert_int_equal(scan_all(&scene->tree.sysfs, NULL, &scene->snapshot), 0);
	request.region = scene->snapshot->regions[0].name;
	assert_int_equal(plan_delete(scene->snapshot, &request, &scene->plan, &scene->failure), 0);
}

static void scene_free(struct scene *scene)
{
	needs_begin(&scene->needs, NULL);
	json_object_put(scene->locks);
	snapshot_free(scene->snapshot);
	tree_free(&scene->tree);
}

/* A job begins that has these locks, as JSON. */
static void begin(struct scene *scene, const char *locks)
{
	json_object_put(scene->locks);
	scene->locks = json_tokener_parse(locks);
	assert_non_null(scene->locks);
	needs_begin(&scene->needs, scene->locks);
}

static int check(struct scene *scene)
{
	return needs_check(&scene->needs, scene->snapshot, &scene->plan, &scene->failure);
}

/* The job fails, and main hears this instead: "needs", and the region's generation if it is about one. */
static void assert_told(struct scene *scene, const char *needs, bool has_generation)
{
	CLEANUP(cleanup_json) struct json_object *told = NULL, *wanted = json_tokener_parse(needs);

	assert_int_equal(scene->failure.code, ERROR_CONFLICT);
	assert_true(needs_take(&scene->needs, &told));
	if (!json_object_equal(json_object_object_get(told, "needs"), wanted))
		fail_msg("expected %s, got %s", needs, json_object_to_json_string(told));
	assert_int_equal(json_object_object_get(told, "generation") != NULL, has_generation);
	assert_false(needs_take(&scene->needs, &told));
}

#define ALL "[\"decoder0.2\",\"mem1\",\"pci0000:20\",\"mem0\",\"pci0000:30\"]"

static void test_enough(void **state)
{
	struct json_object *nothing;
	struct scene scene;

	scene_load(&scene);
	needs_begin(&scene.needs, NULL); /* the whole host */
	assert_int_equal(check(&scene), 0);
	begin(&scene, ALL);
	assert_int_equal(check(&scene), 0);
	assert_false(needs_take(&scene.needs, &nothing));
	scene_free(&scene);
}

/* All of them are told: those that the job has, it gives up. */
static void test_too_few(void **state)
{
	static const char *const locks[] = {
		"[]",
		"[\"mem1\",\"pci0000:20\",\"mem0\",\"pci0000:30\"]",
		"[\"decoder0.2\",\"pci0000:20\",\"mem0\",\"pci0000:30\"]",
		"[\"decoder0.2\",\"mem1\",\"pci0000:20\",\"mem0\"]",
		"[\"decoder0.0\",\"mem1\",\"pci0000:20\",\"mem0\",\"pci0000:30\"]",
	};
	struct scene scene;

	scene_load(&scene);
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		begin(&scene, locks[i]);
		assert_int_equal(check(&scene), ERROR_CONFLICT);
		assert_told(&scene, ALL, true);
	}
	/* What nobody took is gone with the next job. */
	begin(&scene, "[]");
	assert_int_equal(check(&scene), ERROR_CONFLICT);
	begin(&scene, ALL);
	assert_int_equal(check(&scene), 0);
	scene_free(&scene);
}

/* Its target may be behind any bridge of the window. */
static void test_a_target_that_is_gone(void **state)
{
	struct scene scene;

	scene_load(&scene);
	strcpy(scene.plan.targets[0].memdev, "mem77");
	begin(&scene, ALL);
	assert_int_equal(check(&scene), ERROR_CONFLICT);
	assert_told(&scene, "[\"decoder0.2\",\"mem0\",\"mem1\",\"mem2\",\"mem3\",\"pci0000:30\",\"pci0000:20\"]", true);
	scene_free(&scene);
}

static void test_a_port(void **state)
{
	struct scene scene;

	scene_load(&scene);
	needs_begin(&scene.needs, NULL);
	assert_int_equal(needs_check_port(&scene.needs, "mem0", &scene.failure), 0);
	begin(&scene, ALL);
	assert_int_equal(needs_check_port(&scene.needs, "mem0", &scene.failure), 0);
	assert_int_equal(needs_check_port(&scene.needs, "mem2", &scene.failure), ERROR_CONFLICT);
	assert_told(&scene, "[\"mem2\"]", false);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_a_target_that_is_gone),
		cmocka_unit_test(test_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
