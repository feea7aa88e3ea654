/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "libregion.h"
#include "region-text.h"
#include "regions.h"
#include "scope.h"
#include "table.h"
#include "text.h"

/* Together with the widest of what else is usual, a line has 100 characters. */
#define MEMDEVS_WIDTH 14

static void add_row(struct table *table, struct json_object *region)
{
	CLEANUP(cleanup_free) char *memdevs = region_text_memdevs(region, ",", MEMDEVS_WIDTH);
	char size[REGION_SIZE_TEXT_MAX], granularity[REGION_SIZE_TEXT_MAX];

	table_add(table, "%s", field_string(region, "region"));
	table_add(table, "%s", field_string(region, "type"));
	table_add(table, "%s", region_size_format(field_uint(region, "size"), size));
	table_add(table, "%" PRIu64, field_uint(region, "interleave_ways"));
	table_add(table, "%s", region_size_format(field_uint(region, "interleave_granularity"), granularity));
	if (field_has(region, "resource"))
		table_add(table, "0x%" PRIx64, field_uint(region, "resource"));
	else
		table_add(table, "-");
	table_add(table, "%s", field_string(region, "state"));
	table_add(table, "%s", field_string(region, "origin"));
	table_add(table, "%s", field_string(region, "root_decoder"));
	table_add(table, "%s", memdevs);
}

static void print_table(struct json_object *regions)
{
	struct table table;

	table_init(&table, "REGION TYPE >SIZE >WAYS >GRAN >RESOURCE STATE ORIGIN DECODER MEMDEVS");
	for (size_t i = 0; i < json_object_array_length(regions); i++)
		add_row(&table, json_object_array_get_idx(regions, i));
	table_print(&table, stdout, "");
	table_done(&table);
}

static int list_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *regions = NULL;
	int status;

	status = regions_ask(session, count, arguments, &regions);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, regions);
	else if (json_object_array_length(regions) == 0)
		fputs("no regions\n", stderr);
	else
		print_table(regions);
	return status;
}

const struct command command_region_list = {
	.group = "region",
	.name = "list",
	.arguments = "[REGION...]",
	.summary = "one line about each region",
	.help = "All regions, or those named. GRAN is the interleave granularity. 'cxlctl region show' says more.\n",
	.run = list_run,
};
