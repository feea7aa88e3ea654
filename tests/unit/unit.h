/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each unit test includes first: cmocka wants these headers before it. */
#ifndef CXL_REGIOND_TESTS_UNIT_H
#define CXL_REGIOND_TESTS_UNIT_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
