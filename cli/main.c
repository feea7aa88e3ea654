/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <stdio.h>

#include "cxlctl.h"

int main(int argc, char **argv)
{
	/* Only how characters are written: numbers stay those of the wire. */
	setlocale(LC_CTYPE, "");
	/* Messages are put together from pieces: each line goes out as one. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	return cxlctl_run(argc, argv);
}
