/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CXLCTL_REGIONS_H
#define CXLCTL_REGIONS_H

#include "session.h"

/*
 * regions_ask() - ListRegions; says on standard error if the answer is an old one.
 *
 * @count, @names: which; none for all
 * @ret_regions: the array, for the caller to put
 *
 * Returns 0, or an exit status with all said.
 */
int regions_ask(struct session *session, int count, char **names, struct json_object **ret_regions);

#endif
