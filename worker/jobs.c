/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "apply.h"
#include "cleanup.h"
#include "discover.h"
#include "finding-json.h"
#include "left-logs.h"
#include "member.h"
#include "snapshot-json.h"

static int job_probe(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		     struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	const struct kernel_facts *facts = host_facts(&worker->host);
	struct utsname name;
	int r = result ? 0 : -ENOMEM;

	if (uname(&name) < 0)
		return failure_set_errno(ret_failure, -errno, "asking for the kernel's name");
	if (r >= 0)
		r = member_add_string(result, "kernel", name.release);
	if (r >= 0)
		r = member_add_string(result, "kernel_fix", kernel_fix_name(facts->fix));
	if (r >= 0)
		r = member_add_string(result, "kernel_fix_detail", facts->detail);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "telling of the kernel");
	*ret_result = steal_pointer(result);
	return 0;
}

/* What an administrator should know of the host beside what is damaged. */
static int add_problems(struct json_object *result, const struct snapshot *snapshot)
{
	struct json_object *problems;
	int r;

	r = member_add_array(result, "problems", &problems);
	if (r >= 0 && snapshot->n_memdevs > 0 && !snapshot->pmem_driver)
		r = member_append(problems, json_object_new_string("the kernel module cxl_pmem is not loaded: "
								   "pmem regions cannot be created or enabled"));
	return r;
}

/* What a repair would find. */
static int add_findings(struct json_object *result, const struct snapshot *snapshot)
{
	struct json_object *findings;
	struct finding_list list;
	int r = plan_repair(snapshot, &list);

	if (r < 0)
		return r;
	r = finding_list_to_json(&list, &findings);
	finding_list_done(&list);
	return r < 0 ? r : member_add(result, "findings", findings);
}

static int answer_topology(struct worker *worker, const struct snapshot *snapshot, struct json_object **ret_result,
			   struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	struct json_object *topology;
	int r = result ? 0 : -ENOMEM;

	if (r >= 0)
		r = snapshot_to_json(snapshot, &topology);
	if (r >= 0)
		r = member_add(result, "topology", topology);
	if (r >= 0)
		r = add_problems(result, snapshot);
	if (r >= 0)
		r = add_findings(result, snapshot);
	if (r >= 0)
		r = member_add_bool(result, "livepatch", kernel_livepatch_is_active(worker->host.sysfs));
	if (r < 0)
		return failure_set_errno(ret_failure, r, "telling of the topology");
	*ret_result = steal_pointer(result);
	return 0;
}

static int job_discover(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
			struct failure *ret_failure)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r = discover_all(worker->host.sysfs, &snapshot);

	if (r < 0)
		return failure_set_errno(ret_failure, r, "discovering the topology");
	return answer_topology(worker, snapshot, ret_result, ret_failure);
}

static int job_scan(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		    struct failure *ret_failure)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	int r = host_scan(&worker->host, &snapshot);

	if (r < 0)
		return failure_set_errno(ret_failure, r, "reading the topology");
	return answer_topology(worker, snapshot, ret_result, ret_failure);
}

/* Of an earlier main's workers some may still be at work: main says how long they get. */
static int job_recover(struct worker *worker, struct json_object *parameters, struct json_object **ret_result,
		       struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *result = json_object_new_object();
	struct left_logs_look look = { .lock_fd = HOST_LOCK_FD };
	uint64_t patience = 0;
	int r = result ? 0 : -ENOMEM;

	param_uint(parameters, "patience_ms", &patience);
	param_bool(parameters, "kept", &look.kept);
	param_uint(parameters, "job", &look.job);
	look.patience_ms = (unsigned int)patience;
	if (r >= 0)
		r = left_logs_recover(&worker->intents, worker->host.sysfs, &look, result);
	if (r < 0)
		return failure_set_errno(ret_failure, r, "reading the logs of jobs");
	*ret_result = steal_pointer(result);
	return 0;
}

static void note_progress(const struct plan *plan, unsigned int n, void *userdata)
{
	struct worker *worker = userdata;

	teller_note(&worker->teller, plan, n);
}

static bool ask_cancelled(void *userdata)
{
	struct worker *worker = userdata;

	return channel_is_cancelled(&worker->channel);
}

int jobs_apply(struct worker *worker, struct plan *plan, struct failure *ret_failure)
{
	struct apply_watcher watcher = { note_progress, ask_cancelled, worker, NULL };
	int r = needs_check(&worker->needs, worker->host.known, plan, ret_failure);

	if (r == 0)
		r = intents_begin(&worker->intents, &worker->job, plan, ret_failure);
	if (r != 0)
		return r;
	watcher.log = worker->intents.log;
	r = apply_plan(worker->host.sysfs, plan, &watcher, ret_failure);
	intents_end(&worker->intents, r == 0 ? OUTCOME_DONE : ret_failure->outcome);
	return r;
}

/* Unless it is configured to be tried all the same. */
bool jobs_commit_is_refused(struct worker *worker, struct json_object *parameters)
{
	struct json_object *policy = member_get(parameters, "policy", json_type_object);

	return !json_object_get_boolean(member_get(policy, "guest_commit", json_type_boolean)) &&
	       host_refuses_commit(&worker->host);
}

