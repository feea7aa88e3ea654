/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "lock-words.h"

void set_fill(struct lock_set *set, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;

	assert_non_null(copy);
	while ((word = strsep(&rest, " ")) != NULL) {
		bool shared = word[0] != '!';

		if (word[0])
			assert_int_equal(lock_set_add(set, shared ? word : word + 1, shared), 0);
	}
	free(copy);
}
