/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the start of a process costs by itself. */
int main(void)
{
	return 0;
}
