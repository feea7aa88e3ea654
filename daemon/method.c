/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "method.h"

#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "interface.h"
#include "methods.h"
#include "service.h"
#include "utf8.h"

#define INTERFACE_LENGTH_MAX 128

static const struct param no_params[] = { {} };
static const struct param interface_params[] = { { "interface", PARAM_STRING, true }, {} };
static const struct param list_params[] = { { "regions", PARAM_STRINGS }, {} };
/* What all jobs have. */
#define JOB_PARAMS                   \
	{ "timeout", PARAM_UINT },   \
	{                            \
		"detach", PARAM_BOOL \
	}
#define LEASE_PARAM                   \
	{                             \
		"lease", PARAM_STRING \
	}

static const struct param request_params[] = { { "request", PARAM_OBJECT, true, param_create_request }, {} };
static const struct param create_params[] = {
	{ "request", PARAM_OBJECT, true, param_create_request }, { "key", PARAM_STRING }, JOB_PARAMS, LEASE_PARAM, {}
};
static const struct param delete_params[] = { { "region", PARAM_STRING, true },
					      { "generation", PARAM_STRING },
					      { "key", PARAM_STRING },
					      JOB_PARAMS,
					      LEASE_PARAM,
					      {} };
static const struct param plan_delete_params[] = { { "region", PARAM_STRING, true },
						   { "generation", PARAM_STRING },
						   {} };
static const struct param region_params[] = {
	{ "region", PARAM_STRING, true }, { "generation", PARAM_STRING }, JOB_PARAMS, LEASE_PARAM, {}
};
static const struct param repair_params[] = { JOB_PARAMS, LEASE_PARAM, {} };
static const struct param job_params[] = { { "job", PARAM_UINT, true }, {} };
static const struct param locks_params[] = {
	{ "objects", PARAM_STRINGS, true }, { "timeout", PARAM_UINT }, { "max_seconds", PARAM_UINT }, {}
};
static const struct param unbind_params[] = {
	{ "port", PARAM_STRING, true }, { "force", PARAM_BOOL }, JOB_PARAMS, LEASE_PARAM, {}
};
static const struct param bind_params[] = { { "port", PARAM_STRING, true }, JOB_PARAMS, LEASE_PARAM, {} };

static const struct method methods[] = {
	{ SERVICE_NAME ".GetInfo", no_params, ACCESS_READ, service_get_info },
	{ SERVICE_NAME ".GetInterfaceDescription", interface_params, ACCESS_READ, service_get_interface_description },
	{ INTERFACE_NAME ".GetStatus", no_params, ACCESS_READ, method_get_status },
	{ INTERFACE_NAME ".GetTopology", no_params, ACCESS_READ, method_get_topology },
	{ INTERFACE_NAME ".ListRegions", list_params, ACCESS_READ, method_list_regions },
	{ INTERFACE_NAME ".PlanCreate", request_params, ACCESS_READ, method_plan_create },
	{ INTERFACE_NAME ".Create", create_params, ACCESS_REGION, method_create },
	{ INTERFACE_NAME ".PlanDelete", plan_delete_params, ACCESS_READ, method_plan_delete },
	{ INTERFACE_NAME ".Delete", delete_params, ACCESS_REGION, method_delete },
	{ INTERFACE_NAME ".Enable", region_params, ACCESS_REGION, method_enable },
	{ INTERFACE_NAME ".Disable", region_params, ACCESS_REGION, method_disable },
	{ INTERFACE_NAME ".ListJobs", no_params, ACCESS_READ, method_list_jobs },
	{ INTERFACE_NAME ".GetJob", job_params, ACCESS_READ, method_get_job },
	{ INTERFACE_NAME ".WaitJob", job_params, ACCESS_READ, method_wait_job },
	{ INTERFACE_NAME ".CancelJob", job_params, ACCESS_READ, method_cancel_job },
	{ INTERFACE_NAME ".AcquireLocks", locks_params, ACCESS_REGION, method_acquire_locks },
	{ INTERFACE_NAME ".PlanRepair", no_params, ACCESS_READ, method_plan_repair },
	{ INTERFACE_NAME ".Repair", repair_params, ACCESS_REGION, method_repair },
	{ INTERFACE_NAME ".ListPorts", no_params, ACCESS_READ, method_list_ports },
	{ INTERFACE_NAME ".UnbindPort", unbind_params, ACCESS_PORT, method_unbind_port },
	{ INTERFACE_NAME ".BindPort", bind_params, ACCESS_PORT, method_bind_port },
};

#define METHODS_COUNT (sizeof(methods) / sizeof(methods[0]))

const struct method *method_find(const char *name)
{
	for (size_t i = 0; i < METHODS_COUNT; i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

/* Length of the interface's name within a method's, 0 for a name without one. */
static size_t interface_length(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? (size_t)(dot - name) : 0;
}

bool method_interface_exists(const char *name)
{
	size_t length = interface_length(name);

	for (size_t i = 0; i < METHODS_COUNT; i++)
		if (interface_length(methods[i].name) == length && strncmp(methods[i].name, name, length) == 0)
			return true;
	return false;
}

static void method_refuse_unknown(struct call *call)
{
	char interface[INTERFACE_LENGTH_MAX];

	if (method_interface_exists(call->method)) {
		call_fail_service(call, "MethodNotFound", "method", call->method);
		return;
	}
	snprintf(interface, sizeof(interface), "%.*s", (int)interface_length(call->method), call->method);
	call_fail_service(call, "InterfaceNotFound", "interface", utf8_clean(interface));
}

/* The service interface has an error of its own for wrong parameters; its methods have one at the most. */
static void method_refuse_params(const struct method *method, struct call *call, const struct failure *failure)
{
	if (strncmp(method->name, SERVICE_NAME ".", sizeof(SERVICE_NAME)) == 0)
		call_fail_service(call, "InvalidParameter", "parameter",
				  method->params->name ? method->params->name : "parameters");
	else
		call_fail(call, failure);
}

void method_dispatch(struct daemon *daemon, struct call *call)
{
	const struct method *method = method_find(call->method);
	struct failure failure;

	if (!method)
		method_refuse_unknown(call);
	else if (access_check(&daemon->config, method->access, call_credentials(call), &failure) != 0)
		call_fail(call, &failure);
	else if (param_check(method->params, call->parameters, &failure) != 0)
		method_refuse_params(method, call, &failure);
	else
		method->handler(daemon, call);
}
