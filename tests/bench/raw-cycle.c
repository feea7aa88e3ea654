/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon is measured against: the least program that creates and deletes a region by the same writes,
 * and settles as it must. It checks nothing, and leaves whatever a failure leaves.
 *
 * usage: raw-cycle DECODER ENDPOINT-DECODER SIZE CYCLES; prints the microseconds of each cycle
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUS    "/sys/bus/cxl/devices"
#define DRIVER "/sys/bus/cxl/drivers/cxl_region"

static void fail(const char *path)
{
	perror(path);
	exit(EXIT_FAILURE);
}

static void put(const char *directory, const char *attribute, const char *value)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, attribute);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		fail(path);
	close(fd);
}

static void get(const char *path, char *value, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t length;

	length = fd < 0 ? -1 : read(fd, value, size - 1);
	if (length < 0)
		fail(path);
	value[length] = '\0';
	value[strcspn(value, "\n")] = '\0';
	close(fd);
}

static void settle(void)
{
	char value[16];

	get("/sys/bus/nd/devices/ndbus0/wait_probe", value, sizeof(value));
}

static void cycle(const char *decoder, const char *target, const char *size)
{
	char root[128], region[192], endpoint[128], name[64], path[256];

	snprintf(root, sizeof(root), BUS "/%s", decoder);
	snprintf(endpoint, sizeof(endpoint), BUS "/%s", target);
	snprintf(path, sizeof(path), "%s/create_pmem_region", root);
	get(path, name, sizeof(name));
	put(root, "create_pmem_region", name);
	snprintf(region, sizeof(region), BUS "/%s", name);
	put(region, "interleave_granularity", "256");
	put(region, "interleave_ways", "1");
	put(region, "uuid", "86077512-4a84-4dc1-b4ce-d7a3e2797808\n");
	put(region, "size", size);
	put(endpoint, "mode", "pmem");
	put(endpoint, "dpa_size", size);
	put(region, "target0", target);
	put(region, "commit", "1");
	put(DRIVER, "bind", name);
	settle();

	settle();
	put(DRIVER, "unbind", name);
	put(region, "commit", "0");
	put(region, "target0", "\n");
	put(endpoint, "dpa_size", "0");
	put(root, "delete_region", name);
}

int main(int argc, char **argv)
{
	struct timespec start, end;

	if (argc != 5) {
		fprintf(stderr, "usage: raw-cycle DECODER ENDPOINT-DECODER SIZE CYCLES\n");
		return 2;
	}
	for (long i = atol(argv[4]); i > 0; i--) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		cycle(argv[1], argv[2], argv[3]);
		clock_gettime(CLOCK_MONOTONIC, &end);
		printf("%ld\n", (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
	}
	return 0;
}
