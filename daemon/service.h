/* SPDX-License-Identifier: GPL-2.0-or-later */
/* org.varlink.service: what every Varlink service says of itself. */
#ifndef CXL_REGIOND_DAEMON_SERVICE_H
#define CXL_REGIOND_DAEMON_SERVICE_H

#define SERVICE_NAME "org.varlink.service"

#endif
