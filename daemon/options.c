/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "libregion.h"

#define JOBS_PATH "/run/cxl-regiond/jobs"

static const char help[] =
	"Usage: cxl-regiond [OPTION...]\n"
	"Create, list and delete CXL regions for local callers, in the foreground.\n"
	"\n"
	"  --socket PATH   listen there, unless the service manager passes a socket\n"
	"                  (default: " REGION_SOCKET_PATH ")\n"
	"  --config FILE   read FILE and FILE.d/*.conf instead of /etc/cxl-regiond/cxl-regiond.conf\n"
	"  --worker PATH   the program that writes sysfs (default: " WORKER_PATH ")\n"
	"  --jobs DIR      keep the intent logs of jobs there (default: " JOBS_PATH ")\n"
	"  --version       print the version\n"
	"  --help          print this\n";

enum {
	OPTION_SOCKET = 1,
	OPTION_CONFIG,
	OPTION_WORKER,
	OPTION_JOBS,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "worker", required_argument, NULL, OPTION_WORKER },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, OPTION_HELP },
	{},
};

static int options_refuse(void)
{
	fputs("Try 'cxl-regiond --help'.\n", stderr);
	return -EINVAL;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = { .socket_path = REGION_SOCKET_PATH,
				   .worker_path = WORKER_PATH,
				   .jobs_path = JOBS_PATH };
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (option) {
		case OPTION_SOCKET:
			options.socket_path = optarg;
			break;
		case OPTION_CONFIG:
			options.config_path = optarg;
			break;
		case OPTION_WORKER:
			options.worker_path = optarg;
			break;
		case OPTION_JOBS:
			options.jobs_path = optarg;
			break;
		case OPTION_VERSION:
			puts("cxl-regiond " VERSION);
			return 1;
		case OPTION_HELP:
			fputs(help, stdout);
			return 1;
		default:
			return options_refuse();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "cxl-regiond: unexpected argument \"%s\"\n", argv[optind]);
		return options_refuse();
	}
	*ret_options = options;
	return 0;
}
