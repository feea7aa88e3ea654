/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_MEMDEV_NAME_H
#define CXLCTL_MEMDEV_NAME_H

/*
 * memdev_name_normalize() - a memdev as the daemon takes it.
 *
 * @text: mem3, a PCI address with its domain, or serial=N with a decimal or hexadecimal number
 *
 * Returns a new string, in which a serial is decimal; NULL if it is none of these.
 */
char *memdev_name_normalize(const char *text);

#endif
