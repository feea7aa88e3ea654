/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-options.h"

#include <errno.h>
#include <json-c/json.h>

#include "lease.h"
#include "param.h"
#include "request-hash.h"

static int take_key(const struct call *call, struct runner_request *request, struct failure *ret_failure)
{
	if (!param_string(call->parameters, "key", &request->key))
		return 0;
	if (!key_is_valid(request->key))
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL,
				   "\"%.80s\" is no key: a key is 1 to %d of A-Z, a-z, 0-9, '.', '_', ':' and '-'.",
				   request->key, KEY_TEXT_MAX - 1);
	if (request_hash(job_kind_name(request->kind), call->parameters, &request->hash) < 0)
		return failure_set_errno(ret_failure, -ENOMEM, "Telling requests apart");
	return 0;
}

static int take_seconds(const struct call *call, const char *name, uint64_t max, uint64_t *ret_seconds,
			struct failure *ret_failure)
{
	if (param_uint(call->parameters, name, ret_seconds) && *ret_seconds > max)
		return failure_set(ret_failure, ERROR_INVALID_REQUEST, NULL, "%s is in seconds, %llu at the most.",
				   name, (unsigned long long)max);
	return 0;
}

bool job_options_take(const struct config *config, struct call *call, struct runner_request *request)
{
	struct failure failure;
	int r;

	request->timeout_seconds = config->lock_timeout_seconds;
	request->lease_seconds = LEASE_SECONDS_DEFAULT;
	param_bool(call->parameters, "detach", &request->detach);
	param_string(call->parameters, "lease", &request->lease);
	r = take_key(call, request, &failure);
	if (r == 0)
		r = take_seconds(call, "timeout", JOB_TIMEOUT_SECONDS_MAX, &request->timeout_seconds, &failure);
	if (r == 0)
		r = take_seconds(call, "max_seconds", LEASE_SECONDS_MAX, &request->lease_seconds, &failure);
	if (r != 0)
		call_fail(call, &failure);
	return r == 0;
}
