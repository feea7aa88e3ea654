/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cxlctl.h"

int main(int argc, char **argv)
{
	/* Messages are put together from pieces: each line goes out as one. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	return cxlctl_run(argc, argv);
}
