/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of locks in short, for tests. */
#ifndef CXL_REGIOND_TESTS_LOCK_WORDS_H
#define CXL_REGIOND_TESTS_LOCK_WORDS_H

#include "lock-set.h"

/* set_fill() - add locks to a set. Each word is one, shared, or with a "!" in front exclusive: "root0 !mem0". */
void set_fill(struct lock_set *set, const char *text);

#endif
