/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "daemon.h"
#include "host-events.h"
#include "json-members.h"
#include "member.h"
#include "methods.h"
#include "public.h"
#include "read.h"

/* -- GetTopology ------------------------------------------------------- */

static int topology_reply(const struct daemon *daemon, const struct call *call, struct json_object *topology,
			  uint64_t age_usec, struct json_object **ret_parameters)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	struct json_object *visible;

	if (!parameters || public_topology(daemon, call, topology, &visible) < 0 ||
	    member_add(parameters, "topology", visible) < 0 ||
	    json_add_seconds(parameters, "age_seconds", age_usec) < 0)
		return -ENOMEM;
	*ret_parameters = steal_pointer(parameters);
	return 0;
}

static int topology_on_result(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
			      struct json_object **ret_parameters, struct failure *ret_failure)
{
	struct json_object *topology;

	if (!json_object_object_get_ex(result, "topology", &topology))
		return -EBADMSG;
	return topology_reply(daemon, call, topology, age_usec, ret_parameters);
}

static int topology_on_late(struct daemon *daemon, struct call *call, struct json_object *topology, uint64_t age_usec,
			    struct json_object **ret_parameters, struct failure *ret_failure)
{
	return topology_reply(daemon, call, topology, age_usec, ret_parameters);
}

void method_get_topology(struct daemon *daemon, struct call *call)
{
	static const struct read_ops ops = { topology_on_result, topology_on_late, true };

	read_start(daemon, call, "scan", NULL, &ops);
}

/* -- GetStatus --------------------------------------------------------- */

static size_t count_of(struct json_object *topology, const char *name)
{
	struct json_object *array = topology ? json_get_array(topology, name) : NULL;

	return array ? json_object_array_length(array) : 0;
}

static bool is_damaged(struct json_object *finding)
{
	return json_object_get_boolean(member_get(finding, "damaged", json_type_boolean));
}

static size_t count_damaged(struct json_object *findings)
{
	size_t count = 0;

	for (size_t i = 0; findings && i < json_object_array_length(findings); i++)
		count += is_damaged(json_object_array_get_idx(findings, i));
	return count;
}

static int add_sentence(struct json_object *problems, const char *sentence)
{
	return member_append(problems, json_object_new_string(sentence));
}

static int add_scan_problems(struct json_object *problems, struct json_object *found)
{
	int r = 0;

	for (size_t i = 0; r == 0 && found && i < json_object_array_length(found); i++)
		r = add_sentence(problems, json_object_get_string(json_object_array_get_idx(found, i)));
	return r;
}

/* What is damaged is a problem, too. */
static int add_damage(struct json_object *problems, struct json_object *findings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && findings && i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);

		if (is_damaged(finding))
			r = add_sentence(problems, json_get_string(finding, "why"));
	}
	return r;
}

static int add_late_problem(struct json_object *problems, bool ready, uint64_t age_usec)
{
	char sentence[160];

	snprintf(sentence, sizeof(sentence),
		 ready ? "The kernel does not answer: what is shown was read %llu s ago, and may have changed since."
		       : "The kernel has not answered the first scan in %llu s: what there is on this host is not "
			 "known.",
		 (unsigned long long)(age_usec / 1000000));
	return add_sentence(problems, sentence);
}

static int add_startup_problems(struct json_object *problems, const struct startup *startup)
{
	if (startup->problem[0])
		return add_sentence(problems, startup->problem);
	if (!startup->probe_ended)
		return add_sentence(problems, "No worker has told yet what the kernel is and which fix it has.");
	return 0;
}

/* Has anything been read of the host yet? */
static bool status_is_ready(const struct daemon *daemon)
{
	return daemon->inventory.topology;
}