static const struct param no_params[] = { { NULL } };
static const struct param list_params[] = { { "regions", PARAM_STRINGS, false }, { NULL } };
static const struct param resolve_params[] = { { "region", PARAM_STRING, true }, { NULL } };
static const struct param recover_params[] = {
	{ "patience_ms", PARAM_UINT, false },
	{ "kept", PARAM_BOOL, false },
	{ "job", PARAM_UINT, false },
	{ NULL },
};
static const struct param create_params[] = {
	{ "request", PARAM_OBJECT, false },
	{ "policy", PARAM_OBJECT, false },
	{ NULL },
};
static const struct param region_params[] = {
	{ "region", PARAM_STRING, true },
	{ "generation", PARAM_STRING, false },
	{ "policy", PARAM_OBJECT, false },
	{ NULL },
};
static const struct param bind_params[] = { { "port", PARAM_STRING, true }, { NULL } };
static const struct param unbind_params[] = {
	{ "port", PARAM_STRING, true },
	{ "force", PARAM_BOOL, false },
	{ "policy", PARAM_OBJECT, false },
	{ NULL },
};
static const struct param repair_params[] = { { "wait_seconds", PARAM_UINT, true }, { NULL } };

struct row {
	const char *kind;
	const struct param *params;
	job_fn run;
	bool changes; /* regions: never beside another main process's workers */
};

static const struct row rows[] = {
	{ "probe", no_params, job_probe, false },
	{ "discover", no_params, job_discover, false },
	{ "scan", no_params, job_scan, false },
	{ "list", list_params, job_list, false },
	{ "resolve", resolve_params, job_resolve, false },
	{ "plan-create", create_params, job_plan_create, false },
	{ "create", create_params, job_create, true },
	{ "plan-delete", region_params, job_plan_delete, false },
	{ "delete", region_params, job_delete, true },
	{ "enable", region_params, job_enable, true },
	{ "disable", region_params, job_disable, true },
	{ "recover", recover_params, job_recover, false },
	{ "plan-repair", no_params, job_plan_repair, false },
	{ "repair", repair_params, job_repair, true },
	{ "reap", region_params, job_reap, true },
	{ "unbind-port", unbind_params, job_unbind_port, true },
	{ "bind-port", bind_params, job_bind_port, true },
};

static int run(struct worker *worker, const struct row *row, struct json_object *parameters,
	       struct json_object **ret_result, struct failure *ret_failure)
{
	if (row->changes && host_lock(HOST_LOCK_FD) == -EWOULDBLOCK) {
		failure_set(ret_failure, ERROR_TOO_BUSY, NULL,
			    "a worker of an earlier cxl-regiond is still in the middle of a write");
		failure_set_remedy(ret_failure,
				   "Try again when it is through; see which: ps -C cxl-regiond-worker -o pid,wchan.");
		return ret_failure->code;
	}
	return row->run(worker, parameters, ret_result, ret_failure);
}

static int dispatch(struct worker *worker, struct json_object *message, struct json_object **ret_result,
		    struct failure *ret_failure)
{
	struct json_object *parameters = member_get(message, "parameters", json_type_object);
	const char *kind = json_object_get_string(member_get(message, "kind", json_type_string));

	for (size_t i = 0; kind && i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r;

		if (strcmp(rows[i].kind, kind) != 0)
			continue;
		snprintf(worker->job.kind, sizeof(worker->job.kind), "%s", kind);
		r = param_check(rows[i].params, parameters, ret_failure);
		return r != 0 ? r : run(worker, &rows[i], parameters, ret_result, ret_failure);
	}
	return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL, "a worker has no job of the kind \"%.32s\"",
			   kind ? kind : "");
}

/* What a log says of a job: who wants it, and under which key. */
static void take_job(struct intent_job *job, struct json_object *message)
{
	const char *key = json_object_get_string(member_get(message, "key", json_type_string));

	*job = (struct intent_job){
		.id = json_object_get_uint64(member_get(message, "job", json_type_int)),
		.uid = (uint32_t)json_object_get_uint64(member_get(message, "uid", json_type_int)),
		.hash = json_object_get_uint64(member_get(message, "hash", json_type_int)),
	};
	snprintf(job->key, sizeof(job->key), "%s", key ? key : "");
}

int jobs_run(struct worker *worker, struct json_object *message)
{
	struct json_object *result;
	struct failure failure;
	int r;

	if (!member_get(message, "job", json_type_int))
		return 0; /* a cancel that came after its job */
	take_job(&worker->job, message);
	worker->channel.job = worker->job.id;
	worker->channel.cancelled = false;
	teller_begin(&worker->teller);
	needs_begin(&worker->needs, member_get(message, "locks", json_type_array));
	r = dispatch(worker, message, &result, &failure);
	if (r != 0 && needs_take(&worker->needs, &result))
		r = 0;
	teller_end(&worker->teller);
	r = r != 0 ? channel_failure(&worker->channel, &failure) : channel_result(&worker->channel, result);
	if (r == 0)
		intents_told(&worker->intents);
	return r;
}
