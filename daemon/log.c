/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "clock.h"

#define LOG_LINE_MAX 1024

static bool to_journal;

/* systemd.exec(5): $JOURNAL_STREAM holds device and inode of the stream; it counts only while it is our standard error. */
void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat status;

	if (!stream || sscanf(stream, "%lu:%lu", &device, &inode) != 2)
		return;
	to_journal = fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

static struct iovec log_field(const char *text)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) };
}

static void log_to_journal(int priority, const char *const *fields, const char *line)
{
	char message[LOG_LINE_MAX + sizeof("MESSAGE=")], level[sizeof("PRIORITY=7")];
	struct iovec vector[LOG_FIELDS_MAX + 3];
	int count = 0;

	snprintf(message, sizeof(message), "MESSAGE=%s", line);
	snprintf(level, sizeof(level), "PRIORITY=%d", priority & 7);
	vector[count++] = log_field(message);
	vector[count++] = log_field(level);
	vector[count++] = log_field("SYSLOG_IDENTIFIER=cxl-regiond");
	for (size_t i = 0; fields && fields[i] && i < LOG_FIELDS_MAX; i++)
		vector[count++] = log_field(fields[i]);
	sd_journal_sendv(vector, count);
}

/* What a client sent can be part of a line: it must neither begin another nor drive a terminal. */
static void log_clean(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
}

static void __attribute__((format(printf, 3, 0)))
log_write_va(int priority, const char *const *fields, const char *format, va_list arguments)
{
	char line[LOG_LINE_MAX];
	int saved = errno;

	vsnprintf(line, sizeof(line), format, arguments);
	log_clean(line);
	if (to_journal)
		log_to_journal(priority, fields, line);
	else if (priority < LOG_DEBUG)
		fprintf(stderr, "cxl-regiond: %s\n", line);
	errno = saved;
}

void log_write(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write_va(priority, NULL, format, arguments);
	va_end(arguments);
}

void log_write_fields(int priority, const char *const *fields, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write_va(priority, fields, format, arguments);
	va_end(arguments);
}

void log_stranger(const char *format, ...)
{
	static uint64_t window_usec;
	static unsigned int count;
	uint64_t now = clock_now();
	va_list arguments;

	if (now - window_usec > LOG_STRANGERS_USEC) {
		window_usec = now;
		count = 0;
	}
	if (++count > LOG_STRANGERS_MAX)
		return;
	va_start(arguments, format);
	log_write_va(LOG_NOTICE, NULL, format, arguments);
	va_end(arguments);
	if (count == LOG_STRANGERS_MAX)
		log_write(LOG_NOTICE, "more of this kind is left out for up to a minute");
}
