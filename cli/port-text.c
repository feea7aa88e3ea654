/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port-text.h"

#include <stdio.h>

#include "field.h"

void port_text_print_unbound(struct json_object *result)
{
	const char *port = field_string(result, "port"), *uport = field_string(result, "uport");

	for (size_t i = 0; i < field_count(result, "deleted"); i++)
		printf("%s: deleted\n", json_object_get_string(field_at(result, "deleted", i)));
	if (!field_bool(result, "changed"))
		printf("%s: is unbound already\n", port);
	else
		printf("%s: unbound; 'cxlctl port bind %s' binds it again\n", port, uport);
}

void port_text_print_bound(struct json_object *result)
{
	printf("%s: %s\n", field_string(result, "port"), field_bool(result, "changed") ? "bound" : "is bound already");
}
