/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_PORT_NAME_H
#define CXLCTL_PORT_NAME_H

/*
 * port_name_normalize() - a port as the daemon takes it.
 *
 * @text: port1, endpoint3, a memdev in any form, or the name of a port's device
 *
 * Returns a new string, in which a serial is decimal; NULL if it is none of these.
 */
char *port_name_normalize(const char *text);

#endif
