/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_PORT_TEXT_H
#define CXLCTL_PORT_TEXT_H

struct json_object;

/* port_text_print_unbound() - what UnbindPort did, in lines. */
void port_text_print_unbound(struct json_object *result);

/* port_text_print_bound() - the same for BindPort. */
void port_text_print_bound(struct json_object *result);

#endif
