/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include "command.h"

#define NAME_WIDTH 16

static const char common_help[] = "      --json           one JSON document instead of text\n"
				  "      --socket PATH    where cxl-regiond listens\n"
				  "  -h, --help           this text\n"
				  "      --version        the version\n";

static void print_line(const struct command *command)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", command->group ? command->group : "", command->group ? " " : "",
		 command->name);
	printf("  %-*s %s\n", NAME_WIDTH, name, command->summary);
}

void help_program(const struct command *const *commands, const char *group)
{
	printf("usage: cxlctl [--socket PATH] [--json] %s%sCOMMAND [OPTION...] [ARGUMENT...]\n\n", group ? group : "",
	       group ? " " : "");
	if (!group)
		puts("Creates, lists and deletes CXL memory regions through cxl-regiond.\n");
	puts("Commands:");
	for (; *commands; commands++) {
		if (!group || ((*commands)->group && strcmp((*commands)->group, group) == 0))
			print_line(*commands);
	}
	printf("\nOptions of every command:\n%s\ncxlctl(1) is the manual.\n", common_help);
}

void help_command(const struct command *command)
{
	printf("usage: cxlctl %s%s%s %s\n\n", command->group ? command->group : "", command->group ? " " : "",
	       command->name, command->arguments);
	printf("%s\nOptions of every command:\n%s", command->help, common_help);
}
