/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "steps.h"

#include <stdio.h>

#include "field.h"
#include "table.h"

void steps_print(struct json_object *plan)
{
	struct table table;

	table_init(&table, "STEP OBJECT ATTRIBUTE VALUE");
	for (size_t i = 0; i < field_count(plan, "steps"); i++) {
		struct json_object *step = field_at(plan, "steps", i);

		table_add(&table, "%s", field_string(step, "step"));
		table_add(&table, "%s", field_string(step, "object"));
		table_add(&table, "%s", field_string(step, "attribute"));
		table_add(&table, "%s", field_string(step, "value"));
	}
	table_print(&table, stdout, "  ");
	table_done(&table);
}
