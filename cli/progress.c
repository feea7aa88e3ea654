/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "field.h"

#define LINE_MAX_LENGTH 79

bool progress_begin(struct progress *progress)
{
	*progress = (struct progress){};
	return isatty(STDERR_FILENO);
}

static void show(struct progress *progress, const char *line, int length)
{
	fprintf(stderr, "\r%s%*s", line, progress->shown > length ? progress->shown - length : 0, "");
	fflush(stderr);
	progress->shown = length;
}

void progress_show(struct json_object *report, void *userdata)
{
	struct progress *progress = userdata;
	char line[LINE_MAX_LENGTH + 1];
	int length;

	length = snprintf(line, sizeof(line), "[%" PRIu64 "/%" PRIu64 "] %.32s %.32s", field_uint(report, "n"),
			  field_uint(report, "m"), field_string(report, "step"), field_string(report, "object"));
	if (length > LINE_MAX_LENGTH)
		length = LINE_MAX_LENGTH;
	show(progress, line, length);
}

void progress_end(struct progress *progress)
{
	if (progress->shown == 0)
		return;
	show(progress, "", 0);
	fputs("\r", stderr);
}
