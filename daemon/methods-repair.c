/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>

#include "cleanup.h"
#include "daemon.h"
#include "job-options.h"
#include "json-members.h"
#include "member.h"
#include "methods.h"
#include "read.h"

static int repair_on_result(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
			    struct json_object **ret_parameters, struct failure *ret_failure)
{
	if (!json_get_array(result, "findings"))
		return -EBADMSG;
	*ret_parameters = json_object_get(result);
	return 0;
}

void method_plan_repair(struct daemon *daemon, struct call *call)
{
	static const struct read_ops ops = { repair_on_result, NULL, true };

	read_start(daemon, call, "plan-repair", NULL, &ops);
}

void method_repair(struct daemon *daemon, struct call *call)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	struct runner_request request = { .kind = JOB_REPAIR };
	struct failure failure;

	if (!parameters || member_add_uint(parameters, "wait_seconds", daemon->config.repair_wait_seconds) < 0) {
		failure_set_errno(&failure, -ENOMEM, "Passing the request on");
		call_fail(call, &failure);
		return;
	}
	if (!job_options_take(&daemon->config, call, &request))
		return;
	request.parameters = steal_pointer(parameters);
	runner_submit(&daemon->runner, call, &request);
}
