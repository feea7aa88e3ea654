/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-log.h"

#include <stdio.h>

#include "log.h"

#define USEC_PER_MSEC 1000u

/* An internal error is ours; a refusal is the caller's to see, and of note here. */
static int job_log_priority(const struct failure *failure)
{
	if (!failure)
		return LOG_INFO;
	return failure->code == ERROR_INTERNAL ? LOG_ERR : LOG_NOTICE;
}

void job_log_end(const struct job *job, const struct failure *failure, uint64_t now_usec)
{
	const char *outcome = failure ? outcome_name(failure->outcome) : outcome_name(OUTCOME_DONE);
	unsigned long long ms = (now_usec - job->arrived_usec) / USEC_PER_MSEC;
	const char *error = failure ? error_row_get(failure->code)->name : "";
	char fields[7][96];
	const char *list[] = { fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], NULL };

	snprintf(fields[0], sizeof(fields[0]), "CXL_JOB=%llu", (unsigned long long)job->id);
	snprintf(fields[1], sizeof(fields[1]), "CXL_KIND=%s", job_kind_name(job->kind));
	snprintf(fields[2], sizeof(fields[2]), "CXL_OBJECT=%s", job->region);
	snprintf(fields[3], sizeof(fields[3]), "CXL_UID=%u", (unsigned int)job->uid);
	snprintf(fields[4], sizeof(fields[4]), "CXL_OUTCOME=%s", outcome);
	snprintf(fields[5], sizeof(fields[5]), "CXL_MSEC=%llu", ms);
	snprintf(fields[6], sizeof(fields[6]), "CXL_ERROR=%s", error);
	log_write_fields(job_log_priority(failure), list, "job %llu: %s%s%s for uid %u: %s%s%s%s%s, %llu ms",
			 (unsigned long long)job->id, job_kind_name(job->kind), job->region[0] ? " " : "", job->region,
			 (unsigned int)job->uid, outcome, failure ? ", " : "", error, failure ? ": " : "",
			 failure ? failure->message : "", ms);
}