/* What the scan found wrong, and what the daemon itself knows to be. */
static int status_problems(struct daemon *daemon, struct json_object *found, struct json_object *findings, bool late,
			   uint64_t age_usec, struct json_object **ret_problems)
{
	CLEANUP(cleanup_json) struct json_object *problems = json_object_new_array();

	if (!problems || add_scan_problems(problems, found) < 0 || add_damage(problems, findings) < 0 ||
	    add_startup_problems(problems, &daemon->startup) < 0)
		return -ENOMEM;
	if (daemon->recovery.problem[0] && add_sentence(problems, daemon->recovery.problem) < 0)
		return -ENOMEM;
	if (late && add_late_problem(problems, status_is_ready(daemon), age_usec) < 0)
		return -ENOMEM;
	if (host_events_add_problems(daemon, problems) < 0 || pool_describe_hanging(&daemon->pool, problems) < 0)
		return -ENOMEM;
	*ret_problems = steal_pointer(problems);
	return 0;
}

static int status_add_kernel(struct json_object *status, const struct startup *startup)
{
	if (member_add_string(status, "kernel", startup_kernel(startup)) < 0 ||
	    member_add_string(status, "kernel_fix", startup_kernel_fix(startup)) < 0)
		return -ENOMEM;
	return member_add_string(status, "kernel_fix_detail", startup_kernel_fix_detail(startup));
}

static int status_add_jobs(struct json_object *status, const struct job_queue *queue)
{
	const struct job *running = job_queue_running(queue);
	struct json_object *json;

	if (member_add_uint(status, "jobs", queue->count) < 0 ||
	    member_add_uint(status, "waiting", queue->count - queue->running) < 0)
		return -ENOMEM;
	if (!running)
		return 0;
	if (job_to_json(running, clock_now(), &json) < 0)
		return -ENOMEM;
	return member_add(status, "running", json);
}

static int status_add_counts(struct json_object *status, struct json_object *topology, struct json_object *findings)
{
	if (member_add_uint(status, "memdevs", count_of(topology, "memdevs")) < 0 ||
	    member_add_uint(status, "regions", count_of(topology, "regions")) < 0)
		return -ENOMEM;
	return member_add_uint(status, "damaged", count_damaged(findings));
}

static int status_reply(struct daemon *daemon, struct json_object *topology, struct json_object *findings,
			uint64_t age_usec, struct json_object *problems, struct json_object **ret_parameters)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	struct json_object *status = json_object_new_object();

	/* What is handed over is released with parameters, whatever fails after it. */
	if (!parameters) {
		json_object_put(problems);
		json_object_put(status);
		return -ENOMEM;
	}
	if (member_add(parameters, "status", status) < 0) {
		json_object_put(problems);
		return -ENOMEM;
	}
	if (member_add(status, "problems", problems) < 0 || member_add_string(status, "version", VERSION) < 0 ||
	    member_add_uint(status, "pid", (uint64_t)getpid()) < 0 || status_add_kernel(status, &daemon->startup) < 0 ||
	    member_add_bool(status, "ready", status_is_ready(daemon)) < 0 ||
	    json_add_seconds(status, "age_seconds", age_usec) < 0 ||
	    status_add_counts(status, topology, findings) < 0 || status_add_jobs(status, &daemon->runner.queue) < 0 ||
	    recovery_add_status(&daemon->recovery, status) < 0)
		return -ENOMEM;
	*ret_parameters = steal_pointer(parameters);
	return 0;
}

static int status_on_result(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
			    struct json_object **ret_parameters, struct failure *ret_failure)
{
	struct json_object *topology, *problems, *findings = json_get_array(result, "findings");

	if (!json_object_object_get_ex(result, "topology", &topology))
		return -EBADMSG;
	if (status_problems(daemon, json_get_array(result, "problems"), findings, false, age_usec, &problems) < 0)
		return -ENOMEM;
	return status_reply(daemon, topology, findings, age_usec, problems, ret_parameters);
}

static int status_on_late(struct daemon *daemon, struct call *call, struct json_object *topology, uint64_t age_usec,
			  struct json_object **ret_parameters, struct failure *ret_failure)
{
	struct json_object *problems, *findings = daemon->inventory.findings;

	if (status_problems(daemon, daemon->inventory.problems, findings, true, age_usec, &problems) < 0)
		return -ENOMEM;
	return status_reply(daemon, topology, findings, age_usec, problems, ret_parameters);
}

void method_get_status(struct daemon *daemon, struct call *call)
{
	static const struct read_ops ops = { status_on_result, status_on_late, false };

	read_start(daemon, call, "scan", NULL, &ops);
}
