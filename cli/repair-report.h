/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Repair and PlanRepair answer, for people. */
#ifndef CXLCTL_REPAIR_REPORT_H
#define CXLCTL_REPAIR_REPORT_H

#include <stdbool.h>

struct json_object;

/* repair_report_print() - what interrupted jobs left, then each finding with what became of it, or what would be done. */
void repair_report_print(struct json_object *answer, bool dry_run);

/* repair_report_status() - the exit status of a repair: the worst of its findings. */
int repair_report_status(struct json_object *answer);

#endif
