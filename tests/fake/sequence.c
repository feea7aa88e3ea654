/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sequence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEVICES	    "bus/cxl/devices"
#define WORDS_MAX   8
#define WORD_SIZE   128
#define VARIABLES   128
#define AWAIT_TRIES 200
#define AWAIT_NSEC  50000000

struct variable {
	char name[32];
	char value[WORD_SIZE];
};

struct runner {
	struct sysfs *sysfs;
	const char *kernel;
	FILE *out;
	struct variable variables[VARIABLES];
	int n_variables;
	bool bad; /* the text makes no sense */
};

static const struct {
	int number;
	const char *name;
} errors[] = {
	{ EACCES, "EACCES" },	      { EAGAIN, "EAGAIN" }, { EBUSY, "EBUSY" },
	{ EEXIST, "EEXIST" },	      { EINVAL, "EINVAL" }, { EIO, "EIO" },
	{ ENODEV, "ENODEV" },	      { ENOENT, "ENOENT" }, { ENOSPC, "ENOSPC" },
	{ EOPNOTSUPP, "EOPNOTSUPP" }, { ENXIO, "ENXIO" },   { ERANGE, "ERANGE" },
	{ EPERM, "EPERM" },
};

static void put_error(int error, char *text)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == -error) {
			strcpy(text, errors[i].name);
			return;
		}
	snprintf(text, WORD_SIZE, "errno %d", -error);
}

/* -- names ------------------------------------------------------------------- */

static void set_variable(struct runner *runner, const char *name, const char *value)
{
	int i = 0;

	while (i < runner->n_variables && strcmp(runner->variables[i].name, name) != 0)
		i++;
	if (i == VARIABLES) {
		runner->bad = true;
		return;
	}
	if (i == runner->n_variables)
		runner->n_variables++;
	snprintf(runner->variables[i].name, sizeof(runner->variables[i].name), "%s", name);
	snprintf(runner->variables[i].value, sizeof(runner->variables[i].value), "%s", value);
}

static const char *variable(struct runner *runner, const char *name, size_t length)
{
	for (int i = 0; i < runner->n_variables; i++)
		if (strlen(runner->variables[i].name) == length &&
		    strncmp(runner->variables[i].name, name, length) == 0)
			return runner->variables[i].value;
	fprintf(runner->out, "# $%.*s stands for nothing\n", (int)length, name);
	runner->bad = true;
	return "";
}

