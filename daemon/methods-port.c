/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "access.h"
#include "cleanup.h"
#include "daemon.h"
#include "job-options.h"
#include "json-members.h"
#include "member.h"
#include "methods.h"
#include "param.h"
#include "port-list.h"
#include "read.h"

/* -- ListPorts --------------------------------------------------------- */

static int list_on_late(struct daemon *daemon, struct call *call, struct json_object *topology, uint64_t age_usec,
			struct json_object **ret_parameters, struct failure *ret_failure)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();
	struct json_object *ports;

	if (!parameters || port_list_new(topology, &ports) < 0 || member_add(parameters, "ports", ports) < 0 ||
	    json_add_seconds(parameters, "age_seconds", age_usec) < 0)
		return -ENOMEM;
	*ret_parameters = steal_pointer(parameters);
	return 0;
}

static int list_on_result(struct daemon *daemon, struct call *call, struct json_object *result, uint64_t age_usec,
			  struct json_object **ret_parameters, struct failure *ret_failure)
{
	struct json_object *topology = member_get(result, "topology", json_type_object);

	return topology ? list_on_late(daemon, call, topology, age_usec, ret_parameters, ret_failure) : -EBADMSG;
}

void method_list_ports(struct daemon *daemon, struct call *call)
{
	static const struct read_ops ops = { list_on_result, list_on_late, true };

	read_start(daemon, call, "scan", NULL, &ops);
}

/* -- UnbindPort, BindPort ---------------------------------------------- */

/* Names of ports, memdevs, PCI functions and the like: what a worker looks up has no other characters. */
static bool port_is_valid(const char *port)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._=-";

	return *port && strlen(port) < JOB_TEXT_MAX && strspn(port, allowed) == strlen(port);
}

static bool is_forced(const struct call *call)
{
	bool force = false;

	param_bool(call->parameters, "force", &force);
	return force;
}

/* Regions that are deleted on the way are deleted by the caller. Returns true, or answers the call. */
static bool check(struct daemon *daemon, struct call *call, const char *port)
{
	struct failure failure;

	if (!port_is_valid(port))
		failure_set(&failure, ERROR_INVALID_REQUEST, NULL, "\"%.64s\" is no name of a port or memdev.", port);
	else if (!is_forced(call) ||
		 access_check(&daemon->config, ACCESS_REGION, call_credentials(call), &failure) == 0)
		return true;
	call_fail(call, &failure);
	return false;
}

static struct json_object *parameters_new(const struct daemon *daemon, const struct call *call, const char *port,
					  enum job_kind kind)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters || member_add_string(parameters, "port", port) < 0)
		return NULL;
	if (kind == JOB_UNBIND_PORT && (member_add_bool(parameters, "force", is_forced(call)) < 0 ||
					config_add_policy(&daemon->config, parameters) < 0))
		return NULL;
	return steal_pointer(parameters);
}

static void submit(struct daemon *daemon, struct call *call, enum job_kind kind)
{
	struct runner_request request = { .kind = kind };
	const char *port = "";
	struct failure failure;

	param_string(call->parameters, "port", &port);
	if (!check(daemon, call, port))
		return;
	if (!job_options_take(&daemon->config, call, &request))
		return;
	request.region = port;
	request.parameters = parameters_new(daemon, call, port, kind);
	if (request.parameters) {
		runner_submit(&daemon->runner, call, &request);
		return;
	}
	failure_set_errno(&failure, -ENOMEM, "Passing the request on");
	call_fail(call, &failure);
}

void method_unbind_port(struct daemon *daemon, struct call *call)
{
	submit(daemon, call, JOB_UNBIND_PORT);
}

void method_bind_port(struct daemon *daemon, struct call *call)
{
	submit(daemon, call, JOB_BIND_PORT);
}
