/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "memory.h"
#include "scope.h"
#include "table.h"
#include "text.h"

static const char *driver_of(struct json_object *port)
{
	if (!field_bool(port, "bound"))
		return "-";
	return field_is(port, "kind", "root") ? "cxl_acpi" : "cxl_port";
}

/* As many as there are: who unbinds a port wants to see all of them. */
static void add_regions(struct table *table, struct json_object *port)
{
	size_t count = field_count(port, "regions");
	CLEANUP(cleanup_free) char *text = memory_format("%s", count > 0 ? "" : "-");

	for (size_t i = 0; i < count; i++)
		memory_extend(&text, "%s%s", i > 0 ? "," : "", json_object_get_string(field_at(port, "regions", i)));
	table_add(table, "%s", text);
}

static void add_row(struct table *table, struct json_object *port)
{
	table_add(table, "%s", field_string(port, "port"));
	table_add(table, "%s", field_string(port, "kind"));
	table_add(table, "%s", field_string(port, "uport"));
	table_add(table, "%s", field_has(port, "memdev") ? field_string(port, "memdev") : "-");
	table_add(table, "%s", driver_of(port));
	add_regions(table, port);
}

static void print_table(struct json_object *ports)
{
	struct table table;

	table_init(&table, "PORT KIND DEVICE MEMDEV DRIVER REGIONS");
	for (size_t i = 0; i < json_object_array_length(ports); i++)
		add_row(&table, json_object_array_get_idx(ports, i));
	table_print(&table, stdout, "");
	table_done(&table);
}

static int list_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *ports = NULL;
	struct problem problem = {};
	int status;

	if (count > 0) {
		problem_set_invalid(&problem, arguments[0], "port list takes no argument.");
		return session_refuse(session, &problem);
	}
	status = session_ask_picture(session, "ListPorts", NULL, "ports", json_type_array, &ports);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, ports);
	else if (json_object_array_length(ports) == 0)
		fputs("no ports\n", stderr);
	else
		print_table(ports);
	return status;
}

const struct command command_port_list = {
	.group = "port",
	.name = "list",
	.arguments = "",
	.summary = "one line about each port, with the regions that live there",
	.help = "DEVICE names a port also when it comes back under another name. A memdev without an endpoint stands "
		"for\n"
		"one that is not bound.\n",
	.run = list_run,
};
