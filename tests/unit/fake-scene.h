/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine is put through on the fake: hosts, the region that is worked on, and for each operation on it the
 * host before, the host after, and one to fail on.
 */
#ifndef CXL_REGIOND_TESTS_FAKE_SCENE_H
#define CXL_REGIOND_TESTS_FAKE_SCENE_H

#include "apply.h"
#include "fake.h"

#define SCENE_WRITES_MAX 256
#define SUBJECTS	 14

enum operation {
	OPERATION_CREATE,
	OPERATION_DISABLE,
	OPERATION_ENABLE,
	OPERATION_DELETE,
};

/* A host, and the region that is worked on. */
struct subject {
	const char *bridges, *windows;
	const char *root;
	unsigned int ways;
	enum region_type type;
	enum fake_kernel kernel;
	bool neighbour; /* a region of one way stands on the first bridge already */
};

extern const struct subject subjects[SUBJECTS];

/* What one operation on one subject starts from, comes to, and writes. */
struct scene {
	const struct subject *subject;
	enum operation operation;
	struct fake *before, *after, *work;
	char *digest_before, *digest_after;
	struct plan plan;
	char attributes[SCENE_WRITES_MAX][32];
	unsigned int writes;
};

/* How often a plan was carried out with something in its way. */
extern unsigned int scene_cases;

/* subject_build() - the host, with the neighbour where there is one. */
struct fake *subject_build(const struct subject *subject);

/* subject_region() - the name of the region that is worked on: the one with the most ways. */
const char *subject_region(const struct snapshot *snapshot, const struct subject *subject);

/* subject_plan() - plan an operation; the test fails where that cannot be done. */
void subject_plan(struct fake *fake, const struct subject *subject, enum operation operation, struct plan *plan);

/* subject_apply(), subject_do() - carry a plan out, or plan and carry out; the test fails where the host refuses. */
void subject_apply(struct fake *fake, struct plan *plan);
void subject_do(struct fake *fake, const struct subject *subject, enum operation operation);

/* scene_for_each() - every operation on every subject; prints how many cases there were. */
void scene_for_each(void (*run)(struct scene *scene));

/* scene_note() - a hook that notes the attributes that are written; userdata is the scene. */
void scene_note(struct fake *fake, const struct fake_write *write, void *userdata);

/* scene_play() - do it with these faults. Returns what apply_plan() does; the host is in scene->work. */
int scene_play(struct scene *scene, const struct fake_fault *faults, unsigned int n, struct failure *failure);

/* scene_is_now() - is the host that was worked on in that normal form? */
bool scene_is_now(const struct scene *scene, const char *digest);

/* scene_complain() - say what went wrong, with the first difference to the host that was wanted, and fail. */
void scene_complain(const struct scene *scene, const struct fake_fault *faults, unsigned int n,
		    const struct failure *failure, const struct fake *wanted);

#endif
