/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "job-options.h"
#include "libregion.h"
#include "memdev-name.h"
#include "memory.h"
#include "region-text.h"
#include "scope.h"
#include "steps.h"
#include "table.h"
#include "text.h"

/* What the options say; a member that is 0 or NULL was not given. The texts are those of the command line. */
struct create {
	const char *decoder;
	uint64_t ways;
	uint64_t granularity;
	uint64_t size;
	const char *type;
	const char *uuid;
	const char *key;
	bool memdevs;
	bool enforce_qos;
	bool dry_run;
	struct job_options job;
};

static int set_decoder(struct create *create, const char *value, struct problem *ret_problem)
{
	if (!region_name_is_valid(REGION_NAME_DECODER, value))
		return problem_set_invalid(ret_problem, "--decoder",
					   "--decoder: '%.64s' is no name of a decoder, such as decoder0.0.", value);
	create->decoder = value;
	return 0;
}

static int set_ways(struct create *create, const char *value, struct problem *ret_problem)
{
	if (!text_number(value, &create->ways) || create->ways == 0)
		return problem_set_invalid(ret_problem, "--ways", "--ways: '%.64s' is no number of ways, such as 2.",
					   value);
	return 0;
}

static int set_bytes(const char *option, const char *value, uint64_t *ret_bytes, struct problem *ret_problem)
{
	int r = region_size_parse(value, ret_bytes);

	if (r == -ERANGE)
		return problem_set_invalid(ret_problem, option, "%s: '%.64s' is more than 64 bits can say.", option,
					   value);
	if (r < 0)
		return problem_set_invalid(ret_problem, option, "%s: '%.64s' is no size, such as 512M or 1GiB.", option,
					   value);
	if (*ret_bytes == 0)
		return problem_set_invalid(ret_problem, option, "%s: it cannot be zero.", option);
	return 0;
}

static int set_type(struct create *create, const char *value, struct problem *ret_problem)
{
	enum region_type type;

	if (region_type_parse(value, &type) < 0)
		return problem_set_invalid(ret_problem, "--type", "--type: '%.64s' is neither pmem nor ram.", value);
	create->type = value;
	return 0;
}

static int set_uuid(struct create *create, const char *value, struct problem *ret_problem)
{
	if (!region_uuid_is_valid(value))
		return problem_set_invalid(ret_problem, "--uuid",
					   "--uuid: '%.64s' is no uuid (8-4-4-4-12 hexadecimal digits, not all zero).",
					   value);
	create->uuid = value;
	return 0;
}

static int create_set(void *state, int option, const char *value, struct problem *ret_problem)
{
	struct create *create = state;
	int status;

	if (job_options_set(&create->job, option, value, &status, ret_problem))
		return status;
	switch (option) {
	case 'd':
		return set_decoder(create, value, ret_problem);
	case 'w':
		return set_ways(create, value, ret_problem);
	case 'g':
		return set_bytes("--granularity", value, &create->granularity, ret_problem);
	case 's':
		return set_bytes("--size", value, &create->size, ret_problem);
	case 't':
		return set_type(create, value, ret_problem);
	case 'U':
		return set_uuid(create, value, ret_problem);
	case 'k':
		create->key = value;
		break;
	case 'm':
		create->memdevs = true;
		break;
	case 'Q':
		create->enforce_qos = true;
		break;
	case 'n':
		create->dry_run = true;
		break;
	}
	return 0;
}

static int add_memdevs(struct json_object *request, int count, char **names, struct problem *ret_problem)
{
	struct json_object *memdevs = memory_need(json_object_new_array());

	memory_add(request, "memdevs", memdevs);
	for (int i = 0; i < count; i++) {
		char *name = memdev_name_normalize(names[i]);

		if (!name)
			return problem_set_invalid(ret_problem, names[i],
						   "'%.64s' is no memdev: name it mem3, 0000:35:00.0 or serial=N.",
						   names[i]);
		memory_append(memdevs, json_object_new_string(name));
		free(name);
	}
	return 0;
}

static int add_request(const struct create *create, int count, char **names, struct json_object *request,
		       struct problem *ret_problem)
{
	if (create->memdevs && count == 0)
		return problem_set_invalid(ret_problem, "--memdevs", "--memdevs: no memdev was named.");
	if (create->decoder)
		memory_add_string(request, "root_decoder", create->decoder);
	if (create->ways)
		memory_add_uint(request, "interleave_ways", create->ways);
	if (create->granularity)
		memory_add_uint(request, "interleave_granularity", create->granularity);
	if (create->size)
		memory_add_uint(request, "size", create->size);
	if (create->type)
		memory_add_string(request, "type", create->type);
	if (create->uuid)
		memory_add_string(request, "uuid", create->uuid);
	if (create->enforce_qos)
		memory_add_bool(request, "enforce_qos", true);
	return count > 0 ? add_memdevs(request, count, names, ret_problem) : 0;
}

