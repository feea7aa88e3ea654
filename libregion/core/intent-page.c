/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "intent-page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "step.h"

#define LOG_MAGIC 0x6c6e746e49584c43u /* "CXLIntnl" */

/* To be raised with each change of struct intent_page, of its checksum, of enum step_kind and of the marks. */
#define LOG_VERSION 2
_Static_assert(STEP_NONE == 17, "other kinds of steps are another version of the log");

/* How a region's name and inode became known. */
enum {
	CLAIM_NONE,
	CLAIM_WRITING,
	CLAIM_KNOWN,
};

struct page_target {
	char memdev[REGION_NAME_MAX];
	char decoder[REGION_NAME_MAX];
	uint64_t decoder_inode;
	uint64_t dpa_size;
	uint32_t position;
	uint32_t unused;
};

struct page_step {
	uint8_t kind;
	int8_t target;
};

/* What does not change while a job lasts. */
struct page_head {
	uint64_t magic;
	uint32_t version;
	uint32_t uid;
	uint64_t job;
	char boot_id[INTENT_BOOT_MAX];
	char kind[INTENT_KIND_MAX];
	char key[INTENT_KEY_MAX];
	uint64_t hash;
	char root_decoder[REGION_NAME_MAX];
	uint64_t root_inode;
	uint64_t size;
	uint32_t type;
	uint32_t ways;
	uint32_t n_targets;
	uint32_t n_steps;
	struct page_target targets[REGION_WAYS_MAX];
	struct page_step steps[PLAN_STEPS_MAX];
};

/* What does: each note is the store of one byte, last of all that belongs to it. */
struct page_tail {
	uint8_t state;
	uint8_t outcome;
	uint8_t claim;
	uint8_t marks[PLAN_STEPS_MAX];
	char region[REGION_NAME_MAX];
	uint64_t region_inode;
};

struct intent_page {
	struct page_head head;
	uint64_t checksum; /* of the head */
	struct page_tail tail;
};

_Static_assert(sizeof(struct intent_page) <= INTENT_PAGE_SIZE, "a log is one page");

_Static_assert(sizeof(struct page_head) % sizeof(uint64_t) == 0, "the head is summed by words");

