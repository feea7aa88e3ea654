/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The jobs about ports. Regions go first, each as a transaction of its own; then drivers are taken, or given back, one
 * by one. There is no log of those: wherever it stops, the host is whole, and the same job can be done again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "consumers.h"
#include "jobs.h"
#include "member.h"
#include "port-write.h"
#include "scan.h"

/* The host, and which port of it is meant. */
struct scene {
	struct snapshot *snapshot;
	struct places places;
	struct port_object object;
};

static void scene_done(struct scene *scene)
{
	places_done(&scene->places);
	snapshot_free(scene->snapshot);
}

/* What went between the scan and the look at its places is scanned again. */
static int look_at_host(struct worker *worker, struct scene *scene)
{
	int r = -EAGAIN;

	for (int i = 0; i < SCAN_TRIES && (r == -EAGAIN || scan_is_gone(r)); i++) {
		snapshot_free(steal_pointer(scene->snapshot));
		r = host_scan(&worker->host, &scene->snapshot);
		if (r >= 0)
			r = places_find(worker->host.sysfs, scene->snapshot, &scene->places);
	}
	return r;
}

static int scene_find(struct worker *worker, struct json_object *parameters, struct scene *scene,
		      struct failure *ret_failure)
{
	const char *name = "";
	int r = look_at_host(worker, scene);

	if (r < 0)
		return failure_set_errno(ret_failure, r, "reading the topology");
	param_string(parameters, "port", &name);
	return plan_port_find(scene->snapshot, &scene->places, name, &scene->object, ret_failure);
}

/* -- the job ------------------------------------------------------------ */

/* What the two jobs do each in its own way. */
struct port_job {
	const char *doing;
	int (*plan)(struct worker *worker, struct json_object *parameters, const struct scene *scene,
		    struct port_plan *plan, struct failure *ret_failure);
	int (*carry_out)(struct worker *worker, struct port_plan *plan, struct failure *ret_failure);
	/* Returns a negative errno on failure. */
	int (*tell)(struct worker *worker, struct scene *scene, const struct port_plan *plan,
		    struct json_object *result);
};

/* All of it is looked at before any of it is begun: what was deleted is not taken back when more turns out to be needed. */
static int check_needs(struct worker *worker, const struct port_plan *plan, struct failure *ret_failure)
{
	int r = needs_check_port(&worker->needs, plan->object.uport, ret_failure);

	for (size_t i = 0; r == 0 && i < plan->n_deletes; i++)
		r = needs_check(&worker->needs, worker->host.known, &plan->deletes[i], ret_failure);
	return r;
}

static int check_bridge(struct worker *worker, const struct port_plan *plan, struct failure *ret_failure)
{
	if (!port_plan_moves_bridge(plan) || !host_facts(&worker->host)->keeps_memdevs)
		return 0;
	return plan_port_refuse_bridge(plan, ret_failure);
}

/* What was asked for is done: a failure to tell of it says so. */
static int done_without_answer(int error, struct failure *failure)
{
	failure_set_errno(failure, error, "telling of a port");
	failure->outcome = OUTCOME_DONE;
	return failure->code;
}

static int do_port_job(struct worker *worker, const struct port_job *job, struct json_object *parameters,
		       struct json_object **ret_result, struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	CLEANUP(scene_done) struct scene scene = { .snapshot = NULL };
	CLEANUP(port_plan_done) struct port_plan plan = { .n_deletes = 0 };
	int r;

	if (!result)
		return failure_set_errno(ret_failure, -ENOMEM, job->doing);
	r = scene_find(worker, parameters, &scene, ret_failure);
	if (r == 0)
		r = job->plan(worker, parameters, &scene, &plan, ret_failure);
	if (r == 0)
		r = check_bridge(worker, &plan, ret_failure);
	if (r == 0)
		r = check_needs(worker, &plan, ret_failure);
	if (r == 0)
		r = job->carry_out(worker, &plan, ret_failure);
	if (r != 0)
		return r;
	r = job->tell(worker, &scene, &plan, result);
	if (r < 0)
		return done_without_answer(r, ret_failure);
	*ret_result = steal_pointer(result);
	return 0;
}

static int add_names(const struct scene *scene, const struct port_plan *plan, struct json_object *result)
{
	const char *name = scene->object.name;
	int r = member_add_string(result, "port", name);

	if (r >= 0)
		r = member_add_string(result, "uport", scene->object.uport);
	return r < 0 ? r : member_add_bool(result, "changed", plan->n_writes > 0 || plan->n_deletes > 0);
}

/* -- unbind ------------------------------------------------------------- */

/* Who uses the regions that live at the port; of others nobody is looked for. */
static int find_consumers(struct worker *worker, const struct scene *scene, struct consumer_list **ret_lists)
{
	const struct snapshot *snapshot = scene->snapshot;
	CLEANUP(cleanup_free) struct consumer_list *lists = calloc(snapshot->n_regions + 1, sizeof(*lists));
	int r = lists ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < snapshot->n_regions; i++)
		if (plan_port_serves(snapshot, &scene->object, &snapshot->regions[i]))
			r = consumers_find(worker->host.sysfs, HOST_PROC, &snapshot->regions[i], &lists[i]);
	if (r >= 0)
		*ret_lists = steal_pointer(lists);
	return r;
}

static int unbind_plan(struct worker *worker, struct json_object *parameters, const struct scene *scene,
		       struct port_plan *plan, struct failure *ret_failure)
{
	CLEANUP(cleanup_free) struct consumer_list *consumers = NULL;
	struct port_request request = { .commit_is_refused = jobs_commit_is_refused(worker, parameters) };
	int r = find_consumers(worker, scene, &consumers);

