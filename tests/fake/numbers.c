/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the kernel reads what is written: lib/kstrtox.c, sysfs_streq(), the tables of drivers/cxl/cxl.h. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* One newline may end a number, nothing else. */
int parse_u64(const char *text, uint64_t *ret_number)
{
	uint64_t number;
	char *end;
	int base = 10;

	if (*text == '+')
		text++;
	if (text[0] == '0')
		base = (text[1] == 'x' || text[1] == 'X') && isxdigit((unsigned char)text[2]) ? 16 : 8;
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, base);
	if (errno == ERANGE)
		return -ERANGE;
	if (*end == '\n')
		end++;
	if (*end != '\0')
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int parse_uint(const char *text, unsigned int *ret_number)
{
	uint64_t wide;
	int r = parse_u64(text, &wide);

	if (r < 0)
		return r;
	if (wide > UINT_MAX)
		return -ERANGE;
	*ret_number = (unsigned int)wide;
	return 0;
}

int parse_int(const char *text, int *ret_number)
{
	bool negative = *text == '-';
	uint64_t wide;
	int r = parse_u64(negative ? text + 1 : text, &wide);

	if (r < 0)
		return r;
	if (wide > (uint64_t)INT_MAX + negative)
		return -ERANGE;
	*ret_number = (int)(negative ? -(int64_t)wide : (int64_t)wide);
	return 0;
}

int parse_bool(const char *text, bool *ret_flag)
{
	if (*text && strchr("yYtT1", *text))
		*ret_flag = true;
	else if (*text && strchr("nNfF0", *text))
		*ret_flag = false;
	else if ((text[0] == 'o' || text[0] == 'O') && text[1] && strchr("nN", text[1]))
		*ret_flag = true;
	else if ((text[0] == 'o' || text[0] == 'O') && text[1] && strchr("fF", text[1]))
		*ret_flag = false;
	else
		return -EINVAL;
	return 0;
}

bool parse_region_name(const char *text, int *ret_id)
{
	const char *number = text + 6;

	if (strncmp(text, "region", 6) != 0)
		return false;
	while (isspace((unsigned char)*number))
		number++;
	if (!isdigit((unsigned char)number[*number == '-']))
		return false;
	*ret_id = (int)strtol(number, NULL, 10);
	return true;
}

bool same_name(const char *name, const char *text)
{
	size_t length = strlen(name);

	return strncmp(name, text, length) == 0 &&
	       (text[length] == '\0' || (text[length] == '\n' && text[length + 1] == '\0'));
}

bool is_power_of_two(unsigned int number)
{
	return number != 0 && (number & (number - 1)) == 0;
}

static int log_two(unsigned int number)
{
	return 31 - __builtin_clz(number);
}

int ways_to_eiw(unsigned int ways, int *ret_eiw)
{
	if (ways > 16)
		return -EINVAL;
	if (is_power_of_two(ways)) {
		*ret_eiw = log_two(ways);
		return 0;
	}
	if (ways % 3 != 0 || !is_power_of_two(ways / 3))
		return -EINVAL;
	*ret_eiw = log_two(ways / 3) + 8;
	return 0;
}

int granularity_to_eig(int granularity, int *ret_eig)
{
	if (granularity > 16384 || granularity < 256 || !is_power_of_two((unsigned int)granularity))
		return -EINVAL;
	*ret_eig = log_two((unsigned int)granularity) - 8;
	return 0;
}
