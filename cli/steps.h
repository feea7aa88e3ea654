/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_STEPS_H
#define CXLCTL_STEPS_H

struct json_object;

/* steps_print() - the member "steps" of a plan as a table: every write, in order. */
void steps_print(struct json_object *plan);

#endif