	if (r < 0)
		return failure_set_errno(ret_failure, r, "looking who uses the regions");
	param_bool(parameters, "force", &request.force);
	request.consumers = consumers;
	return plan_port_unbind(scene->snapshot, &scene->places, &scene->object, &request, plan, ret_failure);
}

/* Adds to a failure what was done before it, and that nothing of it is taken back. */
static int fail_partly(const struct port_plan *plan, size_t deleted, size_t written, struct failure *failure)
{
	char text[128] = "";
	size_t length;

	if (deleted == 0 && written == 0)
		return failure->code;
	failure->outcome = OUTCOME_UNKNOWN;
	if (deleted > 0)
		snprintf(text, sizeof(text), "; %s%s deleted before", plan->deletes[0].region,
			 deleted > 1 ? " and others were" : " was");
	length = strlen(text);
	if (written > 0)
		snprintf(text + length, sizeof(text) - length, "; %s%s unbound", plan->writes[0].object,
			 written > 1 ? " and others are" : " is");
	length = strnlen(failure->message, sizeof(failure->message) - sizeof(text));
	strcpy(failure->message + length, text);
	return failure->code;
}

static int delete_regions(struct worker *worker, struct port_plan *plan, struct failure *ret_failure)
{
	for (size_t i = 0; i < plan->n_deletes; i++) {
		int r;

		teller_begin(&worker->teller); /* each plan counts its steps anew */
		r = jobs_apply(worker, &plan->deletes[i], ret_failure);
		if (r != 0)
			return fail_partly(plan, i, 0, ret_failure);
	}
	return 0;
}

static int unbind_all(struct worker *worker, const struct port_plan *plan, struct failure *ret_failure)
{
	if (channel_is_cancelled(&worker->channel)) {
		failure_set(ret_failure, ERROR_CANCELLED, plan->object.name, NULL);
		return fail_partly(plan, plan->n_deletes, 0, ret_failure);
	}
	teller_begin(&worker->teller);
	for (size_t i = 0; i < plan->n_writes; i++) {
		int r;

		teller_note_port(&worker->teller, plan, (unsigned int)i + 1);
		r = port_write_carry_out(worker->host.sysfs, &plan->writes[i], ret_failure);
		if (r != 0)
			return fail_partly(plan, plan->n_deletes, i, ret_failure);
	}
	return 0;
}

static int unbind_carry_out(struct worker *worker, struct port_plan *plan, struct failure *ret_failure)
{
	int r = delete_regions(worker, plan, ret_failure);

	return r != 0 ? r : unbind_all(worker, plan, ret_failure);
}

static int add_deleted(const struct port_plan *plan, struct json_object *result)
{
	struct json_object *deleted;
	int r = member_add_array(result, "deleted", &deleted);

	for (size_t i = 0; r >= 0 && i < plan->n_deletes; i++)
		r = member_append(deleted, json_object_new_string(plan->deletes[i].region));
	return r;
}

static int unbind_tell(struct worker *worker, struct scene *scene, const struct port_plan *plan,
		       struct json_object *result)
{
	int r = add_names(scene, plan, result);

	return r < 0 ? r : add_deleted(plan, result);
}

static const struct port_job unbinding = {
	.doing = "unbinding a port",
	.plan = unbind_plan,
	.carry_out = unbind_carry_out,
	.tell = unbind_tell,
};

int job_unbind_port(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure)
{
	return do_port_job(worker, &unbinding, parameters, ret_result, ret_failure);
}

/* -- bind --------------------------------------------------------------- */

static int bind_plan(struct worker *worker, struct json_object *parameters, const struct scene *scene,
		     struct port_plan *plan, struct failure *ret_failure)
{
	return plan_port_bind(scene->snapshot, &scene->places, &scene->object, plan, ret_failure);
}

/* One memdev that cannot be bound keeps no other from it; without its bridge none can. */
static int bind_carry_out(struct worker *worker, struct port_plan *plan, struct failure *ret_failure)
{
	struct failure failure;
	size_t bound = 0;
	int result = 0;

	if (channel_is_cancelled(&worker->channel))
		return failure_set(ret_failure, ERROR_CANCELLED, plan->object.name, NULL);
	teller_begin(&worker->teller);
	for (size_t i = 0; i < plan->n_writes; i++) {
		int r;

		teller_note_port(&worker->teller, plan, (unsigned int)i + 1);
		r = port_write_carry_out(worker->host.sysfs, &plan->writes[i], &failure);
		bound += r == 0;
		if (r != 0 && result == 0) {
			result = r;
			*ret_failure = failure;
		}
		if (r != 0 && !plan->writes[i].memdev)
			break;
	}
	if (result != 0 && bound > 0)
		ret_failure->outcome = OUTCOME_UNKNOWN;
	return result;
}

/* It may have come back under another name. */
static int look_again(struct worker *worker, struct scene *scene)
{
	char uport[SNAPSHOT_DEVICE_MAX];
	struct failure ignored;
	int r;

	strcpy(uport, scene->object.uport);
	places_done(&scene->places);
	r = look_at_host(worker, scene);
	if (r < 0)
		return r;
	(void)plan_port_find(scene->snapshot, &scene->places, uport, &scene->object, &ignored);
	return 0;
}

static int bind_tell(struct worker *worker, struct scene *scene, const struct port_plan *plan,
		     struct json_object *result)
{
	int r = look_again(worker, scene);

	return r < 0 ? r : add_names(scene, plan, result);
}

static const struct port_job binding = {
	.doing = "binding a port",
	.plan = bind_plan,
	.carry_out = bind_carry_out,
	.tell = bind_tell,
};

int job_bind_port(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		  struct failure *ret_failure)
{
	return do_port_job(worker, &binding, parameters, ret_result, ret_failure);
}
