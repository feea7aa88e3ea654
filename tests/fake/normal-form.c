/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host as one text, without what no undo brings back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

static const char *name_of(const struct fake *fake, int object)
{
	return object == NONE ? "-" : fake->objects[object].name;
}

static void put_port(FILE *out, const struct fake *fake, const struct port *port)
{
	fprintf(out, " committed %d allocated %d", port->commit_end, port->hdm_end);
	for (int i = 0; i < REFS_MAX; i++) {
		const struct region_ref *ref = &port->refs[i];

		if (ref->region != NONE)
			fprintf(out, " [%s by %s: %d endpoints, %d targets, %d set]", name_of(fake, ref->region),
				name_of(fake, ref->decoder), ref->n_endpoints, ref->n_targets, ref->n_targets_set);
	}
}

/* What a decoder is set to means nothing without a region, and its mode nothing without DPA. */
static void put_decoder(FILE *out, const struct fake *fake, enum kind kind, const struct decoder *decoder)
{
	fprintf(out, " region %s%s", name_of(fake, decoder->region), decoder->enabled ? " enabled" : "");
	if (kind == KIND_ENDPOINT_DECODER && decoder->dpa_size > 0)
		fprintf(out, " mode %d dpa %#" PRIx64 "+%#" PRIx64 " skip %#" PRIx64, decoder->mode, decoder->dpa_start,
			decoder->dpa_size, decoder->skip);
	if (decoder->region == NONE)
		return;
	fprintf(out, " %#" PRIx64 "+%#" PRIx64 " ways %u granularity %u", decoder->start, decoder->size, decoder->ways,
		decoder->granularity);
	for (unsigned int i = 0; kind == KIND_SWITCH_DECODER && i < decoder->ways; i++)
		fprintf(out, " %d", decoder->targets[i]);
}

static void put_region(FILE *out, const struct fake *fake, const struct object *object)
{
	const struct region *region = &object->region;

	fprintf(out, " inode %" PRIu64 " mode %d state %d uuid %s size %#" PRIx64 " ways %u granularity %u%s",
		object->inode, region->mode, region->config, region->uuid, region->size, region->ways,
		region->granularity, region->registering ? " not settled" : "");
	if (region->size > 0)
		fprintf(out, " at %#" PRIx64, region->start);
	for (unsigned int i = 0; i < region->ways; i++)
		fprintf(out, " %s", name_of(fake, region->targets[i]));
}

static void put_object(FILE *out, const struct fake *fake, int index)
{
	const struct object *object = &fake->objects[index];
	char path[SYSFS_PATH_MAX] = "";

	object_path(fake, index, path, sizeof(path));
	fprintf(out, "%s driver %s", path, name_of(fake, object->driver));
	if (object->kind == KIND_PORT || object->kind == KIND_ENDPOINT)
		put_port(out, fake, &object->port);
	else if (object->kind == KIND_ROOT_DECODER)
		fprintf(out, " next region%d", object->decoder.next_region);
	else if (object->kind == KIND_SWITCH_DECODER || object->kind == KIND_ENDPOINT_DECODER)
		put_decoder(out, fake, object->kind, &object->decoder);
	else if (object->kind == KIND_REGION)
		put_region(out, fake, object);
	if (object->kind == KIND_ENDPOINT || object->kind == KIND_ENDPOINT_DECODER)
		fprintf(out, " inode %" PRIu64, object->inode);
	fprintf(out, "\n");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A slot is used again: the order of the objects says nothing. */
static char *sort_lines(char *text)
{
	char *lines[OBJECTS_MAX + 1], *state = NULL, *sorted = NULL;
	size_t n = 0, size;
	FILE *out = open_memstream(&sorted, &size);

	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
		lines[n++] = line;
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\n", lines[i]);
	fclose(out);
	return sorted;
}

char *fake_digest(const struct fake *fake)
{
	char *text = NULL, *sorted;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 1; i < fake->n_objects; i++)
		if (fake->objects[i].inode != 0 && fake->objects[i].kind != KIND_DIRECTORY)
			put_object(out, fake, i);
	fprintf(out, "~ region ids:");
	for (int i = 0; i < REGION_ID_MAX; i++)
		if (fake->region_ids[i])
			fprintf(out, " %d", i);
	fprintf(out, "\n");
	fclose(out);
	sorted = sort_lines(text);
	free(text);
	return sorted;
}

static void tell_difference(const char *a, const char *b, char *difference, size_t size)
{
	while (*a && *b) {
		size_t length_a = strcspn(a, "\n"), length_b = strcspn(b, "\n");

		if (length_a != length_b || strncmp(a, b, length_a) != 0)
			break;
		a += length_a + 1;
		b += length_b + 1;
	}
	snprintf(difference, size, "\"%.*s\" is not \"%.*s\"", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

bool fake_same_normal_form(const struct fake *a, const struct fake *b, char *difference, size_t size)
{
	char *digest_a = fake_digest(a), *digest_b = fake_digest(b);
	bool same = strcmp(digest_a, digest_b) == 0;

	if (!same)
		tell_difference(digest_a, digest_b, difference, size);
	free(digest_a);
	free(digest_b);
	return same;
}
