/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 32

/* Numbers of long options without a letter; a command's own begin above them. */
enum {
	OPTION_SOCKET = 256,
	OPTION_JSON,
	OPTION_VERSION,
};

static const struct option common_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "version", no_argument, NULL, OPTION_VERSION },
};

/* The command's options, then the common ones, then the end. */
static void collect(const struct command *command, struct option *all)
{
	size_t count = 0;

	if (command && command->long_options) {
		for (; command->long_options[count].name; count++)
			all[count] = command->long_options[count];
	}
	memcpy(all + count, common_options, sizeof(common_options));
}

static int set_wrong(int option, char **argv, struct problem *ret_problem)
{
	/* A long option is known by its word; a letter can stand among others in one word. */
	const char *word = argv[optind - 1];
	char letter[] = { '-', optopt, '\0' };

	if (strncmp(word, "--", 2) != 0 && optopt > 0 && optopt < 256)
		word = letter;
	if (option == ':')
		return problem_set_invalid(ret_problem, word, "Option '%.64s' needs a value.", word);
	return problem_set_invalid(ret_problem, word, "There is no option '%.64s', or it takes no value.", word);
}

/* Returns false for an option that is the command's own. */
static bool set_common(int option, struct session *session, struct options *options)
{
	switch (option) {
	case 'h':
		options->help = true;
		return true;
	case OPTION_JSON:
		session->json = true;
		return true;
	case OPTION_SOCKET:
		session->socket_path = optarg;
		return true;
	case OPTION_VERSION:
		options->version = true;
		return true;
	default:
		return false;
	}
}

/* Where the words of cxlctl end: getopt_long() would forget where a "--" stood. */
static int find_end(const struct command *command, int argc, char **argv)
{
	int end = 1;

	if (!command || !command->takes_command)
		return argc;
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	return end;
}

int options_parse(const struct command *command, int argc, char **argv, struct session *session, void *state,
		  struct options *ret_options, struct problem *ret_problem)
{
	struct option all[OPTIONS_MAX] = {};
	struct options options = {};
	char letters[OPTIONS_MAX * 2];
	int option, status = 0, end = find_end(command, argc, argv);

	collect(command, all);
	snprintf(letters, sizeof(letters), "%s:h%s", command ? "" : "+",
		 command && command->short_options ? command->short_options : "");
	opterr = 0;
	optind = 0;
	/* To the end even if one is wrong: a --json behind it says how to report that. */
	while ((option = getopt_long(end, argv, letters, all, NULL)) != -1) {
		if (set_common(option, session, &options) || status)
			continue;
		if (option == '?' || option == ':')
			status = set_wrong(option, argv, ret_problem);
		else
			status = command->set(state, option, optarg, ret_problem);
	}
	if (status)
		return status;
	options.count = argc - optind;
	options.arguments = argv + optind;
	*ret_options = options;
	return 0;
}
