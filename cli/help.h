/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_HELP_H
#define CXLCTL_HELP_H

struct command;

/* help_program() - what cxlctl is and its commands, or those of one group. commands ends with NULL. */
void help_program(const struct command *const *commands, const char *group);

void help_command(const struct command *command);

#endif
