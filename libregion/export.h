/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks the definition of what libregion.h declares; libregion.sym lists the same functions. */
#ifndef LIBREGION_EXPORT_H
#define LIBREGION_EXPORT_H

#define REGION_EXPORT __attribute__((visibility("default")))

#endif
