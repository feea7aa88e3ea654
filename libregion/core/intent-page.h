/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands in an intent log: its one page, which is mapped shared. What a job is about is written once and summed; what
 * changes while it lasts is noted by the store of one byte each, behind all that it tells of. Nothing here knows of files.
 */
#ifndef CXL_REGIOND_CORE_INTENT_PAGE_H
#define CXL_REGIOND_CORE_INTENT_PAGE_H

#include "intent-log.h"

#define INTENT_PAGE_SIZE 4096

/* Zeroed, it is a free log. */
struct intent_page;

/* As the functions of a log that are called alike. */
void intent_page_begin(struct intent_page *page, const char *boot_id, const struct intent_job *job,
		       const struct plan *plan);
void intent_page_claiming(struct intent_page *page, const char *name);
void intent_page_claimed(struct intent_page *page, uint64_t inode);
void intent_page_mark(struct intent_page *page, unsigned int step, enum intent_mark mark);
void intent_page_end(struct intent_page *page, enum outcome outcome);
void intent_page_release(struct intent_page *page);
int intent_page_read(const struct intent_page *page, const char *boot_id, struct intent_record *ret_record);

#endif
