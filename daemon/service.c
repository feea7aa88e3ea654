/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"

#include <json-c/json.h>
#include <string.h>

#include "call.h"
#include "cleanup.h"
#include "interface.h"
#include "json-members.h"
#include "member.h"
#include "methods.h"
#include "param.h"

static const char service_description[] = "# The Varlink Service Interface is provided by every varlink service.\n"
					  "interface org.varlink.service\n"
					  "\n"
					  "method GetInfo() -> (\n"
					  "  vendor: string,\n"
					  "  product: string,\n"
					  "  version: string,\n"
					  "  url: string,\n"
					  "  interfaces: []string\n"
					  ")\n"
					  "\n"
					  "method GetInterfaceDescription(interface: string) -> (description: string)\n"
					  "\n"
					  "error InterfaceNotFound (interface: string)\n"
					  "error MethodNotFound (method: string)\n"
					  "error MethodNotImplemented (method: string)\n"
					  "error InvalidParameter (parameter: string)\n";

static struct json_object *interfaces_new(void)
{
	CLEANUP(cleanup_json) struct json_object *interfaces = json_object_new_array();

	if (!interfaces || member_append(interfaces, json_object_new_string(SERVICE_NAME)) < 0 ||
	    member_append(interfaces, json_object_new_string(INTERFACE_NAME)) < 0)
		return NULL;
	return steal_pointer(interfaces);
}

static struct json_object *info_new(void)
{
	CLEANUP(cleanup_json) struct json_object *info = json_object_new_object();

	if (!info || member_add_string(info, "vendor", "cxl-regiond") < 0 ||
	    member_add_string(info, "product", "cxl-regiond") < 0 || member_add_string(info, "version", VERSION) < 0 ||
	    member_add_string(info, "url", "") < 0 || member_add(info, "interfaces", interfaces_new()) < 0)
		return NULL;
	return steal_pointer(info);
}

void service_get_info(struct daemon *daemon, struct call *call)
{
	call_reply(call, info_new());
}

static struct json_object *description_new(const char *text)
{
	CLEANUP(cleanup_json) struct json_object *parameters = json_object_new_object();

	if (!parameters || member_add_string(parameters, "description", text) < 0)
		return NULL;
	return steal_pointer(parameters);
}

void service_get_interface_description(struct daemon *daemon, struct call *call)
{
	const char *interface = "";

	param_string(call->parameters, "interface", &interface);
	if (strcmp(interface, INTERFACE_NAME) == 0)
		call_reply(call, description_new(io_cxlregiond_Region_varlink));
	else if (strcmp(interface, SERVICE_NAME) == 0)
		call_reply(call, description_new(service_description));
	else
		call_fail_service(call, "InterfaceNotFound", "interface", interface);
}