/* As FNV-1a, by words: it is to find what was torn or cut, not what somebody forged; the directory is ours alone. */
static uint64_t checksum(const struct page_head *head)
{
	uint64_t sum = 0xcbf29ce484222325u, word;

	for (size_t i = 0; i < sizeof(*head); i += sizeof(word)) {
		memcpy(&word, (const char *)head + i, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3u;
		sum ^= sum >> 32; /* a product carries nothing down */
	}
	return sum;
}

/* A process can be killed between any two stores: this one happens behind all that precede it in the code. */
static void note(uint8_t *byte, uint8_t value)
{
	__atomic_store_n(byte, value, __ATOMIC_RELEASE);
}

/* -- writing ------------------------------------------------------------- */

static void fill_targets(struct page_head *head, const struct plan *plan)
{
	for (unsigned int i = 0; i < plan->n_targets; i++) {
		const struct plan_target *from = &plan->targets[i];
		struct page_target *to = &head->targets[i];

		snprintf(to->memdev, sizeof(to->memdev), "%s", from->memdev);
		snprintf(to->decoder, sizeof(to->decoder), "%s", from->decoder);
		to->decoder_inode = from->decoder_inode;
		to->dpa_size = from->dpa_size;
		to->position = from->position;
	}
}

static void fill_head(struct page_head *head, const char *boot_id, const struct intent_job *job,
		      const struct plan *plan)
{
	memset(head, 0, sizeof(*head));
	head->magic = LOG_MAGIC;
	head->version = LOG_VERSION;
	head->uid = job->uid;
	head->job = job->id;
	snprintf(head->boot_id, sizeof(head->boot_id), "%s", boot_id);
	snprintf(head->kind, sizeof(head->kind), "%s", job->kind);
	snprintf(head->key, sizeof(head->key), "%s", job->key);
	head->hash = job->hash;
	snprintf(head->root_decoder, sizeof(head->root_decoder), "%s", plan->root_decoder);
	head->root_inode = plan->root_inode;
	head->size = plan->size;
	head->type = plan->type;
	head->ways = plan->ways;
	head->n_targets = plan->n_targets;
	head->n_steps = plan->n_steps;
	fill_targets(head, plan);
	for (unsigned int i = 0; i < plan->n_steps; i++)
		head->steps[i] = (struct page_step){ (uint8_t)plan->steps[i].kind, (int8_t)plan->steps[i].target };
}

void intent_page_begin(struct intent_page *page, const char *boot_id, const struct intent_job *job,
		       const struct plan *plan)
{
	struct page_tail *tail = &page->tail;

	note(&tail->state, INTENT_FREE);
	memset(tail, 0, sizeof(*tail));
	fill_head(&page->head, boot_id, job, plan);
	page->checksum = checksum(&page->head);
	if (plan->region[0] != '\0') {
		intent_page_claiming(page, plan->region);
		intent_page_claimed(page, plan->region_inode);
	}
	note(&tail->state, INTENT_ACTIVE);
}

void intent_page_claiming(struct intent_page *page, const char *name)
{
	note(&page->tail.claim, CLAIM_NONE);
	if (!name)
		return;
	snprintf(page->tail.region, sizeof(page->tail.region), "%s", name);
	note(&page->tail.claim, CLAIM_WRITING);
}

void intent_page_claimed(struct intent_page *page, uint64_t inode)
{
	page->tail.region_inode = inode;
	note(&page->tail.claim, CLAIM_KNOWN);
}

void intent_page_mark(struct intent_page *page, unsigned int step, enum intent_mark mark)
{
	if (step < PLAN_STEPS_MAX)
		note(&page->tail.marks[step], (uint8_t)mark);
}

void intent_page_end(struct intent_page *page, enum outcome outcome)
{
	page->tail.outcome = (uint8_t)outcome;
	note(&page->tail.state, INTENT_ENDED);
}

void intent_page_release(struct intent_page *page)
{
	note(&page->tail.state, INTENT_FREE);
}

/* -- reading ------------------------------------------------------------- */

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static bool is_name(enum region_name_kind kind, const char *name)
{
	return is_text(name, REGION_NAME_MAX) && region_name_is_valid(kind, name);
}

static bool step_is_sound(const struct page_head *head, const struct page_step *step)
{
	if (step->kind >= STEP_NONE || step->target >= (int)head->n_targets)
		return false;
	return step->target >= 0 || !step_has_target((enum step_kind)step->kind);
}

static bool head_is_sound(const struct page_head *head)
{
	if (head->n_targets > REGION_WAYS_MAX || head->n_steps > PLAN_STEPS_MAX || head->type > REGION_TYPE_RAM)
		return false;
	if (!is_text(head->kind, sizeof(head->kind)) || !is_text(head->key, sizeof(head->key)) ||
	    !is_name(REGION_NAME_DECODER, head->root_decoder))
		return false;
	for (unsigned int i = 0; i < head->n_targets; i++)
		if (!is_name(REGION_NAME_DECODER, head->targets[i].decoder) ||
		    !is_text(head->targets[i].memdev, REGION_NAME_MAX) || head->targets[i].position >= REGION_WAYS_MAX)
			return false;
	for (unsigned int i = 0; i < head->n_steps; i++)
		if (!step_is_sound(head, &head->steps[i]))
			return false;
	return true;
}

static bool tail_is_sound(const struct page_tail *tail)
{
	if (tail->state > INTENT_ENDED || tail->outcome > OUTCOME_UNKNOWN || tail->claim > CLAIM_KNOWN)
		return false;
	for (unsigned int i = 0; i < PLAN_STEPS_MAX; i++)
		if (tail->marks[i] > INTENT_UNDONE)
			return false;
	return tail->claim == CLAIM_NONE || is_name(REGION_NAME_REGION, tail->region);
}

static void take_plan(const struct page_head *head, struct plan *plan)
{
	*plan = (struct plan){ .root_inode = head->root_inode,
			       .type = (enum region_type)head->type,
			       .size = head->size,
			       .ways = head->ways,
			       .n_targets = head->n_targets,
			       .n_steps = head->n_steps };
	strcpy(plan->root_decoder, head->root_decoder);
	for (unsigned int i = 0; i < head->n_targets; i++) {
		const struct page_target *from = &head->targets[i];
		struct plan_target *to = &plan->targets[i];

		*to = (struct plan_target){ .position = from->position,
					    .decoder_inode = from->decoder_inode,
					    .dpa_size = from->dpa_size };
		strcpy(to->memdev, from->memdev);
		strcpy(to->decoder, from->decoder);
	}
	for (unsigned int i = 0; i < head->n_steps; i++)
		plan->steps[i] = (struct plan_step){ (enum step_kind)head->steps[i].kind, head->steps[i].target };
}

static void take_tail(const struct page_tail *tail, struct intent_record *record)
{
	record->state = (enum intent_state)tail->state;
	record->outcome = (enum outcome)tail->outcome;
	for (unsigned int i = 0; i < record->plan.n_steps; i++)
		record->marks[i] = (enum intent_mark)tail->marks[i];
	if (tail->claim == CLAIM_NONE)
		return;
	strcpy(record->plan.region, tail->region);
	record->claiming = tail->claim == CLAIM_WRITING;
	if (!record->claiming)
		record->plan.region_inode = tail->region_inode;
}

int intent_page_read(const struct intent_page *written, const char *boot_id, struct intent_record *ret_record)
{
	const struct intent_page page = *written; /* the process that writes it may live */
	struct intent_record *record = ret_record;

	memset(record, 0, sizeof(*record));
	if (page.tail.state == INTENT_FREE)
		return 0;
	if (page.head.magic != LOG_MAGIC)
		return -EBADMSG;
	if (page.head.version != LOG_VERSION)
		return -ESTALE;
	if (page.checksum != checksum(&page.head) || !is_text(page.head.boot_id, sizeof(page.head.boot_id)))
		return -EBADMSG;
	if (strcmp(page.head.boot_id, boot_id) != 0)
		return -ESTALE;
	if (!head_is_sound(&page.head) || !tail_is_sound(&page.tail))
		return -EBADMSG;
	record->job = (struct intent_job){ .id = page.head.job, .uid = page.head.uid, .hash = page.head.hash };
	strcpy(record->job.kind, page.head.kind);
	strcpy(record->job.key, page.head.key);
	take_plan(&page.head, &record->plan);
	take_tail(&page.tail, record);
	return 0;
}
