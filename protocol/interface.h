/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of io.cxlregiond.Region.varlink, which the daemon gives to a peer that asks for its description. */
#ifndef CXL_REGIOND_PROTOCOL_INTERFACE_H
#define CXL_REGIOND_PROTOCOL_INTERFACE_H

#define INTERFACE_NAME "io.cxlregiond.Region"

extern const char io_cxlregiond_Region_varlink[];

#endif