static void print_targets(struct json_object *plan)
{
	struct table table;

	table_init(&table, ">POSITION MEMDEV DECODER >DPA >SIZE");
	for (size_t i = 0; i < field_count(plan, "mappings"); i++) {
		struct json_object *mapping = field_at(plan, "mappings", i);
		char size[REGION_SIZE_TEXT_MAX];

		table_add(&table, "%" PRIu64, field_uint(mapping, "position"));
		table_add(&table, "%s", field_string(mapping, "memdev"));
		table_add(&table, "%s", field_string(mapping, "decoder"));
		table_add(&table, "0x%" PRIx64, field_uint(mapping, "dpa_resource"));
		table_add(&table, "%s", region_size_format(field_uint(mapping, "dpa_size"), size));
	}
	table_print(&table, stdout, "  ");
	table_done(&table);
}

static void print_plan(struct json_object *plan)
{
	CLEANUP(cleanup_free) char *shape = region_text_shape(plan);
	CLEANUP(cleanup_free) char *range = region_text_range(plan);

	printf("would create %s\n", shape);
	if (field_has(plan, "resource"))
		printf("HPA %s\n", range);
	if (field_bool(plan, "reordered"))
		puts("The memdevs are in another order than they were named in: the hardware's interleaving wants this "
		     "one.");
	puts("\nTargets:");
	print_targets(plan);
	puts("\nWrites:");
	steps_print(plan);
}

static int plan(struct session *session, struct json_object *parameters)
{
	CLEANUP(cleanup_json) struct json_object *plan = NULL;
	int status;

	status = session_ask(session, "PlanCreate", parameters, "plan", json_type_object, &plan);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, plan);
	else
		print_plan(plan);
	return status;
}

static int create(struct session *session, const struct create *wanted, struct json_object *parameters)
{
	CLEANUP(cleanup_json) struct json_object *result = NULL, *region = NULL;
	struct problem problem = {};
	int status;

	if (wanted->key)
		memory_add_string(parameters, "key", wanted->key);
	job_options_add(&wanted->job, parameters);
	if (session_call_long(session, "Create", parameters, &result, &problem))
		return session_refuse(session, &problem);
	if (wanted->job.no_wait)
		return job_options_report(session, "Create", result);
	status = session_take(session, "Create", result, "region", json_type_object, &region);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, region);
	else
		region_text_print_created(region);
	return status;
}

static int create_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *parameters = memory_need(json_object_new_object());
	struct json_object *request = memory_need(json_object_new_object());
	const struct create *wanted = state;
	struct problem problem = {};

	memory_add(parameters, "request", request);
	if (add_request(wanted, count, arguments, request, &problem))
		return session_refuse(session, &problem);
	if (wanted->dry_run)
		return plan(session, parameters);
	return create(session, wanted, parameters);
}

static const struct option options[] = {
	{ "decoder", required_argument, NULL, 'd' },
	{ "memdevs", no_argument, NULL, 'm' },
	{ "ways", required_argument, NULL, 'w' },
	{ "granularity", required_argument, NULL, 'g' },
	{ "size", required_argument, NULL, 's' },
	{ "type", required_argument, NULL, 't' },
	{ "uuid", required_argument, NULL, 'U' },
	{ "enforce-qos", no_argument, NULL, 'Q' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "key", required_argument, NULL, 'k' },
	JOB_TIMEOUT_ROW,
	JOB_NO_WAIT_ROW,
	{},
};

const struct command command_region_create = {
	.group = "region",
	.name = "create",
	.arguments = "[OPTION...] [MEMDEV...]",
	.summary = "make a region and enable it",
	.help = "MEMDEV is mem3, a PCI address (0000:35:00.0) or serial=N. All that is not said is chosen.\n\n"
		"  -d, --decoder NAME   root decoder below which the region is made\n"
		"  -m, --memdevs        the arguments are memdevs (they always are)\n"
		"  -w, --ways N         number of memdevs to interleave over\n"
		"  -g, --granularity N  bytes on one memdev before the next: 256, 4K\n"
		"  -s, --size SIZE      size of the region: 512M, 1GiB (a multiple of 256 MiB x ways)\n"
		"  -t, --type TYPE      pmem or ram\n"
		"  -U, --uuid UUID      uuid of a pmem region\n"
		"  -Q, --enforce-qos    refuse memdevs whose QoS class is not the decoder's\n"
		"  -n, --dry-run        print every write that would be made, and make none\n"
		"      --key KEY        name of this request: sent again under it, it is not done "
		"twice\n" JOB_OPTIONS_HELP,
	.short_options = "d:mw:g:s:t:U:Qn",
	.long_options = options,
	.state_size = sizeof(struct create),
	.set = create_set,
	.run = create_run,
};
