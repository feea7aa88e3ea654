/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>

#include "cxlctl.h"

int main(int argc, char **argv)
{
	/* Only how characters are written: numbers stay those of the wire. */
	setlocale(LC_CTYPE, "");
	return cxlctl_run(argc, argv);
}
