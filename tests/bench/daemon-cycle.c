/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cycles of create and delete over one connection of libregion.
 *
 * usage: daemon-cycle DECODER MEMDEV SIZE CYCLES; prints the microseconds of each cycle
 */
#include <json-c/json.h>
#include <libregion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void fail(int r, struct region_error *error)
{
	fprintf(stderr, "%s\n", r > 0 ? region_error_message(error) : strerror(-r));
	exit(EXIT_FAILURE);
}

static struct json_object *create_parameters(char **argv)
{
	struct json_object *parameters = json_object_new_object(), *request = json_object_new_object();
	struct json_object *memdevs = json_object_new_array();
	uint64_t size = 0;

	if (region_size_parse(argv[3], &size) < 0)
		exit(2);
	json_object_array_add(memdevs, json_object_new_string(argv[2]));
	json_object_object_add(request, "root_decoder", json_object_new_string(argv[1]));
	json_object_object_add(request, "memdevs", memdevs);
	json_object_object_add(request, "size", json_object_new_uint64(size));
	json_object_object_add(parameters, "request", request);
	return parameters;
}

static void cycle(struct region_client *client, struct json_object *parameters)
{
	struct json_object *result, *region, *by_name = json_object_new_object();
	struct region_error *error = NULL;
	int r;

	r = region_client_call(client, "Create", parameters, NULL, NULL, &result, &error);
	if (r != 0)
		fail(r, error);
	region = json_object_object_get(json_object_object_get(result, "region"), "region");
	json_object_object_add(by_name, "region", json_object_get(region));
	json_object_put(result);
	r = region_client_call(client, "Delete", by_name, NULL, NULL, &result, &error);
	if (r != 0)
		fail(r, error);
	json_object_put(result);
	json_object_put(by_name);
}

int main(int argc, char **argv)
{
	struct json_object *parameters;
	struct region_client *client;
	struct timespec start, end;
	int r;

	if (argc != 5) {
		fprintf(stderr, "usage: daemon-cycle DECODER MEMDEV SIZE CYCLES\n");
		return 2;
	}
	parameters = create_parameters(argv);
	r = region_client_connect(NULL, &client);
	if (r < 0)
		fail(r, NULL);
	for (long i = atol(argv[4]); i > 0; i--) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		cycle(client, parameters);
		clock_gettime(CLOCK_MONOTONIC, &end);
		printf("%ld\n", (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000);
	}
	region_client_free(client);
	json_object_put(parameters);
	return 0;
}