static int device_read(struct runner *runner, const char *device, const char *attribute, char *text)
{
	char path[SYSFS_PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", device, attribute);
	return sysfs_read(runner->sysfs, SYSFS_ROOT, path, text, WORD_SIZE);
}

static int device_link(struct runner *runner, const char *device, const char *link, char *text)
{
	char path[SYSFS_PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", device, link);
	return sysfs_link_base(runner->sysfs, SYSFS_ROOT, path, text, WORD_SIZE);
}

/* "32,48" is ab: bridges have the ids 32, 48, 64, 80. */
static void letters_of(const char *targets, char *letters)
{
	char *end;

	for (; *targets; targets = *end ? end + 1 : end) {
		*letters++ = (char)('a' + (strtol(targets, &end, 10) - 32) / 16);
		if (end == targets)
			break;
	}
	*letters = '\0';
}

static void name_root_decoder(struct runner *runner, const char *decoder)
{
	char targets[WORD_SIZE], name[WORD_SIZE] = "root_";

	if (device_read(runner, decoder, "target_list", targets) < 0)
		return;
	letters_of(targets, name + strlen(name));
	set_variable(runner, name, decoder);
}

/* The letter of the bridge whose port it is: the root has a downstream port for the same device. 0 for a switch's. */
static char bridge_letter(struct runner *runner, const char *port)
{
	char uport[WORD_SIZE], device[WORD_SIZE], dport[16];

	if (device_link(runner, port, "uport", uport) < 0)
		return 0;
	for (int i = 0; i < 8; i++) {
		snprintf(dport, sizeof(dport), "dport%d", 32 + 16 * i);
		if (device_link(runner, "root0", dport, device) >= 0 && strcmp(device, uport) == 0)
			return (char)('a' + i);
	}
	return 0;
}

static void name_port(struct runner *runner, const char *port)
{
	char letter = bridge_letter(runner, port), name[WORD_SIZE], decoder[WORD_SIZE];

	snprintf(name, sizeof(name), "port_%s", letter ? (char[2]){ letter } : "switch");
	set_variable(runner, name, port);
	strcat(name, "_decoder");
	snprintf(decoder, sizeof(decoder), "decoder%s.0", port + strlen("port"));
	set_variable(runner, name, decoder);
}

static void name_endpoint(struct runner *runner, const char *endpoint)
{
	char memdev[WORD_SIZE], serial[WORD_SIZE], name[WORD_SIZE], decoder[WORD_SIZE];

	if (device_link(runner, endpoint, "uport", memdev) < 0 || device_read(runner, memdev, "serial", serial) < 0)
		return;
	snprintf(decoder, sizeof(decoder), "decoder%s.0", endpoint + strlen("endpoint"));
	set_variable(runner, serial + 2, decoder);
	for (int i = 1; i < 3; i++) {
		snprintf(decoder, sizeof(decoder), "decoder%s.%d", endpoint + strlen("endpoint"), i);
		snprintf(name, sizeof(name), "%.16s_%d", serial + 2, i);
		set_variable(runner, name, decoder);
	}
	snprintf(name, sizeof(name), "%.16s_endpoint", serial + 2);
	set_variable(runner, name, endpoint);
	snprintf(name, sizeof(name), "%.16s_memdev", serial + 2);
	set_variable(runner, name, memdev);
}

static int name_device(const char *name, uint64_t inode, void *userdata)
{
	struct runner *runner = userdata;

	if (strncmp(name, "decoder0.", 9) == 0)
		name_root_decoder(runner, name);
	else if (strncmp(name, "port", 4) == 0)
		name_port(runner, name);
	else if (strncmp(name, "endpoint", 8) == 0)
		name_endpoint(runner, name);
	return 0;
}

/* -- words -------------------------------------------------------------------- */

/* Takes one word from the text: its names are filled in, its quotes taken away. */
static const char *take_word(struct runner *runner, const char *text, char *word)
{
	bool quoted = *text == '"';
	size_t length = 0;

	for (text += quoted; *text && (quoted ? *text != '"' : *text != ' '); text++) {
		size_t name = *text == '$' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_0123456789") : 0;
		const char *value;

		if (length + WORD_SIZE / 2 > WORD_SIZE - 1) {
			runner->bad = true;
			break;
		}
		if (name > 0) {
			value = variable(runner, text + 1, name);
			length += (size_t)snprintf(word + length, WORD_SIZE - length, "%s", value);
			text += name;
		} else if (text[0] == '\\' && text[1] == 'n') {
			word[length++] = '\n';
			text++;
		} else {
			word[length++] = *text;
		}
	}
	word[length] = '\0';
	text += *text == '"';
	return text + strspn(text, " ");
}

static int take_words(struct runner *runner, const char *text, char words[][WORD_SIZE])
{
	int n = 0;

	while (*text && *text != '\n' && n < WORDS_MAX)
		text = take_word(runner, text, words[n++]);
	return n;
}

/* "EBUSY", or "6.1 ENODEV, 6.12 EINVAL" */
static void take_expected(struct runner *runner, const char *text, char *expected)
{
	char kernel[16];

	snprintf(kernel, sizeof(kernel), "%s ", runner->kernel);
	if (strncmp(text, "6.1", 3) == 0) {
		const char *own = strncmp(text, kernel, strlen(kernel)) == 0 ? text : strstr(text, ", ");

		own = own && own != text ? own + 2 : own;
		if (!own || strncmp(own, kernel, strlen(kernel)) != 0) {
			runner->bad = true;
			return;
		}
		text = own + strlen(kernel);
	}
	take_word(runner, text, expected);
	if (text[0] != '"')
		expected[strcspn(expected, ",")] = '\0';
}

static void put_path(const char *word, char *path)
{
	if (word[0] == '/')
		snprintf(path, SYSFS_PATH_MAX, "%s", word + 1);
	else
		snprintf(path, SYSFS_PATH_MAX, DEVICES "/%s", word);
}

/* -- operations ------------------------------------------------------------------ */

static void run_write(struct runner *runner, const char *path, const char *value, char *result)
{
	int r = sysfs_write(runner->sysfs, SYSFS_ROOT, path, value);

	strcpy(result, "OK");
	if (r < 0)
		put_error(r, result);
}

static void run_read(struct runner *runner, const char *path, char *result)
{
	int r = sysfs_read(runner->sysfs, SYSFS_ROOT, path, result, WORD_SIZE);

	if (r < 0)
		put_error(r, result);
}

static void run_link(struct runner *runner, const char *path, char *result)
{
	int r = sysfs_link_base(runner->sysfs, SYSFS_ROOT, path, result, WORD_SIZE);

	if (r < 0)
		put_error(r, result);
}

static int read_inode(struct runner *runner, const char *path, char *result)
{
	uint64_t inode = 0;
	int dir = sysfs_open(runner->sysfs, SYSFS_ROOT, path), r;

	if (dir < 0)
		return dir;
	r = sysfs_inode(runner->sysfs, dir, &inode);
	sysfs_close(runner->sysfs, dir);
	snprintf(result, WORD_SIZE, "%llu", (unsigned long long)inode);
	return r;
}

/* What the kernel does by a work item of its own takes a while. */
static void run_await(struct runner *runner, const char *path, const char *wanted, char *result)
{
	const struct timespec pause = { .tv_nsec = AWAIT_NSEC };
	char text[WORD_SIZE];

	for (int i = 0; i < AWAIT_TRIES; i++) {
		int dir = sysfs_open(runner->sysfs, SYSFS_ROOT, path);
		bool there = dir > 0 || sysfs_read(runner->sysfs, SYSFS_ROOT, path, text, sizeof(text)) >= 0 ||
			     sysfs_link(runner->sysfs, SYSFS_ROOT, path, text, sizeof(text)) >= 0;

		sysfs_close(runner->sysfs, dir);
		strcpy(result, there ? "there" : "gone");
		if (strcmp(result, wanted) == 0)
			return;
		nanosleep(&pause, NULL);
	}
}

static int settle_bus(const char *name, uint64_t inode, void *userdata)
{
	struct runner *runner = userdata;
	char path[SYSFS_PATH_MAX], text[WORD_SIZE];

	snprintf(path, sizeof(path), "bus/nd/devices/%.64s/wait_probe", name);
	if (strncmp(name, "ndbus", 5) == 0)
		(void)sysfs_read(runner->sysfs, SYSFS_ROOT, path, text, sizeof(text));
	return 0;
}

static void run_let(struct runner *runner, char words[][WORD_SIZE], const char *path, char *result)
{
	int r;

	if (strcmp(words[0], "inode") == 0)
		r = read_inode(runner, path, result);
	else
		r = sysfs_read(runner->sysfs, SYSFS_ROOT, path, result, WORD_SIZE);
	if (r < 0) {
		put_error(r, result);
		return;
	}
	set_variable(runner, words[1], result);
	strcpy(result, "OK");
}

static void run_differs(struct runner *runner, const char *inode, const char *path, char *result)
{
	char found[WORD_SIZE];
	int r = read_inode(runner, path, found);

	strcpy(result, r == 0 && strcmp(found, inode) != 0 ? "OK" : "the same");
	if (r < 0)
		put_error(r, result);
}

/* Does one operation; result and expected are texts. */
static void run_words(struct runner *runner, char words[][WORD_SIZE], int n, char *result, char *expected)
{
	char path[SYSFS_PATH_MAX];
	const char *op = words[0];
	bool second = strcmp(op, "let") == 0 || strcmp(op, "inode") == 0 || strcmp(op, "differs") == 0;

	put_path(words[second ? 2 : 1], path);
	if (strcmp(op, "write") == 0 && n == 3) {
		run_write(runner, path, words[2], result);
	} else if (strcmp(op, "read") == 0 && n == 2) {
		run_read(runner, path, result);
	} else if (strcmp(op, "link") == 0 && n == 2) {
		run_link(runner, path, result);
	} else if (strcmp(op, "await") == 0 && n == 3) {
		strcpy(expected, words[2]);
		run_await(runner, path, words[2], result);
	} else if (strcmp(op, "settle") == 0 && n == 1) {
		sysfs_list(runner->sysfs, SYSFS_ROOT, "bus/nd/devices", settle_bus, runner);
		strcpy(result, "OK");
	} else if (strcmp(op, "differs") == 0 && n == 3) {
		run_differs(runner, words[1], path, result);
	} else if (second && n == 3) {
		run_let(runner, words, path, result);
	} else {
		runner->bad = true;
	}
}

static bool is_operation(const char *line)
{
	static const char *const others[] = { "#", "\n", "topology ", "kernel ", "note " };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(line, others[i], strlen(others[i])) == 0)
			return false;
	return line[0] != '\0';
}

/* Runs one line. Returns whether it gave what it should. */
static bool run_line(struct runner *runner, char *line)
{
	char words[WORDS_MAX][WORD_SIZE] = { { 0 } }, result[WORD_SIZE] = "", expected[WORD_SIZE] = "OK";
	char *arrow;
	bool same;
	int n;

	line[strcspn(line, "\n")] = '\0';
	fprintf(runner->out, "# %s", line);
	arrow = strstr(line, " -> ");
	if (arrow)
		*arrow = '\0';
	n = take_words(runner, line, words);
	if (arrow)
		take_expected(runner, arrow + 4, expected);
	run_words(runner, words, n, result, expected);
	same = !runner->bad && strcmp(result, expected) == 0;
	fprintf(runner->out, same ? "\n" : "   BUT: \"%s\"\n", result);
	fflush(runner->out);
	return same;
}

int sequence_run(struct sysfs *sysfs, const char *path, const char *kernel, FILE *out, unsigned int *ret_lines)
{
	struct runner runner = { .sysfs = sysfs, .kernel = kernel, .out = out };
	FILE *file = fopen(path, "re");
	char line[512];
	int wrong = 0;

	*ret_lines = 0;
	if (!file)
		return -1;
	sysfs_list(sysfs, SYSFS_ROOT, DEVICES, name_device, &runner);
	while (!runner.bad && fgets(line, sizeof(line), file)) {
		if (!is_operation(line))
			continue;
		++*ret_lines;
		wrong += !run_line(&runner, line);
	}
	fclose(file);
	return runner.bad ? -1 : wrong;
}

static bool has_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(line, word); at; at = strstr(at + 1, word))
		if (at[-1] == ' ' && strchr(" \n", at[length]))
			return true;
	return false;
}

bool sequence_fits(const char *path, const char *topology, const char *kernel)
{
	FILE *file = fopen(path, "re");
	bool fits = false, kernel_fits = true;
	char line[512];

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "topology ", 9) == 0)
			fits = has_word(line, topology);
		if (strncmp(line, "kernel ", 7) == 0)
			kernel_fits = has_word(line, kernel);
	}
	fclose(file);
	return fits && kernel_fits;
}
