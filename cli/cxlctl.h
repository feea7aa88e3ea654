/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_CXLCTL_H
#define CXLCTL_CXLCTL_H

/* cxlctl_run() - the whole program, but for the locale. Returns the exit status. */
int cxlctl_run(int argc, char **argv);

#endif
