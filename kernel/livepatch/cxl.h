/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CXL_LIVEPATCH_CXL_H
#define CXL_LIVEPATCH_CXL_H

#include <linux/device.h>

/* Exported by the CXL core (namespace CXL), whose header is not in the header packages. */
bool is_cxl_port(struct device *dev);
bool is_cxl_region(struct device *dev);
bool is_root_decoder(struct device *dev);

#endif
