/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hotplug-filter.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* A filter returns how much of the message is kept. */
#define KEEP_ALL 0x7fffffffu

static const char *const actions[] = { "add@", "remove@", "bind@", "unbind@" };
#define ACTIONS_COUNT (sizeof(actions) / sizeof(actions[0]))

static void emit(struct hotplug_filter *filter, uint16_t code, uint8_t if_false, uint32_t k)
{
	if (filter->n == BPF_MAXINSNS) {
		filter->full = true;
		return;
	}
	filter->code[filter->n++] = (struct sock_filter){ .code = code, .jf = if_false, .k = k };
}

static void emit_verdict(struct hotplug_filter *filter, enum hotplug_verdict verdict)
{
	emit(filter, BPF_RET | BPF_K, 0, verdict == HOTPLUG_KEEP ? KEEP_ALL : 0);
}

/* The filter loads 4, 2 or 1 bytes at a time, the first one highest. */
static unsigned int chunk_size(size_t left)
{
	return left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static uint16_t chunk_load(unsigned int size)
{
	return size == 4 ? BPF_W : size == 2 ? BPF_H : BPF_B;
}

static uint32_t chunk_value(const char *text, unsigned int size)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value = value << 8 | (uint8_t)text[i];
	return value;
}

static unsigned int chunks(size_t length)
{
	unsigned int n = 0;

	for (; length > 0; length -= chunk_size(length))
		n++;
	return n;
}

/* Compares what stands at mode's offset with text; where it differs, goes on behind the next skip instructions. */
static void emit_compare(struct hotplug_filter *filter, uint16_t mode, const char *text, unsigned int skip)
{
	size_t length = strlen(text);
	unsigned int left = chunks(length), size;

	for (size_t at = 0; at < length; at += size) {
		size = chunk_size(length - at);
		left--;
		emit(filter, BPF_LD | chunk_load(size) | mode, 0, (uint32_t)at);
		emit(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(2 * left + skip), chunk_value(text + at, size));
	}
}

/* How many instructions it takes to find out that it is this action, and to go on. */
static unsigned int action_size(const char *action)
{
	return 2 * chunks(strlen(action)) + 2;
}

void hotplug_filter_begin(struct hotplug_filter *filter, enum hotplug_verdict others)
{
	unsigned int to_rules = 1;

	for (size_t i = 0; i < ACTIONS_COUNT; i++)
		to_rules += action_size(actions[i]);
	filter->n = 0;
	filter->full = false;
	for (size_t i = 0; i < ACTIONS_COUNT; i++) {
		to_rules -= action_size(actions[i]);
		emit_compare(filter, BPF_ABS, actions[i], 2);
		emit(filter, BPF_LDX | BPF_IMM, 0, (uint32_t)strlen(actions[i])); /* where the path begins */
		emit(filter, BPF_JMP | BPF_JA, 0, to_rules);
	}
	emit_verdict(filter, others);
}

void hotplug_filter_rule(struct hotplug_filter *filter, const char *prefix, enum hotplug_verdict verdict)
{
	emit_compare(filter, BPF_IND, prefix, 1);
	emit_verdict(filter, verdict);
}

int hotplug_filter_attach(struct hotplug_filter *filter, enum hotplug_verdict rest, int fd)
{
	struct sock_fprog program = { .filter = filter->code };

	emit_verdict(filter, rest);
	if (filter->full)
		return -E2BIG;
	program.len = filter->n;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno : 0;
}
