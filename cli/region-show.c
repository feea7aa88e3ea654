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

static void print_line(const char *label, const char *value)
{
	printf("  %-14s ", label);
	text_print(stdout, *value ? value : "-");
	putchar('\n');
}

static void print_bytes(const char *label, uint64_t bytes)
{
	char size[REGION_SIZE_TEXT_MAX];

	printf("  %-14s %s (%" PRIu64 ")\n", label, region_size_format(bytes, size), bytes);
}

static void print_fields(struct json_object *region)
{
	CLEANUP(cleanup_free) char *range = region_text_range(region);

	print_line("type", field_string(region, "type"));
	print_bytes("size", field_uint(region, "size"));
	print_line("resource", range);
	printf("  %-14s %" PRIu64 "\n", "ways", field_uint(region, "interleave_ways"));
	print_bytes("granularity", field_uint(region, "interleave_granularity"));
	print_line("root decoder", field_string(region, "root_decoder"));
	print_line("uuid", field_string(region, "uuid"));
	print_line("state", field_string(region, "state"));
	print_line("decode state", field_string(region, "decode_state"));
	print_line("origin", field_string(region, "origin"));
	print_line("locked", field_bool(region, "locked") ? "yes" : "no");
	print_line("generation", field_string(region, "generation"));
}

static void print_mappings(struct json_object *region)
{
	struct table table;

	table_init(&table, ">POSITION MEMDEV DECODER SERIAL");
	for (size_t i = 0; i < field_count(region, "mappings"); i++) {
		struct json_object *mapping = field_at(region, "mappings", i);
		const char *memdev = field_string(mapping, "memdev");

		table_add(&table, "%" PRIu64, field_uint(mapping, "position"));
		table_add(&table, "%s", *memdev ? memdev : "-");
		table_add(&table, "%s", field_string(mapping, "decoder"));
		if (field_has(mapping, "serial"))
			table_add(&table, "0x%" PRIx64, field_uint(mapping, "serial"));
		else
			table_add(&table, "-");
	}
	puts("  mappings");
	table_print(&table, stdout, "    ");
	table_done(&table);
}

static void print_consumers(struct json_object *region)
{
	if (!field_has(region, "consumers")) {
		puts("  who uses it is not known");
		return;
	}
	if (field_count(region, "consumers") == 0) {
		puts("  nobody uses it");
		return;
	}
	puts("  in use");
	for (size_t i = 0; i < field_count(region, "consumers"); i++) {
		struct json_object *consumer = field_at(region, "consumers", i);

		fputs("    ", stdout);
		text_print(stdout, field_string(consumer, "kind"));
		putchar(' ');
		text_print(stdout, field_string(consumer, "name"));
		fputs(": ", stdout);
		text_print(stdout, field_string(consumer, "detail"));
		putchar('\n');
	}
}

static void print_region(struct json_object *region)
{
	printf("%s\n", field_string(region, "region"));
	print_fields(region);
	print_mappings(region);
	print_consumers(region);
}

static int show_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *regions = NULL;
	struct problem problem = {};
	int status;

	if (count == 0) {
		problem_set_invalid(&problem, NULL, "Which region? None was named.");
		return session_refuse(session, &problem);
	}
	status = regions_ask(session, count, arguments, &regions);
	if (status)
		return status;
	if (session->json) {
		text_print_json(stdout, count == 1 && json_object_array_length(regions) == 1
						? json_object_array_get_idx(regions, 0)
						: regions);
		return status;
	}
	for (size_t i = 0; i < json_object_array_length(regions); i++)
		print_region(json_object_array_get_idx(regions, i));
	return status;
}

const struct command command_region_show = {
	.group = "region",
	.name = "show",
	.arguments = "REGION...",
	.summary = "all that is known about regions, and who uses them",
	.help = "With --json, one region is an object, and several are an array.\n",
	.run = show_run,
};
