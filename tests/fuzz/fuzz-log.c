/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The intent log: whatever is in the file is read without harm; and what is taken for a log changes nothing but the
 * region that it names. An even first byte stands before the bytes of a file, an odd one before those of a plan, which
 * is written down as a job would, checksum and all.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "cleanup.h"
#include "fake.h"
#include "plan.h"
#include "recover.h"
#include "scan.h"

#define BOOT	  "0b5ad5f6-1c3c-4b2e-8a4f-3f2f2c9b7d10"
#define NAME	  "job-000000"
#define PAGE_SIZE 4096

static struct fake *host, *work;
static char *digest;
static uint64_t inode;
static int dir = -1;

/* A host with a region that is in use, and with nothing half-built. */
static void make_host(void)
{
	CLEANUP(cleanup_snapshot) struct snapshot *snapshot = NULL;
	const struct create_request request = { .root_decoder = "decoder0.0",
						.new_uuid = "86077512-4a84-4dc1-b4ce-d7a3e2797808" };
	const struct apply_watcher nobody = { NULL, NULL, NULL, NULL };
	struct failure failure;
	struct plan plan;

	host = fake_new(fake_host_find("two", FAKE_KERNEL_6_12));
	work = fake_new(fake_host_find("two", FAKE_KERNEL_6_12));
	FUZZ_CHECK(host && work && scan_all(fake_sysfs(host), NULL, &snapshot) == 0);
	FUZZ_CHECK(plan_create(snapshot, &request, &plan, &failure) == 0);
	FUZZ_CHECK(apply_plan(fake_sysfs(host), &plan, &nobody, &failure) == 0);
	inode = plan.region_inode;
	digest = fake_digest(host);
}

static void make_directory(void)
{
	char path[] = "/tmp/fuzz-log-XXXXXX";

	FUZZ_CHECK(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(dir >= 0);
}

static void take(void *to, size_t length, const uint8_t **data, size_t *size)
{
	size_t n = *size < length ? *size : length;

	memset(to, 0, length);
	memcpy(to, *data, n);
	*data += n;
	*size -= n;
}

static void take_name(char *name, const uint8_t **data, size_t *size)
{
	static const char *const known[] = { "decoder0.0", "decoder0.1", "decoder0.2", "decoder2.0",
					     "decoder3.0", "region0",	 "region1",    "../../etc" };
	uint8_t choice;

	take(&choice, 1, data, size);
	if (choice < sizeof(known) / sizeof(known[0]))
		strcpy(name, known[choice]);
	else
		take(name, REGION_NAME_MAX - 1, data, size);
	name[REGION_NAME_MAX - 1] = '\0';
}

static void take_plan(struct plan *plan, const uint8_t **data, size_t *size)
{
	uint8_t counts[2], step[2];

	memset(plan, 0, sizeof(*plan));
	take(counts, sizeof(counts), data, size);
	plan->n_targets = counts[0] % (REGION_WAYS_MAX + 1);
	plan->n_steps = counts[1] % (PLAN_STEPS_MAX + 1);
	take_name(plan->root_decoder, data, size);
	take(&plan->root_inode, 1, data, size);
	for (unsigned int i = 0; i < plan->n_targets; i++) {
		take_name(plan->targets[i].decoder, data, size);
		take(&plan->targets[i].decoder_inode, 1, data, size);
		take(&plan->targets[i].position, 1, data, size);
		plan->targets[i].dpa_size = 256ull << 20;
	}
	for (unsigned int i = 0; i < plan->n_steps; i++) {
		take(step, sizeof(step), data, size);
		plan->steps[i] = (struct plan_step){ (enum step_kind)step[0], (int8_t)step[1] };
	}
}

/* As a job writes it, with marks and a claim as they come. */
static struct intent_log *write_plan(const uint8_t *data, size_t size)
{
	static const struct intent_job job = { .id = 1, .kind = "create" };
	char region[REGION_NAME_MAX];
	struct intent_log *log;
	struct plan plan;
	uint8_t byte;

	take_plan(&plan, &data, &size);
	FUZZ_CHECK(intent_log_new(dir, BOOT, &log) == 0);
	intent_log_begin(log, &job, &plan);
	for (unsigned int i = 0; i < plan.n_steps; i++) {
		take(&byte, 1, &data, &size);
		intent_log_mark(log, i, (enum intent_mark)byte);
	}
	take(&byte, 1, &data, &size);
	take_name(region, &data, &size);
	if (byte & 1)
		intent_log_claiming(log, region);
	if (byte & 2)
		intent_log_claimed(log, byte >> 2);
	return log;
}

/* As it comes; shorter than a log, it is one that was cut. NULL when it is none. */
static struct intent_log *write_page(const uint8_t *data, size_t size)
{
	int fd = openat(dir, NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct intent_log *log = NULL;
	int r;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	r = intent_log_open(dir, NAME, &log);
	FUZZ_CHECK(r == 0 || r == (size == 0 ? -ENODATA : -EBADMSG));
	FUZZ_CHECK((r == 0) == (size == PAGE_SIZE));
	return log;
}

static void recover_and_check(struct intent_record *record, struct intent_log *log)
{
	CLEANUP(cleanup_free) char *after = NULL;
	struct failure failure;
	enum outcome outcome;
	int r;

	fake_copy(work, host);
	r = recover(fake_sysfs(work), record, log, &outcome, &failure);
	FUZZ_CHECK(r == 0 || failure.outcome == OUTCOME_UNKNOWN);
	after = fake_digest(work);
	FUZZ_CHECK(record->plan.region_inode == inode || strcmp(after, digest) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct intent_record record;
	struct intent_log *log;
	int r;

	if (!host) {
		make_host();
		make_directory();
	}
	if (size == 0 || size - 1 > PAGE_SIZE)
		return 0;
	log = data[0] & 1 ? write_plan(data + 1, size - 1) : write_page(data + 1, size - 1);
	if (!log)
		return 0;
	r = intent_log_read(log, BOOT, &record);
	FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -ESTALE);
	if (r == 0 && record.state == INTENT_ACTIVE)
		recover_and_check(&record, log);
	intent_log_remove(log);
	return 0;
}
