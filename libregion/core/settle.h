/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnvdimm registers what stands on a pmem region asynchronously. Whoever unbinds the region before that
 * is through crashes the kernel; reading wait_probe of the nd bus waits for it.
 */
#ifndef CXL_REGIOND_CORE_SETTLE_H
#define CXL_REGIOND_CORE_SETTLE_H

#include "sysfs.h"

/* settle_nd() - wait until the nd buses of CXL are quiet. Returns 0 (also when there is none) or a negative errno. */
int settle_nd(struct sysfs *sysfs);

/*
 * settle_cxl() - wait also for what the CXL bus has queued. An endpoint that goes, even with its memdev's driver, queues
 * a work item that takes that driver away: run late, it takes it from a memdev that was bound again.
 *
 * Returns 0 (also without a CXL bus) or a negative errno.
 */
int settle_cxl(struct sysfs *sysfs);

/* How the nd buses that CXL provides call their provider. */
#define SETTLE_PROVIDER "CXL"

#endif
