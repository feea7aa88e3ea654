/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's log: with fields in the journal when the service manager connected us to it, as lines
 * on standard error otherwise. One failure gives one message.
 */
#ifndef CXL_REGIOND_DAEMON_LOG_H
#define CXL_REGIOND_DAEMON_LOG_H

#include <syslog.h>

#define LOG_FIELDS_MAX 12

/* log_open() - find out where the log goes. Before it, it goes to standard error. */
void log_open(void);

/* log_write() - one message; priority is one of syslog's, LOG_ERR to LOG_DEBUG. */
void log_write(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * log_write_fields() - one message with fields of its own.
 *
 * @fields: texts "NAME=value", ended by NULL, at most LOG_FIELDS_MAX; standard error shows none of them
 */
void log_write_fields(int priority, const char *const *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Lines that anybody who connects can cause: so many in a minute, and no more. */
#define LOG_STRANGERS_MAX  30
#define LOG_STRANGERS_USEC 60000000u

/* log_stranger() - a notice of what a stranger did. */
void log_stranger(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
