/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "command.h"
#include "field.h"
#include "scope.h"
#include "text.h"
#include "topology-tree.h"
#include "tree.h"

static void print_tree(struct json_object *topology)
{
	struct tree_node *tree = topology_tree_new(topology);

	tree_print(tree, stdout, text_is_utf8());
	tree_free(tree);
}

static int topology_run(struct session *session, const void *state, int count, char **arguments)
{
	CLEANUP(cleanup_json) struct json_object *topology = NULL;
	struct problem problem = {};
	int status;

	if (count > 0) {
		problem_set_invalid(&problem, arguments[0], "topology takes no argument.");
		return session_refuse(session, &problem);
	}
	status = session_ask_picture(session, "GetTopology", NULL, "topology", json_type_object, &topology);
	if (status)
		return status;
	if (session->json)
		text_print_json(stdout, topology);
	else if (field_count(topology, "ports") == 0 && field_count(topology, "memdevs") == 0)
		fputs("no CXL hardware\n", stderr);
	else
		print_tree(topology);
	return status;
}

const struct command command_topology = {
	.name = "topology",
	.arguments = "",
	.summary = "the CXL hardware, its windows, decoders and regions, as a tree",
	.help = "Below a root stand its windows (root decoders) with their regions, then host bridges, switches and\n"
		"endpoints with their memdevs and decoders.\n",
	.run = topology_run,
};
