/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings in the shape that the interface io.cxlregiond.Region describes. */
#ifndef CXL_REGIOND_CORE_FINDING_JSON_H
#define CXL_REGIOND_CORE_FINDING_JSON_H

#include "plan-repair.h"

struct json_object;

/* finding_to_json() - the type Finding, without what became of it. Returns 0 or -ENOMEM. */
int finding_to_json(const struct finding *finding, struct json_object **ret_finding);

/* finding_list_to_json() - an array of them. Returns 0 or -ENOMEM. */
int finding_list_to_json(const struct finding_list *list, struct json_object **ret_findings);

#endif
